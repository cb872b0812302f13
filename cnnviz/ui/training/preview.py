"""What a training shows of itself: first-layer filters, and test images with its predictions."""

import numpy as np
import streamlit as st

from cnnviz.data import canvases, mnist
from cnnviz.stats.percentages import probability
from cnnviz.training.runs.records import Preview
from cnnviz.training.runs.store import Run
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.shell.markdown import plain


def filters_and_predictions(run: Run) -> None:
    """Show the filters and the predictions that a run has written last, if any."""
    preview = run.preview()
    if not preview:
        return
    shape = tuple(preview.kernel)
    filters = [
        Tile(np.array(values).reshape(shape), f"filter {i}")
        for i, values in enumerate(preview.filters)
    ]
    rows = []
    if filters:
        first = Row(
            "First-layer filters",
            filters,
            note=f"{len(filters)} filters of {shape[0]} × {shape[1]}: blue is positive, vermilion "
            "negative",
            scale=max(5, 36 // shape[0]),
            signed=True,
        )
        rows.append(first)
    try:
        rows.append(
            _detected_digits(run, preview) if preview.found else _predicted_digits(run, preview)
        )
    except mnist.DataError as error:
        st.caption(f"The test digits of this run cannot be shown: {plain(str(error))}")
    tiles(rows, key="run_tiles")


def _predicted_digits(run: Run, preview: Preview) -> Row:
    """Return test digits with the predictions of a classifier in training."""
    digits = mnist.load_digits(run.settings().source)
    indices = preview.indices or mnist.first_indices(digits, 2)
    strip = []
    for index, predicted, confidence in zip(
        indices, preview.answers, preview.confidences, strict=False
    ):
        true = int(digits.test_labels[index])
        label = f"{predicted}" if predicted == true else f"{predicted}≠{true}"
        name = f"a {true} classified as {predicted} with probability {probability(confidence)}"
        image = digits.test_images[index, 0] / 255
        strip.append(Tile(image, name, label, wrong=predicted != true))
    chosen = "an easy and a hard one of each class, " if preview.indices else ""
    legend = f" · {chosen}so the share differs from the test accuracy; 2≠0 means: read as 2, is 0"
    return _row("Test digits and predictions", strip, "correct", preview.step, legend=legend)


def _detected_digits(run: Run, preview: Preview) -> Row:
    """Return test canvases with the detections of a detector in training."""
    sample = canvases.preview_canvases(mnist.load_digits(run.settings().source))
    strip = []
    for image, labels, detections in zip(sample.images, sample.labels, preview.found, strict=False):
        true = sorted(int(label) for label in labels if label != canvases.NO_DIGIT)
        classes = sorted(int(digit) for digit, *_ in detections)
        detected = " ".join(map(str, classes)) or "none"
        wrong = classes != true
        label = f"{detected} ≠ {' '.join(map(str, true))}" if wrong else detected
        name = f"{detected} detected, labeled {' '.join(map(str, true))}"
        boxes = [tuple(edges) for _, _, *edges in detections]
        strip.append(Tile(image[0] / 255, name, label, wrong=wrong, boxes=boxes))
    return _row("Test canvases and detections", strip, "with the correct classes", preview.step)


def _row(title: str, strip: list[Tile], correct: str, step: int, *, legend: str = "") -> Row:
    """Return images in a row with the number of correct ones at a step."""
    right = sum(not tile.wrong for tile in strip)
    note = f"{right} of {len(strip)} {correct} at step {step:,}{legend}"
    return Row(title, strip, note, scale=1.5)
