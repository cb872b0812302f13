"""Exercises on feature maps: zeros, the number of values, position, and channels."""

import torch
import torch.nn.functional as F
from torch import Tensor

from cnnviz.evaluation.shift_and_scale import translated_digits
from cnnviz.stats.percentages import percent
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
)
from cnnviz.teaching.exercises.scene import Scene

_FIT = 0.8  # correlation from which maps count as the old ones in another place
_MOST_TIES = 0.05  # share of digits without a single strongest channel


def values_early_and_late(scene: Scene) -> MultipleChoice:
    """Ask whether the early or the late layer outputs more values."""
    row = scene.network.architecture
    shapes = {name: scene.output_shape(name) for name in (row.early, row.late)}
    early, late = (shape.values for shape in shapes.values())
    return choose_outcome(
        f"From the early layer, {row.early}, to the late one, {row.late}, the maps become smaller "
        "or stay, and their number grows or stays. Which layer outputs more values?",
        0 if early > late else 1 if early < late else 2,
        [
            Outcome(
                "the early one",
                "Its maps are at least as large, but the late layer has more of them.",
            ),
            Outcome(
                "the late one",
                "More channels do not mean more values: halving the side of a map leaves a quarter "
                "of its values, and the number of channels usually only doubles.",
            ),
            Outcome(
                "both the same",
                "That needs a quarter of the positions and four times the channels, or no change "
                "at all, as in many transformers; a class token in one of them adds its values.",
            ),
        ],
        f"{row.early}: {shapes[row.early]} = {early:,} values. "
        f"{row.late}: {shapes[row.late]} = {late:,} values.",
    )


def moved_digit(scene: Scene) -> MultipleChoice | None:
    """Ask how the maps of the middle layer change when the digit moves."""
    row = scene.network.architecture
    side = scene.maps(row.middle).shape[-1]
    stride = row.input_size / side
    pixels = max(2, round(2 * stride))  # so that the map moves by two positions
    if side < 4 or pixels > 8 or pixels / stride != 2:
        return None
    moved = translated_digits(torch.from_numpy(scene.image[None]), pixels, 0).numpy()
    by, fit = _best_shift(scene.maps(row.middle)[0], scene.maps(row.middle, moved)[0])
    if fit < _FIT:
        return None  # the maps are not the old ones in any other place
    positions = {
        0: "Pooling does not fix the position: it only tolerates shifts smaller than its window.",
        pixels: f"One position of this map stands for {stride:g} pixels of the image.",
        2: "Position embeddings and mixing between all positions change the maps as a whole: they "
        "are not the old maps in another place.",
    }
    return choose_number(
        f"The digit moves {pixels} pixels to the right. By how many positions do the "
        f"{side} × {side} maps of the middle layer, {row.middle}, move?",
        by,
        positions,
        f"The new maps fit the old ones best when these are moved by {by} of {side} positions; the "
        f"stride of the layer is {stride:g}. "
        + (
            "That a shift of the input shifts the maps is called equivariance."
            if by == 2
            else "These maps do not shift with the input."
        ),
    )


def strongest_channel_of_another_digit(scene: Scene) -> MultipleChoice | None:
    """Ask whether the strongest channel of the late layer is the same for another digit."""
    row, labels = scene.network.architecture, scene.sample.labels
    shown = int(scene.probabilities(scene.image[None])[0].argmax())
    same, different = labels == shown, labels != shown
    largest = scene.maps(row.late, scene.sample.images).amax(dim=(2, 3))  # (N, C)
    peaks = scene.maps(row.late)[0].amax(dim=(1, 2))  # (C,)
    strongest = int(peaks.argmax())
    if not same.any() or _ties(peaks[None]) or _ties(largest) > _MOST_TIES:
        return None  # a function such as tanh is exactly 1 in several channels
    channels = largest.argmax(dim=1)  # (N,)
    agree_same = float((channels[torch.from_numpy(same)] == strongest).float().mean())
    agree_other = float((channels[torch.from_numpy(different)] == strongest).float().mean())
    index = 0 if agree_other >= agree_same / 2 else 1
    return choose_outcome(
        f"Channel {strongest} of the late layer, {row.late}, has the largest value for this image. "
        f"Is it also the strongest one for images of other digits?",
        index,
        [
            Outcome(
                "about as often as for this digit",
                "The late layer separates the classes: most of its channels respond to parts that "
                "only some digits have.",
            ),
            Outcome(
                "much more rarely",
                "A channel need not belong to a class: this one is large for many digits, and the "
                "class is read from all channels together.",
            ),
        ],
        f"It is the strongest channel for {percent(agree_same, 0)} of the test digits that are a "
        f"{shown} and for {percent(agree_other, 0)} of the others.",
    )


def size_of_the_late_map(scene: Scene) -> MultipleChoice | None:
    """Ask for the side of the late layer's maps."""
    row = scene.network.architecture
    side = scene.maps(row.late).shape[-1]
    size = row.input_size
    return choose_number(
        f"The input is {size} × {size} pixels. How many positions has one side of a map of the "
        f"late layer, {row.late}?",
        side,
        {
            size: "Strides and pooling between input and late layer make the maps smaller.",
            size // 2: "That is the map after a single halving.",
            10: "Ten is the number of classes; a map has positions, not classes.",
        },
        f"{side} × {side}: a position stands for {size / side:.3g} × {size / side:.3g} pixels.",
    )


def _ties(values: Tensor) -> float:
    """Return the share of rows (N, C) whose largest value occurs in several channels, 0 to 1."""
    return float(((values == values.amax(dim=1, keepdim=True)).sum(dim=1) > 1).float().mean())


def _best_shift(before: Tensor, after: Tensor) -> tuple[int, float]:
    """Return the shift to the right at which maps correlate best, and that correlation.

    Args:
        before: maps (C, h, w).
        after: the maps that may be shifted, by 0 to 4 positions.
    """
    width = before.shape[-1]
    scores = []
    for by in range(min(5, width - 1)):
        first, second = before[..., : width - by].flatten(), after[..., by:].flatten()
        scores.append(float(F.cosine_similarity(first - first.mean(), second - second.mean(), 0)))
    best = max(range(len(scores)), key=scores.__getitem__)
    return best, scores[best]
