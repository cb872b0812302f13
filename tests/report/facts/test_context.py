"""The facts of a report: figures with their sources, and values that are missing."""

import dataclasses

import pytest

from cnnviz.report.document.blocks import Figure, Missing
from cnnviz.report.facts.candidates import Candidate
from cnnviz.report.facts.test_results import DetectorResults
from tests.report.material import A, candidate, report_context


def changed(**values: object) -> Candidate:
    chosen = candidate(*A)
    return dataclasses.replace(chosen, facts=dataclasses.replace(chosen.facts, **values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234, "1,234"), (True, "yes"), (False, "no"), (0.001, "0.001"), ("adam", "adam")],
)
def test_a_recorded_value_is_shown_as_text_with_its_source(
    value: float | int | str, text: str
) -> None:
    context = report_context(changed(source="the card"))
    assert context.recorded(value) == Figure(value, text, "the card")


def test_counts_and_shares_of_the_digits_here_have_one_source() -> None:
    context = report_context(candidate(*A))
    count, share = context.counted(12345), context.share(0.98765)
    assert (count.text, share.text) == ("12,345", "98.77%")
    assert context.share(0.98765, places=1).text == "98.8%"
    assert count.source == share.source
    assert count.source.startswith("counted for this report on the test digits of this machine (")


def test_the_training_time_is_recorded_or_the_reason_is_given() -> None:
    assert str(report_context(changed(seconds=1234.56)).training_time) == "1,234.6\u00a0s"
    earlier = report_context(changed(seconds=None)).training_time
    assert earlier == Missing(
        "recorded for the whole training only", "see the report on the run's newest weights"
    )
    damaged = report_context(changed(seconds=None, status_problem="unreadable")).training_time
    assert damaged == Missing("unreadable")


def test_a_detector_has_no_results_of_a_classifier() -> None:
    detector = report_context(candidate(*A), results=DetectorResults([], 0, 20))
    assert detector.classified is None
    classifier = report_context(candidate(*A))
    assert classifier.classified is classifier.results


def test_the_criterion_is_named_for_the_network() -> None:
    assert report_context(candidate(*A)).criterion_title == "accuracy"
    assert report_context(candidate(*A), by="size").criterion_title == "size"
