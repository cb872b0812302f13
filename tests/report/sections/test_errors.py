"""The section on errors, on five predictions set by hand."""

import io

import numpy as np
from PIL import Image

from cnnviz.report.document.blocks import Bullets, DataTable, Paragraph, Pictures
from cnnviz.report.facts.candidates import Candidate
from cnnviz.report.facts.network_facts import network_facts
from cnnviz.report.facts.test_results import DetectorResults, WrongPrediction
from cnnviz.report.sections.errors import errors_section
from tests.report.material import (
    LABELS,
    A,
    candidate,
    report_context,
    results_by_hand,
    shipped,
)
from tests.report.reading import words


def test_the_most_confident_errors_come_first() -> None:
    blocks = errors_section(report_context(candidate(*A))).blocks
    heading, pictures = blocks[1], blocks[2]
    assert isinstance(heading, Paragraph)
    assert words(heading.parts) == (
        "It misclassifies 4 of the 5 test digits. The most confident errors (4):"
    )
    assert isinstance(pictures, Pictures)
    assert [words(picture.caption) for picture in pictures.items] == [
        "true 2, predicted 7, confidence 99.50%",
        "true 2, predicted 3, confidence 80.00%",
        "true 2, predicted 7, confidence 70.00%",
        "true 0, predicted 1, confidence 60.00%",
    ]
    assert [str(picture.alt) for picture in pictures.items] == [
        f"Test image at index {index}" for index in (3, 4, 2, 0)
    ]


def test_a_picture_is_the_digit_with_each_pixel_enlarged_to_four() -> None:
    pictures = errors_section(report_context(candidate(*A))).blocks[2]
    assert isinstance(pictures, Pictures)
    shown = np.asarray(Image.open(io.BytesIO(pictures.items[0].png)))
    expected = results_by_hand().digits.test_images[3, 0]
    assert shown.shape == (112, 112)
    assert all((shown[i::4, j::4] == expected).all() for i in range(4) for j in range(4))


def test_confusions_are_counted_by_hand() -> None:
    confusions = errors_section(report_context(candidate(*A))).blocks[4]
    assert isinstance(confusions, Bullets)
    assert [words(item) for item in confusions.items] == [
        "2 classified as 7: 2 times",
        "0 classified as 1: 1 time",
        "2 classified as 3: 1 time",
    ]


def test_a_network_without_errors_shows_none() -> None:
    context = report_context(candidate(*A), results=results_by_hand(LABELS))
    blocks = errors_section(context).blocks
    assert isinstance(blocks[1], Paragraph)
    assert words(blocks[1].parts) == "It misclassifies none of the 5 test digits."
    assert not any(isinstance(block, Pictures) for block in blocks)


def test_each_perturbation_has_its_accuracy_and_interval() -> None:
    intro, table = errors_section(report_context(candidate(*A))).blocks[-2:]
    assert isinstance(intro, Paragraph)
    assert words(intro.parts) == (
        "Robustness: accuracy on the first 5 test digits, perturbed. Without a perturbation it is "
        "20.00%."
    )
    assert isinstance(table, DataTable)
    assert [[words(cell) for cell in row] for row in table.rows] == [
        ["Rotation", "20 (degrees counterclockwise)", "40.0%", "12.5–75.0%"]
    ]


def test_a_detector_that_finds_nothing_is_said_to_predict_nothing() -> None:
    missed = WrongPrediction(7, np.zeros((64, 64), np.uint8), (1, 4), (), 0.0)
    context = report_context(
        Candidate(network_facts(shipped("detr")), None), results=DetectorResults([missed], 3, 20)
    )
    scope, heading, pictures, missing = errors_section(context).blocks
    assert isinstance(scope, Bullets)
    assert words(scope.items[0]).startswith("It is trained on canvases with one to three")
    assert isinstance(heading, Paragraph)
    assert words(heading.parts) == (
        "On 3 of 20 test canvases, the detected digits are wrong. The most confident errors (1):"
    )
    assert isinstance(pictures, Pictures)
    assert [words(p.caption) for p in pictures.items] == ["true 1 and 4, predicted nothing"]
    assert isinstance(missing, Paragraph)
    assert words(missing.parts).startswith("Robustness was not measured")
