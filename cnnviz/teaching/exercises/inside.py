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


def values_early_and_late(scene: Scene) -> MultipleChoice:
    """Ask whether the early or the late layer outputs more values."""
    row = scene.network.architecture
    maps = scene.outputs([row.early, row.late])
    early, late = (maps[name].numel() for name in (row.early, row.late))
    shapes = {name: " × ".join(map(str, maps[name].shape[1:])) for name in maps}
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
                "That needs a quarter of the values per map and four times the channels, or no "
                "change at all, as in a transformer.",
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
    by = _best_shift(scene.maps(row.middle)[0], scene.maps(row.middle, moved)[0])
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
        f"stride of the layer is {stride:g}. That a shift of the input shifts the maps is called "
        "equivariance.",
    )


def strongest_channel_of_another_digit(scene: Scene) -> MultipleChoice:
    """Ask whether the strongest channel of the late layer is the same for another digit."""
    row, labels = scene.network.architecture, scene.sample.labels
    shown = int(scene.probabilities(scene.image[None])[0].argmax())
    same, different = labels == shown, labels != shown
    means = scene.maps(row.late, scene.sample.images).amax(dim=(2, 3))  # (N, C)
    strongest = int(scene.maps(row.late)[0].amax(dim=(1, 2)).argmax())
    ranks = means.argsort(dim=1, descending=True)[:, 0]  # (N,)
    agree_same = float((ranks[torch.from_numpy(same)] == strongest).float().mean())
    agree_other = float((ranks[torch.from_numpy(different)] == strongest).float().mean())
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


def _best_shift(before: Tensor, after: Tensor) -> int:
    """Return the shift to the right, 0 to 4 positions, at which maps (C, h, w) correlate best."""
    width = before.shape[-1]
    scores = []
    for by in range(min(5, width - 1)):
        first, second = before[..., : width - by].flatten(), after[..., by:].flatten()
        scores.append(float(F.cosine_similarity(first - first.mean(), second - second.mean(), 0)))
    return max(range(len(scores)), key=scores.__getitem__)
