"""Exercises on what passes through a network, for the first page."""

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
    _, channels, height, width = scene.maps(layer).shape  # (1, C, h, w)
    pixels = scene.image.size
    return choose_number(
        f"The image has {pixels} numbers, one for each pixel. How many numbers does the early "
        f"layer, {layer}, output for it?",
        channels * height * width,
        {
            pixels: "A layer need not keep the number of values: each of its channels is a map of "
            "its own.",
            channels: "That is the number of maps. Each map has a value at every position.",
            height * width: "That is one map. The layer outputs one for each channel.",
        },
        f"{layer} outputs {channels} maps of {height} × {width}: {channels} × {height} × {width} = "
        f"{channels * height * width:,} values, {channels * height * width / pixels:.3g} times as "
        "many as the image has pixels.",
    )


def zeros_in_late_layer(scene: Scene) -> MultipleChoice:
    """Ask which share of the late layer is exactly zero."""
    layer = scene.network.architecture.late
    share = float((scene.maps(layer) == 0).float().mean())
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
        "function leaves other values.",
    )


def runner_up(scene: Scene) -> MultipleChoice | None:
    """Ask which class has the second highest probability."""
    probabilities = scene.probabilities(scene.image[None])[0]  # (10,)
    order = ranking(probabilities)
    first, second, last = order[0], order[1], order[-1]
    wrong = {
        (first + 1) % 10: "Classes that follow each other as numbers need not look alike: to the "
        "network a class is a shape without an order.",
        last: "The network finds this class the least similar of all.",
        order[4]: "Other shapes share more strokes with this image.",
    }
    classes = [second, *(digit for digit in wrong if digit not in (first, second))]
    classes.sort()
    outcomes = [Outcome(str(digit), wrong.get(digit, "")) for digit in classes]
    return choose_outcome(
        f"The network answers {first}. Which class comes second?",
        classes.index(second),
        outcomes,
        f"The {second}, with a probability of {probabilities[second]:.2g}; the {last} comes last, "
        f"with {probabilities[last]:.2g}. The softmax makes the logits, which differ by a few "
        "units, into probabilities that differ by orders of magnitude.",
    )
