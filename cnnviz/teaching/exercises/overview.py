"""Exercises on what passes through a network, for the first page."""

import math

from cnnviz.inspection.activations.forward_pass import ranking
from cnnviz.stats.percentages import percent
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
    choose_range,
)
from cnnviz.teaching.exercises.scene import Scene


def values_of_early_layer(scene: Scene) -> MultipleChoice | None:
    """Ask how many numbers the early layer outputs."""
    layer = scene.network.architecture.early
    shape = scene.output_shape(layer)
    channels, (height, width), tokens = shape.channels, shape.grid, shape.class_tokens
    pixels = scene.image.size
    return choose_number(
        f"The image has {pixels} numbers, one for each pixel. How many numbers does the early "
        f"layer, {layer}, output for it?",
        shape.values,
        {
            pixels: "A layer need not keep the number of values: each of its channels is a map of "
            "its own.",
            channels: "That is the number of maps. Each map has a value at every position.",
            height * width: "That is one map. The layer outputs one for each channel.",
            channels * height * width: "The class token, which has no position in the image, "
            "belongs to the output, too.",
        },
        f"{layer} outputs {channels} maps of {height} × {width}"
        f"{f' and {tokens} class token of {channels} values' if tokens else ''}: {shape} = "
        f"{shape.values:,} values, {shape.values / pixels:.3g} times as many as the image has "
        "pixels.",
    )


def zeros_in_late_layer(scene: Scene) -> MultipleChoice:
    """Ask which share of the late layer is exactly zero."""
    layer = scene.network.architecture.late
    maps = scene.maps(layer)
    share = float((maps == 0).float().mean())
    rectified = float(maps.min()) >= 0  # the output of a ReLU, pooled or not
    adds = any(step.kind == "add" for step in scene.count.layers)
    return choose_range(
        f"Which share of the values in the late layer, {layer}, is exactly zero for this image?",
        share,
        ((0.01, "almost none"), (0.5, "less than half"), (1.01, "half or more")),
        f"{percent(share, 0)} of the values of {layer} are exactly zero. Zeros come from a ReLU, "
        "which replaces negative values; smooth activation functions such as GELU leave almost "
        "none.",
        too_low="After a ReLU, a unit that finds less than its threshold outputs exactly zero, and "
        "most units look for a pattern that this image does not have.",
        too_high="Zeros need a ReLU right before: pooling, normalization or a smooth activation "
        "function leaves other values."
        if not rectified
        else "A shortcut's sum is rarely negative, so its ReLU leaves few zeros."
        if adds
        else "A ReLU leaves a zero only where the weighted sum is negative, and pooling or a "
        "concatenation can leave fewer of them.",
    )


def runner_up(scene: Scene) -> MultipleChoice | None:
    """Ask which class has the second highest probability."""
    logits = scene.logits(scene.image[None])[0]  # (10,)
    probabilities = logits.softmax(dim=0).numpy()  # (10,)
    order = ranking(probabilities)
    first, second, last = order[0], order[1], order[-1]
    gap = float(logits[second] - logits[last])
    wrong = {
        first + 1
        if first < 9
        else first - 1: "Classes that follow each other as numbers need not look alike: to the "
        "network a class is a shape without an order.",
        last: "The network finds this class the least similar of all.",
        order[4]: "Other classes get more probability.",
    }
    classes = [second, *(digit for digit in wrong if digit not in (first, second))]
    classes.sort()
    outcomes = [Outcome(str(digit), wrong.get(digit, "")) for digit in classes]
    return choose_outcome(
        f"The network answers {first}. Which class comes second?",
        classes.index(second),
        outcomes,
        f"The {second}, with a probability of {probabilities[second]:.2g}; the {last} comes last, "
        f"with {probabilities[last]:.2g}. Their logits differ by {gap:.1f}; the softmax makes a "
        f"factor of e^{gap:.1f} = {math.exp(gap):.2g} between the probabilities.",
    )
