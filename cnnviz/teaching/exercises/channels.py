"""Exercises on filters and channels: what is lost when some are switched off."""

from collections.abc import Iterable

import torch

from cnnviz.inspection.interventions.edits import Scale, apply_edits
from cnnviz.models.structure.first_filters import first_filters
from cnnviz.stats.percentages import percent
from cnnviz.teaching.exercises.multiple_choice import MultipleChoice, choose_range
from cnnviz.teaching.exercises.scene import Scene


def muted_channel(scene: Scene) -> MultipleChoice:
    """Ask what muting the strongest channel of the middle layer costs."""
    layer = scene.network.architecture.middle
    strongest = int(scene.maps(layer)[0].abs().mean(dim=(1, 2)).argmax())
    channels = scene.maps(layer).shape[1]
    after = _correct_without(scene, layer, [strongest])
    return _cost(
        scene,
        f"Channel {strongest} is the strongest of the {channels} channels of the middle layer, "
        f"{layer}. It is switched off. How much accuracy does the network lose?",
        after,
    )


def half_of_the_channels(scene: Scene) -> MultipleChoice:
    """Ask what muting every second channel of the early layer costs."""
    layer = scene.network.architecture.early
    channels = scene.maps(layer).shape[1]
    first = scene.random.randint(0, 1)
    after = _correct_without(scene, layer, range(first, channels, 2))
    return _cost(
        scene,
        f"Every second one of the {channels} channels of the early layer, {layer}, is switched "
        "off. How much accuracy does the network lose?",
        after,
    )


def response_to_uniform_brightness(scene: Scene) -> MultipleChoice | None:
    """Ask whether the filters of the first convolution respond to a uniform area."""
    filters = first_filters(scene.network.model)  # (C, h, w)
    if not len(filters):
        return None
    sums, sizes = filters.sum(dim=(1, 2)), filters.abs().sum(dim=(1, 2))  # (C,) each
    balanced = float((sums.abs() < 0.25 * sizes).float().mean())
    return choose_range(
        "A filter whose weights sum to about zero does not respond to a uniform area, only to "
        "differences: edges. Which share of the first convolution's filters is of that kind (sum "
        "below a quarter of the sum of absolute weights)?",
        balanced,
        (
            (0.25, "less than a quarter"),
            (0.75, "between a quarter and three quarters"),
            (1.01, "more than three quarters"),
        ),
        f"{percent(balanced, 0)} of the {len(filters)} filters.",
        too_low="Ink on black is full of edges, and filters that find them are useful.",
        too_high="“Early layers detect edges” is a summary: many filters also measure how much ink "
        "there is.",
    )


def _correct_without(scene: Scene, layer: str, channels: Iterable[int]) -> int:
    """Return how many digits of the sample are classified correctly with channels muted."""
    edits = [Scale(layer, channel, 0.0) for channel in channels]
    edited = apply_edits(scene.network, edits, scene.layers)
    with torch.inference_mode():
        return int(scene.correct(edited).sum())


def _cost(scene: Scene, stem: str, after: int) -> MultipleChoice:
    digits = len(scene.sample.labels)
    before = int(scene.correct(scene.network).sum())
    return choose_range(
        stem,
        100 * (before - after),  # an integer: the difference of two shares is inexact
        (
            (digits, "less than 1 percentage point"),
            (10 * digits + 1, "1 to 10 points"),
            (100 * digits + 1, "more than 10 points"),
        ),
        f"{percent(before / digits)} before, {percent(after / digits)} after, on {digits} test "
        "digits.",
        too_low="All later layers were trained with these channels, and the others stand in for "
        "them only so far.",
        too_high="No channel carries a digit alone: many respond to similar patterns and stand in "
        "for each other.",
    )
