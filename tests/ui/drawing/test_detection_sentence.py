"""Which digits a detector reads, in one sentence."""

import pytest

from cnnviz.ui.drawing.detection_sentence import detection_sentence

QUERIES = 8


@pytest.mark.parametrize(
    ("labeled", "detected", "begin", "end"),
    [
        ((0, 6, 9), (6, 0, 9), "reads all 3 digits correctly, 0, 6 and 9", "the other 5 of 8 "),
        ((0, 9, 6), (0, 9, 6), "reads all 3 digits correctly, 0, 9 and 6", "the other 5 of 8 "),
        ((9, 0), (9, 0), "reads both digits correctly, 9 and 0", "the other 6 of 8 do here."),
        ((7,), (7,), "reads the digit correctly, 7", "the other 7 of 8 "),
        ((0, 9), (0, 4), "reads 1 of 2 digits correctly: it misses 9 and reads 4 instead", "6 of"),
        ((0, 9), (0,), "reads 1 of 2 digits correctly: it misses 9", "the other 7 of 8 "),
        ((3, 3), (3, 3, 3), "reads both digits correctly, but also 3 where there is none", "5 of"),
        ((3, 5), (), "reads 0 of 2 digits correctly: it misses 3 and 5", "all 8 "),
    ],
)
def test_digits_that_are_missed_or_made_up_are_named(
    labeled: tuple[int, ...], detected: tuple[int, ...], begin: str, end: str
) -> None:
    text = detection_sentence("DETR", labeled, detected, queries=QUERIES)
    assert text.startswith(f"**DETR {begin}**: ")
    assert end in text
    assert "has 8 search slots" in text
