"""Percentages as text; the cases are also those of numbers.js."""

import json
from pathlib import Path

import pytest

from cnnviz.stats.percentages import percent, probability

CASES = json.loads((Path(__file__).parents[1] / "frontend" / "percent_cases.json").read_text())


@pytest.mark.parametrize(("share", "text"), CASES["percent"])
def test_less_than_all_is_never_written_as_all(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(("share", "places", "text"), CASES["percent_with_places"])
def test_less_than_all_is_never_written_as_all_with_other_decimals(
    share: float, places: int, text: str
) -> None:
    assert percent(share, places) == text


@pytest.mark.parametrize(("value", "text"), CASES["probability"])
def test_no_probability_is_written_as_all(value: float, text: str) -> None:
    assert probability(value) == text
