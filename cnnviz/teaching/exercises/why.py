"""Exercises on attribution: empty pixels, the sum of a map, and whether a map is right."""

import numpy as np
import torch
from torch import Tensor

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.attribution.gradients import INTEGRATION_STEPS
from cnnviz.inspection.attribution.methods import explain_by
from cnnviz.inspection.attribution.question import (
    IMAGES_AT_A_TIME,
    Question,
    Target,
    question_about,
    to_image,
)
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
)
from cnnviz.teaching.exercises.scene import Scene

_SHARE = 0.2  # of the ink
_ERROR = 0.5  # largest error of the sum that stands for the integral, in logits
_CHOICES = 200  # of random pixels
_OUTSIDE, _WITHIN = 0.01, 0.06  # shares of random choices beyond a score, see `_rank_outcome`


def empty_pixels(scene: Scene) -> MultipleChoice:
    """Ask for the gradient × input of black pixels."""
    attribution = explain_by(_question(scene), scene.image, "gradient_times_input")
    black = attribution[scene.image[0] == 0]
    largest = float(np.abs(black).max(initial=0.0))
    return choose_outcome(
        "What does “gradient × input” say about the black pixels around the digit?",
        0 if largest == 0 else 1,
        [
            Outcome(
                "exactly zero, all of them",
                "The map multiplies by brightness in another scale here.",
            ),
            Outcome(
                "positive or negative, like the ink",
                "The method multiplies by the pixel's brightness, and that of black is 0.",
            ),
            Outcome(
                "negative: a missing stroke is evidence against other classes",
                "It may be, but this method cannot say so: it multiplies by a brightness of 0.",
            ),
        ],
        f"The largest absolute value among the {black.size} black pixels is {largest:g}. The gap "
        "that makes a 4 no 9 is invisible to this method.",
    )


def sum_of_integrated_gradients(scene: Scene) -> MultipleChoice | None:
    """Ask for the sum of an integrated-gradients map."""
    question = _question(scene)
    images = torch.stack([torch.from_numpy(scene.image) / 255, torch.zeros(scene.image.shape)])
    with torch.inference_mode():
        score, blank = question.score(images.float()).tolist()
        share = float(question.target.probability(question.logits(images.float()))[0])
    total = float(explain_by(question, scene.image, "integrated_gradients").sum())
    change = score - blank
    if abs(total - change) > _ERROR:
        return None
    wrong = {
        round(100 * share): "The map explains the logit, not a probability in percent.",
        0: "Evidence for and against does not cancel: it adds up to what the ink changes.",
        round(score): "The part of the logit that a black image has already is not "
        "explained by any pixel.",
    }
    return choose_number(
        f"The logit of the predicted class is {score:.1f}, and {blank:.1f} for a black image. To "
        "about which number does the map of integrated gradients sum?",
        round(change),
        {number: why for number, why in wrong.items() if abs(number - change) > 2 * _ERROR},
        f"Score minus score of the black image is {change:.2f}; that the map sums to it is called "
        f"completeness. This map sums to {total:.2f}: the rest is the error of the sum over "
        f"{INTEGRATION_STEPS} steps that stands for the integral.",
    )


def deleting_the_top(scene: Scene) -> MultipleChoice | None:
    """Ask whether removing the ink that a map calls important matters more than a random part."""
    question = _question(scene)
    attribution = torch.from_numpy(explain_by(question, scene.image, "integrated_gradients"))
    ink = (torch.from_numpy(scene.image[0]) > 0).flatten().nonzero()[:, 0]  # (P,)
    count = max(1, round(_SHARE * len(ink)))
    top = ink[attribution.flatten()[ink].argsort(descending=True)[:count]]
    generator = torch.Generator().manual_seed(scene.seed)
    random = [ink[torch.randperm(len(ink), generator=generator)[:count]] for _ in range(_CHOICES)]
    scores = _scores_without(question, scene.image, [ink[:0], top, *random])
    whole, without_top = scores[:2].tolist()
    lower = int((scores[2:] < without_top).sum())
    index = _rank_outcome(lower / _CHOICES)
    if index is None:
        return None
    mean = float(scores[2:].mean())
    return choose_outcome(
        f"The {_SHARE:.0%} of the ink that integrated gradients call most important is removed. "
        f"Compared with {_CHOICES} random choices of as many ink pixels, the logit of the class "
        "falls …",
        index,
        [
            Outcome(
                "more than for nearly all of them",
                "It falls more than the mean, but within the spread of random choices."
                if index == 1 and without_top < mean
                else "The map misleads for this network and this digit.",
            ),
            Outcome(
                "within their spread",
                "The order of the map does matter: the result lies outside the spread of random "
                "choices.",
            ),
            Outcome(
                "less than for nearly all of them",
                "The pixels of the map matter at least as much as random ones.",
            ),
        ],
        f"Logit {whole:.2f}; without the top {count} pixels {without_top:.2f}; without {count} "
        f"random ones {mean:.2f} on average. For {lower} of the {_CHOICES} random choices the "
        f"logit falls further.",
    )


def positions_of_grad_cam(scene: Scene) -> MultipleChoice | None:
    """Ask how many values a Grad-CAM map has before it is enlarged."""
    layer = scene.network.architecture.late
    shape, pixels = scene.output_shape(layer), scene.image.size
    height, width = shape.grid
    return choose_number(
        f"Grad-CAM explains the answer by the late layer, {layer}: {shape.channels} maps of "
        f"{height} × {width}. How many values does its map have, before it is enlarged to "
        f"{pixels} pixels?",
        height * width,
        {
            pixels: "The map has as few positions as those of the layer; between them it is "
            "interpolated.",
            shape.channels: "The channels are weighed and added up: one map remains.",
            shape.channels * height * width: "That is all channels; Grad-CAM adds them up.",
        },
        f"{height} × {width} = {height * width}: each channel's map is weighed by its mean "
        "gradient, and the maps are summed. A position stands for a part of the image, so that "
        "Grad-CAM cannot show single strokes.",
    )


def _scores_without(question: Question, image: Pixels, choices: list[Tensor]) -> Tensor:
    """Return the scores (N,) of an image (1, H, W) without each of N choices of pixels."""
    images = to_image(image).flatten().repeat(len(choices), 1)  # (N, H * W)
    for row, pixels in zip(images, choices, strict=True):
        row[pixels] = 0
    with torch.inference_mode():
        batches = images.reshape(-1, *image.shape).split(IMAGES_AT_A_TIME)
        return torch.cat([question.score(batch) for batch in batches])


def _rank_outcome(lower: float) -> int | None:
    """Return 0 for a rank among the lowest scores, 1 within their spread, 2 among the highest.

    Args:
        lower: share of random choices with a lower score, 0 to 1.

    Returns:
        None between them, where other random choices could give another outcome.
    """
    if min(lower, 1 - lower) >= _WITHIN:
        return 1
    if min(lower, 1 - lower) > _OUTSIDE:
        return None
    return 0 if lower < 0.5 else 2


def _question(scene: Scene) -> Question:
    """Return the question why the network gives its answer."""
    digit = int(scene.probabilities(scene.image[None])[0].argmax())
    return question_about(scene.network, Target(digit), scene.network.architecture.late)
