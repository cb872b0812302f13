"""The conclusion in one sentence, on candidates and counts set by hand."""

import dataclasses

import pytest

from cnnviz.evaluation.agreement import PairedCounts
from cnnviz.report.facts.candidates import Candidate
from cnnviz.report.facts.conclusion import conclusion
from cnnviz.report.facts.head_to_head import HeadToHead
from cnnviz.report.facts.measured_latencies import measured_latencies
from cnnviz.report.facts.network_facts import network_facts
from tests.report.material import FULL, TIMES, A, B, candidate, measure, report_context, shipped
from tests.report.reading import words

UNCLEAR = (
    "By accuracy there is no clear winner: 99.00% for A against 95.00% for B on 10,000 digits,"
)


def concluded(
    chosen: Candidate,
    *others: Candidate,
    by: str = "accuracy",
    counts: PairedCounts | None = None,
) -> str:
    context = report_context(chosen, *others, by=by)
    if others:
        digits = sum(dataclasses.astuple(counts)) if counts else 0
        compared = HeadToHead(chosen.name, others[0].name, counts, "no counts", digits, "by hand")
        context = dataclasses.replace(context, comparison=compared)
    return words(conclusion(context))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (
            PairedCounts(both=940, first=50, second=10, neither=0),
            "For the highest accuracy, choose A: it classifies 99.00% of its test digits "
            "correctly, against 95.00% for B; on the same test digits the difference is "
            "statistically significant.",
        ),
        (
            PairedCounts(both=980, first=6, second=4, neither=10),
            f"{UNCLEAR} and 986 against 984 of the 1,000 test digits here, which may be chance.",
        ),
        (
            PairedCounts(both=940, first=10, second=50, neither=0),
            f"{UNCLEAR} but 950 against 990 of the 1,000 test digits here, significantly fewer.",
        ),
        (
            PairedCounts(both=980, first=5, second=5, neither=10),
            f"{UNCLEAR} of the same 1,000 test digits both classify 985 correctly.",
        ),
        (
            None,
            f"{UNCLEAR} but the two were not compared on the same digits.",
        ),
    ],
)
def test_a_winner_by_accuracy_needs_a_significant_lead_on_the_same_digits(
    counts: PairedCounts | None, expected: str
) -> None:
    assert concluded(candidate(*A), candidate(*B), counts=counts) == expected


def test_digits_that_a_network_may_have_learned_are_named() -> None:
    counts = PairedCounts(both=980, first=6, second=4, neither=10)
    context = report_context(candidate(*A), candidate(*B), by="accuracy")
    name = candidate(*A).name
    compared = HeadToHead(name, candidate(*B).name, counts, "", 1000, "by hand", (name,))
    assert words(conclusion(dataclasses.replace(context, comparison=compared))).endswith(
        "which may be chance. The training of A may have included these digits."
    )
    other = candidate("C", 0.95, 100, "1,000 digits")
    assert concluded(candidate(*A), other, counts=counts).startswith(
        "By accuracy there is no clear winner: 99.00% for A (10,000 digits) against 95.00% for C "
        "(1,000 digits), and 986 against 984 of"
    )


def test_an_alternative_that_is_better_is_recommended_whichever_network_the_report_is_on() -> None:
    smallest = "For the smallest size, choose B: it has 100 parameters, against 500 for A."
    assert concluded(candidate(*A), candidate(*B), by="size") == smallest
    assert concluded(candidate(*B), candidate(*A), by="size") == smallest
    counts = PairedCounts(both=940, first=10, second=50, neither=0)
    assert concluded(candidate(*B), candidate(*A), counts=counts).startswith(
        "For the highest accuracy, choose A: it classifies 99.00%"
    )


def test_without_a_rival_nothing_is_recommended() -> None:
    assert concluded(candidate(*A)) == (
        "A classifies 99.00% of its test digits correctly; no other network was chosen to compare "
        "it with."
    )
    twin = candidate("C", 0.99, 500, FULL)
    assert concluded(candidate(*A), twin, by="size") == (
        "By size, A and C are equal: each has 500 parameters."
    )
    untested = candidate("D", None, 10, FULL)
    assert concluded(untested) == (
        "No network can be recommended by accuracy, because it has not been measured here."
    )
    assert concluded(untested, candidate(*A)).endswith("; for D the accuracy is not known.")


def test_latencies_whose_quartiles_overlap_have_no_winner() -> None:
    measure("lenet5")
    latencies = measured_latencies(["lenet5"])
    assert latencies

    def taking(title: str, *calls: float) -> Candidate:
        times = dataclasses.replace(TIMES, calls=calls, cpu=sum(calls))
        timing = dataclasses.replace(latencies.timings["lenet5"], latency=times)
        named = candidate(title, 0.9, 1, FULL)
        return Candidate(named.facts, dataclasses.replace(latencies, timings={"lenet5": timing}))

    fast, slow, near = taking("A", 1, 2, 3), taking("B", 4, 5, 6), taking("C", 2, 2.5, 3)
    assert concluded(slow, fast, by="latency") == (
        "For the lowest latency, choose A: it takes 2 ms for one image (median), against 5 ms for "
        "B."
    )
    assert concluded(fast, near, by="latency") == (
        "By latency there is no clear winner: A is best on record with 2 ms, against 2.5 ms for C, "
        "but the interquartile ranges of their latencies overlap."
    )
    assert concluded(candidate(*A), candidate(*B), by="latency") == (
        "No network can be recommended by latency, because it has not been measured here."
    )


def test_a_detector_is_recommended_by_its_f1() -> None:
    detector = Candidate(network_facts(shipped("detr")), None)
    text = concluded(detector)
    assert "DETR reaches an F1 of 9" in text
    assert "accuracy" not in text
