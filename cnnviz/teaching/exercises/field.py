"""Exercises on receptive fields: their size, the border, one pixel, the effective field."""

import numpy as np
import torch
from numpy.typing import NDArray

from cnnviz.inspection.receptive_field.effective import (
    changed_units,
    effective_field,
    perturbation_spread,
)
from cnnviz.inspection.receptive_field.fields import Field
from cnnviz.stats.percentages import percent
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
    choose_range,
)
from cnnviz.teaching.exercises.scene import Scene

_PIXEL = (14, 14)  # row and column in the 28 x 28 image


def size_of_field(scene: Scene) -> MultipleChoice | None:
    """Ask how large the receptive field of the middle layer's center unit is."""
    row = scene.network.architecture
    field = scene.fields[row.middle]
    height, side = field.center_size
    return choose_number(
        f"How many pixels wide is the {_name(field)} of the center unit of the middle layer, "
        f"{row.middle}?",
        side,
        _wrong_sizes(field, row.input_size),
        f"{side} × {height} pixels, {percent(field.share, 0)} of the input. {_growth(field)}",
    )


def _wrong_sizes(field: Field, size: int) -> dict[int, str]:
    """Return misconceptions about the width of a field, by the widths that they lead to.

    Args:
        field: of the layer.
        size: width of the input.
    """
    kernels = [window.kernel[1] for window in field.path]
    wrong = {1: "That is the position itself; a convolution also reads its neighbors."}
    if kernels:
        wrong[kernels[-1]] = (
            "That is the kernel of the last layer only. What it reads has receptive fields of its "
            "own."
        )
        wrong[1 + sum(k - 1 for k in kernels)] = (
            "Kernel sizes add up like this only if no layer has a stride: after a stride of 2 "
            "every step counts double."
        )
    else:
        wrong[1] = "That is one pixel: a position stands for several."
        wrong[size // field.grid[1]] = (
            "That is the part of the image that one position stands for; attention and fully "
            "connected layers read other positions, too."
        )
    wrong[size] = (
        "The gates of squeeze-and-excitation read the whole image, but the local field leaves them "
        "out."
        if field.gated
        else "Only layers that mix all positions, such as attention, a fully connected layer or a "
        "very deep stack, see the whole image."
    )
    return wrong


def _growth(field: Field) -> str:
    """Return why a field has its size, in a sentence."""
    if not field.path or field.theoretical is None:
        return "Attention and fully connected layers read all positions at once."
    growth = "Each layer adds (kernel − 1) times the product of all strides before it"
    if field.theoretical[1] > field.center_size[1]:
        return f"{growth}, {field.theoretical[1]} pixels in all, which the border cuts off."
    return f"{growth}."


def _name(field: Field) -> str:
    """Return what a field is called: gates are left out of it."""
    return "local receptive field, without gates," if field.gated else "receptive field"


def corner_and_center(scene: Scene) -> MultipleChoice:
    """Ask whether a corner unit of the middle layer sees as many pixels as the center unit."""
    row = scene.network.architecture
    field = scene.fields[row.middle]
    corner, center = (_area(field.boxes[""][unit]) for unit in ((0, 0), field.center))
    return choose_outcome(
        f"Compared with the center unit of the middle layer, {row.middle}, the unit in the corner "
        f"sees …{' (without gates)' if field.gated else ''}",
        0 if corner < center else 1 if corner == center else 2,
        [
            Outcome(
                "fewer pixels",
                "Both receptive fields are the whole image."
                if field.sees_everything
                else "The layers before it have no padding, or read no neighbors: no field reaches "
                "beyond the border.",
            ),
            Outcome(
                "as many pixels",
                "Its receptive field has the same size, but part of it lies outside the image, in "
                "the padding.",
            ),
            Outcome("more pixels", "No unit at the border sees beyond it."),
        ],
        f"The corner unit sees {corner} pixels of the input, the center unit {center}.",
    )


def one_pixel(scene: Scene) -> MultipleChoice | None:
    """Ask how many units of an early map change with one pixel."""
    row = scene.network.architecture
    border = (row.input_size - scene.image.shape[-1]) // 2
    pixel = (_PIXEL[0] + border, _PIXEL[1] + border)
    spread = perturbation_spread(scene.network, scene.image, pixel, 1.0)
    if row.early not in spread:
        return None
    changed, units = changed_units(spread[row.early])
    return choose_number(
        f"The pixel in row {_PIXEL[0]} and column {_PIXEL[1]} of the digit, both counted from 0, "
        f"changes. How many of the {units} positions of the early maps, {row.early}, change?",
        changed,
        {
            1: "A pixel lies under the kernel at several positions, once under each weight.",
            units: "A kernel is smaller than the image: positions farther away never read the "
            "pixel.",
            0: "A convolution has no threshold that would ignore a single pixel.",
        },
        f"{changed} of {units}, computed by running the network twice. Without later layers and "
        "strides, a k × k kernel passes a pixel on to k × k positions; with a stride, their number "
        "depends on the pixel.",
    )


def effective_and_theoretical(scene: Scene) -> MultipleChoice | None:
    """Ask how much of the late layer's theoretical field really matters."""
    row = scene.network.architecture
    field = scene.fields[row.late]
    height, side = field.center_size
    if side < 6 or field.gated:  # the gradient also passes through the gates
        return None
    x = scene.network.input(torch.from_numpy(scene.sample.images[:32]))
    effective = effective_field(scene.network, x, row.late)
    ratio = effective.half / side
    return choose_range(
        f"The center unit of the late layer, {row.late}, sees {side} × {height} "
        "pixels. How wide is the square around the middle that holds half of its gradient?",
        ratio,
        (
            (0.25, "less than a quarter of that"),
            (0.71, "a quarter to seven tenths"),
            (1.01, "more: 71% is what equal influence of all pixels would give"),
        ),
        f"{effective.half} pixels, {ratio:.0%} of {side}, mean over {effective.count} test "
        "digits. With equal influence of all pixels it would be √½ = 71%.",
        too_low="More paths lead from the middle of the field to the unit than from its edge, but "
        "pooling, attention and the weights spread the influence farther than that.",
        too_high="Many more paths lead from the middle of the field to the unit than from its "
        "edge, so pixels there count more.",
    )


def _area(box: NDArray[np.int32]) -> int:
    top, left, bottom, right = map(int, box)
    return (bottom - top + 1) * (right - left + 1)
