"""Which network is best, and whether that may be chance, on predictions set by hand."""

import numpy as np
import pytest

from cnnviz.comparison.summary import ArchitectureCosts, NetworkSummary
from cnnviz.comparison.takeaway import takeaway
from cnnviz.evaluation.predictions import Predictions
from cnnviz.stats.intervals import wilson
from cnnviz.ui.compare.takeaway_text import takeaway_text

LABELS = np.zeros(1000, np.int64)


def network(key: str, correct: int, parameters: int | None = None) -> NetworkSummary:
    costs = (
        None if parameters is None else ArchitectureCosts(parameters, 1, 1, 1, 1, "conv", 3, 0.1)
    )
    return NetworkSummary(key, key, "lenet5", accuracy=wilson(correct, 1000), costs=costs)


def predicted(correct: int) -> Predictions:
    """The first digits are right: the better of two networks is right wherever the other is."""
    probabilities = np.zeros((1000, 10), np.float32)
    probabilities[:correct, 0] = 1
    probabilities[correct:, 1] = 1
    return Predictions(probabilities)


def text(*rows: tuple[str, int, int | None]) -> str:
    summaries = [network(*row) for row in rows]
    predictions = {key: predicted(correct) for key, correct, _ in rows}
    return takeaway_text(takeaway(summaries, predictions, LABELS), digits=1000)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            (("A", 900, 500), ("B", 990, 2000)),
            "**B classifies the most test digits correctly**, 99.00% of 1,000, and the lead over "
            "the others is significant (McNemar's test). A is the smallest, with 500 parameters.",
        ),
        (
            (("A", 997, 500), ("B", 995, 2000), ("C", 994, 2000)),
            "**A classifies the most test digits correctly**, 99.70% of 1,000, but the lead over B "
            "(99.50%) and 1 other network may be chance: only 2 digits differ between A and B "
            "(McNemar's test). It is also the smallest, with 500 parameters.",
        ),
        (
            (("A", 997, 500), ("B", 997, 500), ("C", 900, None)),
            "**A; B classify the most test digits correctly**, 99.70% of 1,000, and the lead over "
            "the others is significant (McNemar's test).",
        ),
        ((("A", 997, 500),), "**A classifies 99.70% of 1,000 test digits** correctly."),
    ],
)
def test_the_sentence_follows_from_the_table(
    rows: tuple[tuple[str, int, int | None], ...], expected: str
) -> None:
    assert text(*rows) == expected


def test_a_lead_of_seven_digits_counts_between_two_networks_but_not_among_ten() -> None:
    # by McNemar's exact test 2 / 2^7 = 0.016: below 0.05, but not 45 times
    pair = (("A", 997, None), ("B", 990, None))
    assert "is significant" in text(*pair)
    assert "may be chance" in text(*pair, *((f"N{n}", 500, None) for n in range(8)))


def test_cited_accuracies_are_compared_without_a_test() -> None:
    cited = [
        NetworkSummary("a", "A", "vgg16", top1=0.716),
        NetworkSummary("b", "B", "resnet50", top1=0.8086),
        NetworkSummary("c", "C", "lenet5"),
    ]
    assert takeaway_text(takeaway(cited), digits=0) == (
        "**B has the highest cited ImageNet accuracy**, 80.86%."
    )
    assert takeaway_text(takeaway(cited[2:]), digits=0) == ""
