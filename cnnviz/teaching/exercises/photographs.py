"""Exercises on the architecture as published, for photographs: shapes and weights."""

from functools import lru_cache

from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.structure.counts import Count, Layer, count
from cnnviz.models.structure.trace import trace_architecture
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
)
from cnnviz.teaching.exercises.scene import Scene

_DEFAULT = "resnet50"  # for architectures that have no other published size


def weights_of_color_filters(scene: Scene) -> MultipleChoice | None:
    """Ask how many weights one filter of the first convolution has."""
    row, counted = _published(scene, convolutional=True)
    layer = _convolutions(counted)[0]
    kernel = int(layer.kernel.split(" × ")[0])
    channels, filters = layer.inputs[0][0], layer.output[0]
    return choose_number(
        f"{row.published_network().name} receives color photographs. Its first convolution has "
        f"{filters} filters of {kernel} × {kernel}. How many weights has one filter?",
        kernel * kernel * channels,
        {
            kernel * kernel: "A photograph has three channels, red, green and blue, and a filter "
            "has a kernel for each.",
            kernel * kernel * channels * filters: "That is all filters together.",
            channels: "That is one weight per channel, a 1 × 1 kernel.",
        },
        f"{kernel} × {kernel} × {channels} = {kernel * kernel * channels}. Shown as a picture, the "
        "three kernels are its red, green and blue.",
    )


def resolution_of_late_layer(scene: Scene) -> MultipleChoice | None:
    """Ask how many positions the last convolution's maps have."""
    row, counted = _published(scene, convolutional=True)
    published = row.published_network()
    size = published.input_size[-1]
    last = _convolutions(counted)[-1]
    side = last.output[-1]
    if last.kernel == last.stride and last.kernel != "1 × 1":
        return _positions_of_patches(published.name, size, side)
    return choose_number(
        f"{published.name} receives {size} × {size} pixels. How wide are the maps of its last "
        "convolution?",
        side,
        {
            size: f"Strides and pooling on the way make the maps {size / side:.3g} times narrower.",
            size // 4: "That is the size after two halvings.",
            1: "A map of one value has no positions: at most the pooling before the classifier "
            "makes such maps.",
        },
        f"{side} × {side}: one position stands for {size / side:.3g} × {size / side:.3g} pixels.",
    )


def _positions_of_patches(title: str, size: int, side: int) -> MultipleChoice | None:
    """Ask how wide the maps are of the convolution that cuts a photograph into patches."""
    return choose_number(
        f"{title} receives {size} × {size} pixels. Its last convolution cuts the photograph into "
        f"patches of {size // side} × {size // side} pixels. How wide are the maps of that "
        "convolution?",
        side,
        {
            size: "A position of the map stands for a patch, not for a pixel.",
            size // side: "That is the width of a patch in pixels.",
            side * side: "That is the number of patches, in all rows together.",
        },
        f"{size} / {size // side} = {side}: the maps have {side} × {side} positions, one for each "
        "patch.",
    )


def published_and_digits(scene: Scene) -> MultipleChoice:
    """Ask how many times more multiplications the published network needs."""
    row, counted = _published(scene)
    own = row.key == scene.network.architecture.key
    small = scene.count if own else count(trace_architecture(row, published=False))
    ratio = counted.macs / small.macs
    index = 0 if ratio < 3 else 1 if ratio < 30 else 2
    return choose_outcome(
        f"{row.published_network().name} for photographs and {row.title} for digits share the "
        "architecture. How many times more multiply-accumulates (MACs) does a photograph take?",
        index,
        [
            Outcome("up to 3 times", "The input has many more pixels, and every layer is wider."),
            Outcome(
                "3 to 30 times",
                "Estimate both factors, pixels and channels: MACs grow with the number of "
                "positions and with the square of the width.",
            ),
            Outcome("more than 30 times", "The network for digits is not that much smaller."),
        ],
        f"{counted.macs:,} against {small.macs:,} MACs: {ratio:,.0f} times as many. Parameters: "
        f"{counted.parameters:,} against {small.parameters:,}.",
    )


def _published(scene: Scene, *, convolutional: bool = False) -> tuple[Architecture, Count]:
    """Return the network's row, or ResNet-50's, and the cost of its published version.

    Args:
        scene: with the network.
        convolutional: whether ResNet-50 also replaces a network without convolutions.
    """
    row = scene.network.architecture
    if row.published is not None and row.published.input_size[0] == 3:
        counted = _published_count(row.key)
        if _convolutions(counted) or not convolutional:
            return row, counted
    row = CATALOG[_DEFAULT]
    return row, _published_count(row.key)


@lru_cache(maxsize=64)  # 1.8 MB: 27 architectures
def _published_count(key: str) -> Count:
    """Return the cost of an architecture as published, once for all its exercises."""
    return count(trace_architecture(CATALOG[key], published=True))


def _convolutions(counted: Count) -> list[Layer]:
    return [layer for layer in counted.layers if layer.kind == "Conv2d"]
