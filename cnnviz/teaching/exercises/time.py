"""Exercises on what training changes: accuracy, weights, gradients."""

import torch
import torch.nn.functional as F

from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.seeding import seeded
from cnnviz.stats.percentages import percent
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_outcome,
    choose_range,
)
from cnnviz.teaching.exercises.scene import Scene

_BATCH = 64


def accuracy_before_training(scene: Scene) -> MultipleChoice:
    """Ask for the accuracy of the network with initial weights."""
    accuracy = scene.accuracy(scene.untrained())
    return choose_range(
        "How many test digits does this architecture classify correctly before its first training "
        "step?",
        accuracy,
        (
            (0.03, "none"),
            (0.25, "about one in ten"),
            (0.6, "about half"),
            (1.01, "most of them"),
        ),
        f"{percent(accuracy)} of {len(scene.sample.labels)} test digits. Untrained networks "
        "usually answer the same one or two classes for every image, which is right by chance.",
        too_low="Random weights do not avoid the right class: they do not know it.",
        too_high="Nothing connects the outputs to classes yet: only training does.",
    )


def weights_that_one_step_changes(scene: Scene) -> MultipleChoice:
    """Ask which share of the weights a single training step changes."""
    network = scene.untrained()
    before = {name: value.clone() for name, value in network.model.named_parameters()}
    model = network.model.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(
        model.parameters(), network.architecture.learning_rate, weight_decay=0.0
    )
    _gradients(network, scene)
    optimizer.step()
    after = dict(model.named_parameters())
    changed = sum(int((after[name] != value).sum()) for name, value in before.items())
    total = sum(value.numel() for value in before.values())
    share = changed / total
    return choose_range(
        f"The network has {total:,} parameters. How many of them does the first training step, on "
        f"{_BATCH} digits, change?",
        share,
        (
            (0.1, "less than a tenth"),
            (0.6, "a tenth to six tenths"),
            (1.01, "more than six tenths"),
        ),
        f"{changed:,}, {percent(share)}. Backpropagation gives every weight a gradient in the same "
        "pass, not only those that caused a mistake; it is exactly zero only where no digit of the "
        "batch activates the path, or where a later weight starts at zero.",
        too_low="A step does not look for the weights to blame: the gradient says for each weight "
        "how the loss changes with it.",
        too_high="A weight whose path is silent for the whole batch, or leads through a later "
        "weight that starts at zero, has a gradient of zero and stays as it is.",
    )


def first_and_last_gradient(scene: Scene) -> MultipleChoice:
    """Ask where gradients are larger at the start: in the first or the last layer."""
    network = scene.untrained()
    network.model.train().requires_grad_(True)
    _gradients(network, scene)
    weights = [
        (name.removesuffix(".weight"), parameter.grad)
        for name, parameter in network.model.named_parameters()
        if name.endswith(".weight") and parameter.dim() > 1 and parameter.grad is not None
    ]
    (first, _), (last, _) = weights[0], weights[-1]
    sizes = [float(grad.square().mean().sqrt()) for _, grad in (weights[0], weights[-1])]
    ratio = sizes[0] / sizes[1]
    return choose_outcome(
        f"At the first training step, where is the gradient of a weight larger: in the first layer "
        f"with weights, {first}, or in the last, {last} (root mean square)?",
        0 if ratio > 2 else 1 if ratio >= 0.5 else 2,
        [
            Outcome(
                f"in {first}",
                "Its weights are used at many positions, which adds up gradients, but what comes "
                "back through the layers above has become smaller.",
            ),
            Outcome(
                "about the same, within a factor of 2",
                "Initialization and normalization aim at that, but the number of positions and "
                "layers still makes a difference.",
            ),
            Outcome(
                f"in {last}",
                "It is nearer to the loss, but gradients need not shrink on their way back: "
                "residual connections and normalization keep them, and shared weights add up those "
                "of all positions.",
            ),
        ],
        f"{first}: {sizes[0]:.2g}; {last}: {sizes[1]:.2g}; the ratio is {ratio:.2g}.",
    )


def _gradients(network: LoadedNetwork, scene: Scene) -> None:
    """Compute the gradients of the loss on one batch of the sample."""
    images = torch.from_numpy(scene.sample.images[:_BATCH])
    labels = torch.from_numpy(scene.sample.labels[:_BATCH]).long()
    with torch.enable_grad(), seeded(scene.seed):
        F.cross_entropy(network.model(network.input(images)), labels).backward()
