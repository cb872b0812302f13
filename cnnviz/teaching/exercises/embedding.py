"""Exercises on embeddings: variance in the plane, neighbors, the untrained network."""

import torch
from torch import Tensor

from cnnviz.inspection.embedding.layer_vectors import input_vectors, vectors
from cnnviz.inspection.embedding.neighbors import NEIGHBORS, nearest_neighbors
from cnnviz.inspection.embedding.principal_components import principal_components
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.stats.percentages import percent
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_outcome,
    choose_range,
)
from cnnviz.teaching.exercises.scene import Scene


def variance_in_the_plane(scene: Scene) -> MultipleChoice:
    """Ask which share of the late layer's variance two components hold."""
    layer = scene.network.architecture.late
    values = _late(scene, scene.network)
    outputs = scene.output_shape(layer).values
    share = sum(principal_components(values, 2).shares)
    return choose_range(
        f"The late layer, {layer}, gives {outputs:,} numbers for a digit; the PCA map shows two"
        f"{f', computed from {values.shape[1]:,}' if values.shape[1] < outputs else ''}. Which "
        "share of the variance do these two hold?",
        share,
        (
            (0.33, "less than a third"),
            (0.67, "between a third and two thirds"),
            (1.01, "more than two thirds"),
        ),
        f"{percent(share, 0)}, on {len(values)} test digits. "
        + (
            ""
            if values.shape[1] == outputs
            else "Class tokens are left out and large maps averaged over cells. "
        )
        + "Distances on the map can mislead for the rest of it.",
        too_low="The numbers of a layer depend on each other, so that a few directions hold much "
        "of their variance.",
        too_high="A clear picture can come from a small share: the rest of the variance lies in "
        "directions that the map does not show.",
    )


def neighbors_in_pixels_and_late(scene: Scene) -> MultipleChoice:
    """Ask where a digit's neighbors are of its class more often: among pixels or late outputs."""
    pixels = _same_class(input_vectors(scene.sample.images).values, scene)
    late = _same_class(_late(scene, scene.network), scene)
    return choose_outcome(
        f"For each test digit we take its {NEIGHBORS} nearest neighbors, once by its pixels, once "
        "by the outputs of the late layer. Where are neighbors of the same class more often?",
        0 if late > pixels + 0.01 else 1 if abs(late - pixels) <= 0.01 else 2,
        [
            Outcome("in the late layer", "Training did not bring the classes together here."),
            Outcome(
                "equally often",
                "What a layer keeps and what it drops is learned, so the two differ.",
            ),
            Outcome(
                "in the pixels",
                "Layers lose detail, but what they keep is what tells classes apart.",
            ),
        ],
        f"Pixels: {percent(pixels)} of the neighbors have the digit's class. Late layer: "
        f"{percent(late)}. That pixels do so well shows how easy MNIST is.",
    )


def untrained_neighbors(scene: Scene) -> MultipleChoice:
    """Ask how well neighbors in an untrained network share a class."""
    share = _same_class(_late(scene, scene.untrained()), scene)
    return choose_range(
        f"The same late layer with random weights. Which share of the {NEIGHBORS} nearest "
        "neighbors of a digit has its class, on average?",
        share,
        (
            (0.2, "about a tenth, as by chance"),
            (0.6, "20% to 60%"),
            (1.01, "more than 60%"),
        ),
        f"{percent(share)}; by chance it would be about 10%. An embedding must be compared with "
        "the untrained network before it says anything about training.",
        too_low="Random weights still map similar images to similar outputs.",
        too_high="This architecture mixes the pixels so much that random weights lose much of "
        "their similarity.",
    )


def _late(scene: Scene, network: LoadedNetwork) -> Tensor:
    """Return the late layer's output as vectors, (N, D)."""
    layer = network.architecture.late
    (late,) = (v.values for v in vectors(network, scene.sample.images, [layer]) if v.layer == layer)
    return late


def _same_class(values: Tensor, scene: Scene) -> float:
    """Return the share of nearest neighbors with the same class, 0 to 1."""
    with torch.inference_mode():
        near = nearest_neighbors(values, values, NEIGHBORS, leave_out_self=True)  # (N, k)
    labels = scene.sample.labels
    return float((labels[near] == labels[:, None]).mean())
