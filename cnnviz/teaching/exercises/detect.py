"""Exercises on a detector: queries, outputs, and a moved canvas."""

import numpy as np
import torch

from cnnviz.evaluation.shift_and_scale import translated_digits
from cnnviz.inspection.activations.object_queries import query_predictions
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
)
from cnnviz.teaching.exercises.scene import Scene

_SHIFT = 8  # pixels


def queries_without_object(scene: Scene) -> MultipleChoice | None:
    """Ask how many object queries answer "no object"."""
    predictions = query_predictions(scene.network, scene.image)[-1]
    queries, detected = len(predictions.labels), len(predictions.detected)
    return choose_number(
        f"The detector has {queries} object queries, and every one of them answers. How many "
        "answer “no object” for this canvas?",
        queries - detected,
        {
            0: "There are more queries than digits, and no digit may be reported twice.",
            detected: "That is how many queries report a digit.",
            queries: "Then no digit would be found.",
            10: "Ten is the number of classes; queries are not bound to classes.",
        },
        f"{queries - detected} of {queries}; {detected} "
        f"{'reports' if detected == 1 else 'report'} a digit.",
    )


def numbers_of_the_output(scene: Scene) -> MultipleChoice | None:
    """Ask how many numbers the detector outputs for a canvas."""
    predictions = query_predictions(scene.network, scene.image)[-1]
    queries = len(predictions.labels)
    return choose_number(
        f"For each of its {queries} queries the detector outputs scores for ten digits and “no "
        "object”, and a box. How many numbers are that?",
        queries * (10 + 1 + 4),
        {
            queries * 11: "Without the four numbers of the box.",
            queries * 14: "Without the score of “no object”.",
            11 + 4: "That is one query.",
            queries * 12: "A box takes four numbers: center, width and height.",
        },
        f"{queries} × (10 + 1 + 4) = {queries * 15}.",
    )


def moved_canvas(scene: Scene) -> MultipleChoice | None:
    """Ask whether the same query reports a digit after it has moved."""
    before = query_predictions(scene.network, scene.image)[-1]
    right = scene.random.choice([-_SHIFT, _SHIFT])
    moved = translated_digits(torch.from_numpy(scene.image[None]), right, 0)[0].numpy()
    after = query_predictions(scene.network, moved)[-1]
    if not before.detected or before.digits != after.digits:
        return None
    same = sorted(before.detected) == sorted(after.detected)
    centers = [
        float(np.mean([p.boxes[q, ::2].mean() for q in p.detected])) for p in (before, after)
    ]
    return choose_outcome(
        f"Everything on the canvas moves {_SHIFT} pixels to the "
        f"{'right' if right > 0 else 'left'}. Do the same queries report the digits?",
        0 if same else 1,
        [
            Outcome(
                "yes, with boxes in the new position",
                "Queries prefer regions of the canvas: a digit that moves may be taken over by "
                "another query.",
            ),
            Outcome(
                "no, at least one other query does",
                "The regions of the queries are wide enough for a shift like this.",
            ),
        ],
        f"Before: queries {', '.join(map(str, sorted(before.detected)))}. After: "
        f"{', '.join(map(str, sorted(after.detected)))}. The boxes moved by "
        f"{64 * (centers[1] - centers[0]):+.1f} pixels on average.",
    )
