"""Exercises on the figures of a report: bytes, memory, images per second."""

from cnnviz.stats.percentages import percent
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
    choose_range,
)
from cnnviz.teaching.exercises.scene import Scene

_CLEAR = 1.25  # ratio of sizes from which one counts as larger


def bytes_of_weights(scene: Scene) -> MultipleChoice | None:
    """Ask how much memory the weights take."""
    parameters = scene.count.parameters
    kib = [round(parameters * size / 1024) for size in (4, 1, 2, 8)]
    return choose_number(
        f"{scene.title} has {parameters:,} parameters in float32. How much memory do they take?",
        kib[0],
        {
            kib[1]: "A float32 has 32 bits: 4 bytes, not 1. One byte each would be int8.",
            kib[2]: "Two bytes each would be float16 or bfloat16.",
            kib[3]: "Eight bytes each would be float64.",
        },
        f"{parameters:,} × 4 bytes = {scene.count.weight_bytes:,} bytes = {kib[0]:,} KiB.",
        unit="KiB",
    )


def weights_and_activations(scene: Scene) -> MultipleChoice | None:
    """Ask whether weights or one digit's layer outputs take more memory."""
    weights, outputs = scene.count.weight_bytes, scene.count.activation_bytes
    if 1 / _CLEAR < weights / outputs < _CLEAR:
        return None  # it depends on what counts as an output
    return choose_outcome(
        "What takes more memory: all weights, or the outputs of all layers for one digit, which "
        "training must keep for the backward pass?",
        0 if weights > outputs else 1,
        [
            Outcome(
                "the weights",
                "Convolutions have few weights and many outputs: one weight serves every position.",
            ),
            Outcome(
                "the outputs of the layers",
                "Fully connected and wide late layers have far more weights than outputs.",
            ),
        ],
        f"Weights: {weights:,} bytes. Outputs of all layers, activation functions and sums: "
        f"{outputs:,} bytes for one digit, and as much again for each further digit of a batch.",
    )


def share_of_the_costliest_layer(scene: Scene) -> MultipleChoice:
    """Ask how much of the computation the costliest layer does."""
    layer = max(scene.count.layers, key=lambda layer: layer.macs)
    return choose_range(
        f"The multiply-accumulates of {scene.title} are in "
        f"{sum(layer.macs > 0 for layer in scene.count.layers)} layers and products. Which share "
        "of them does the costliest one do?",
        layer.share,
        (
            (0.1, "less than 10%"),
            (0.4, "10% to 40%"),
            (0.7, "40% to 70%"),
            (1.01, "more than 70%"),
        ),
        f"{layer.name} does {percent(layer.share, 0)} of {scene.count.macs:,} MACs. Making any "
        f"other layer free would save at most {1 - layer.share:.0%}.",
        too_low="Layers differ much in cost: channels in times channels out times positions.",
        too_high="The work is spread over many similar layers here.",
    )
