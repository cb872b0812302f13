"""Exercises on what changes a prediction: position, polarity, rotation, an empty image."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import torch

from cnnviz.data.mnist import Pixels
from cnnviz.evaluation.shift_and_scale import translated_digits
from cnnviz.stats.percentages import probability
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_outcome,
    choose_range,
)
from cnnviz.teaching.exercises.scene import Operation, Scene

_SHIFT = 7  # pixels
_LESS_SURE = 0.1  # of a probability
_SHIFTED: Mapping[Operation, str] = MappingProxyType(
    {
        "convolution": "Convolutions give the same values in another position, but a fully "
        "connected layer has other weights there, and a network without one has borders and "
        "strides.",
        "attention": "Attention reads all positions, but the digit is cut into other patches, and "
        "each has another position embedding.",
        "perceptron": "The digit is cut into other patches, and the weights between two patches "
        "belong to their positions.",
    }
)  # what is wrong with expecting the same answer, by what combines the positions


def shifted(scene: Scene) -> MultipleChoice:
    """Ask what the network answers to the digit in another position."""
    right = scene.random.choice([-_SHIFT, _SHIFT])
    moved = translated_digits(torch.from_numpy(scene.image[None]), right, 0).numpy()
    side = "right" if right > 0 else "left"
    return _changed(
        scene,
        moved,
        f"The digit is moved {_SHIFT} pixels to the {side}, without centering it again. The "
        "network then gives …",
        same=_SHIFTED[scene.operation],
        other="It is the same shape, and convolutions use the same weights at all positions."
        if scene.operation == "convolution"
        else "It is the same shape, and every patch goes through the same weights.",
        reason="Training digits are centered by their mass, which is why the Draw page centers a "
        "drawing before the network receives it.",
    )


def inverted(scene: Scene) -> MultipleChoice:
    """Ask what the network answers to black ink on white."""
    return _changed(
        scene,
        255 - scene.image[None],
        "Black and white are exchanged. The network then gives …",
        same="To us it is the same digit. The network has only seen white ink on black: its "
        "weights multiply brightness, so a white background excites them everywhere.",
        other="Here the exchanged image still excites the same class most.",
        reason="Nothing in the training data says that ink may be dark.",
    )


def upside_down(scene: Scene) -> MultipleChoice:
    """Ask what the network answers to the digit rotated by half a turn."""
    return _changed(
        scene,
        np.ascontiguousarray(scene.image[None, :, ::-1, ::-1]),
        "The digit is rotated by 180°. The network then gives …",
        same="Convolutions do not recognize rotated patterns: a kernel rotated is another kernel."
        if scene.operation == "convolution"
        else "To the weights a rotated patch is another patch, and each is in another position.",
        other="This digit looks much the same after half a turn, to the network too.",
        reason="A 0, a 1 and an 8 are nearly symmetric; a 6 becomes a 9.",
    )


def empty_image(scene: Scene) -> MultipleChoice:
    """Ask how sure the network is of an empty image."""
    probabilities = scene.probabilities(np.zeros_like(scene.image[None]))[0]  # (10,)
    top = float(probabilities.max())
    return choose_range(
        "The image is empty: all pixels are black. The highest of the ten probabilities is …",
        top,
        (
            (0.105, "10%, the same for all classes"),
            (0.5, "between 10% and 50%"),
            (1.01, "50% or more"),
        ),
        f"{probability(top)}, for the {int(probabilities.argmax())}. The ten probabilities always "
        "sum to 1: there is no class for “no digit”.",
        too_low="Black is a value like any other after normalization, and biases or batch norms "
        "add to it: nothing holds the network back from being sure.",
        too_high="Black is a value like any other after normalization, and biases or batch norms "
        "add to it, but here they do not favor one class that much.",
    )


def _changed(
    scene: Scene, pixels: Pixels, stem: str, *, same: str, other: str, reason: str
) -> MultipleChoice:
    """Ask whether a change of the image (1, 1, H, W) changes the prediction.

    Args:
        scene: the network and the image.
        pixels: the changed image.
        stem: the question.
        same: what is wrong with expecting the same class.
        other: what is wrong with expecting another class.
        reason: end of the explanation.
    """
    before, after = scene.probabilities(np.concatenate([scene.image[None], pixels]))  # (10,) each
    digit, changed = int(before.argmax()), int(after.argmax())
    index = 2 if digit != changed else int(before[digit] - after[digit] > _LESS_SURE)
    return choose_outcome(
        stem,
        index,
        [
            Outcome(f"{digit} again, about as surely (within 10 points) or more surely", same),
            Outcome(
                f"{digit} again, but more than 10 points less surely",
                same if index == 2 else other,
            ),
            Outcome("another class", other),
        ],
        f"Before: {digit} with {probability(before[digit])}. After: {changed} with "
        f"{probability(after[changed])}. {reason}",
    )
