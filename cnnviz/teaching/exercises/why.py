"""Exercises on attribution: empty pixels, the sum of a map, and whether a map is right."""

import numpy as np
import torch

from cnnviz.inspection.attribution.methods import explain_by
from cnnviz.inspection.attribution.question import Question, Target, question_about
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
)
from cnnviz.teaching.exercises.scene import Scene

_SHARE = 0.2  # of the ink


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
    return choose_number(
        f"The logit of the predicted class is {score:.1f}, and {blank:.1f} for a black image. To "
        "about which number does the map of integrated gradients sum?",
        round(total),
        {
            round(score - blank): "The integral is a sum over few steps here, too coarse for this "
            "network.",
            round(100 * share): "The map explains the logit, not a probability in percent.",
            0: "Evidence for and against does not cancel: it adds up to what the ink changes.",
            round(score): "The part of the logit that a black image has already is not "
            "explained by any pixel.",
        },
        f"The map sums to {total:.2f}; score minus score of the black image is "
        f"{score - blank:.2f}. This property is called completeness.",
    )


def deleting_the_top(scene: Scene) -> MultipleChoice:
    """Ask whether removing the ink that a map calls important matters more than a random part."""
    question = _question(scene)
    attribution = torch.from_numpy(explain_by(question, scene.image, "integrated_gradients"))
    ink = (torch.from_numpy(scene.image[0]) > 0).flatten().nonzero()[:, 0]  # (P,)
    count = max(1, round(_SHARE * len(ink)))
    top = ink[attribution.flatten()[ink].argsort(descending=True)[:count]]
    generator = torch.Generator().manual_seed(scene.seed)
    random = [ink[torch.randperm(len(ink), generator=generator)[:count]] for _ in range(10)]
    images = torch.from_numpy(scene.image).float().flatten().repeat(12, 1) / 255  # (12, H * W)
    for i, pixels in enumerate([top, *random]):
        images[i + 1, pixels] = 0
    with torch.inference_mode():
        logits = question.logits(images.reshape(12, *scene.image.shape))
        scores = question.target.score(logits)
    whole, without_top = float(scores[0]), float(scores[1])
    without_random = float(scores[2:].mean())
    spread = float(scores[2:].std())
    index = (
        0
        if without_top < without_random - 2 * spread
        else 2
        if without_top > without_random + 2 * spread
        else 1
    )
    return choose_outcome(
        f"The {_SHARE:.0%} of the ink that integrated gradients call most important is removed. "
        "Compared with removing as many ink pixels at random, the logit of the class falls …",
        index,
        [
            Outcome("more", "The map misleads for this network and this digit."),
            Outcome(
                "about as much",
                "The order of the map does matter: the difference exceeds the spread of random "
                "choices.",
            ),
            Outcome("less", "The pixels of the map matter at least as much as random ones."),
        ],
        f"Logit {whole:.2f}; without the top {count} pixels {without_top:.2f}; without {count} "
        f"random ones {without_random:.2f} ± {spread:.2f} (ten choices). “About” is within two "
        "standard deviations.",
    )


def _question(scene: Scene) -> Question:
    """Return the question why the network gives its answer."""
    digit = int(scene.probabilities(scene.image[None])[0].argmax())
    return question_about(scene.network, Target(digit), scene.network.architecture.late)
