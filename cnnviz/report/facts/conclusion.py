"""The conclusion of a report in one plain sentence: which network to choose, and with which figure.

It follows from the same figures as the recommendation, which gives the reasons in full.
"""

from cnnviz.report.document.blocks import Figure, Missing, Name, TableCell, joined
from cnnviz.report.facts.candidates import (
    Candidate,
    best_candidates,
    quartiles_overlap,
    strongest_alternative,
)
from cnnviz.report.facts.context import ReportContext
from cnnviz.report.facts.head_to_head import HeadToHead

_UNKNOWN = "unknown digits"
_AIMS = {
    "accuracy": "For the highest {}, choose ",
    "latency": "For the lowest {}, choose ",
    "size": "For the smallest {}, choose ",
}


def conclusion(context: ReportContext) -> TableCell:
    """Return which network to choose by the criterion, with its figure and the next one's.

    Where predictions for the same digits, or the spread of the latencies, do not show that the best
    network is better than the next one, the sentence says so and recommends none.
    """
    criterion, called = context.criterion, context.criterion_title
    best = best_candidates(criterion, context.chosen, context.alternatives)
    if not best:
        return (
            f"No network can be recommended by {called}, because it has not been measured here.",
        )
    winner = _candidate(context, best[0])
    if not context.alternatives:
        nothing = "; no other network was chosen to compare it with."
        return (winner.name, " ", *_reaches(context, winner), nothing)
    if len(best) > 1:
        names = joined([(name,) for name in best])
        return (f"By {called}, ", *names, " are equal: each ", *_reaches(context, winner), ".")
    rival = strongest_alternative(criterion, context.alternatives)
    other = rival if winner is context.chosen else context.chosen
    if other is None or isinstance(criterion.figure(other), Missing):
        unknown = context.chosen.name if other is context.chosen else "the alternatives"
        return (*_choose(context, winner), "; for ", unknown, f" the {called} is not known.")
    return _weighed(context, winner, other)


def _candidate(context: ReportContext, name: Name) -> Candidate:
    candidates = (context.chosen, *context.alternatives)
    return next(candidate for candidate in candidates if candidate.name == name)


def _reaches(context: ReportContext, candidate: Candidate) -> TableCell:
    """Return a network's figure as the end of a sentence about it."""
    figure = context.criterion.figure(candidate)
    if context.criterion.key == "size":
        return ("has ", figure, " parameters")
    if context.criterion.key == "latency":
        return ("takes ", figure, " for one image (median)")
    if context.criterion_title == "accuracy":
        return ("classifies ", figure, " of its test digits correctly")
    return (f"reaches an {context.criterion_title} of ", figure)


def _choose(context: ReportContext, winner: Candidate) -> TableCell:
    aim = _AIMS[context.criterion.key].format(context.criterion_title)
    return (aim, winner.name, ": it ", *_reaches(context, winner))


def _weighed(context: ReportContext, winner: Candidate, other: Candidate) -> TableCell:
    """Return the recommendation of the winner, or why it is not clearly the best."""
    doubt = _doubt(context, winner, other)
    against: TableCell = (", against ", context.criterion.figure(other), " for ", other.name)
    if not doubt:
        shown = ""
        if context.criterion.key == "accuracy":
            shown = "; on the same test digits the difference is statistically significant"
        return (*_choose(context, winner), *against, f"{shown}.")
    unclear = f"By {context.criterion_title} there is no clear winner: "
    best = context.criterion.figure(winner)
    if context.criterion.key == "accuracy":
        return (unclear, *_recorded(context, winner, other), *doubt)
    lead: TableCell = (winner.name, " is best on record with ", best, *against)
    return (unclear, *lead, *doubt)


def _recorded(context: ReportContext, winner: Candidate, other: Candidate) -> TableCell:
    """Return both recorded accuracies, with the test digits of each."""
    best, next_best = context.criterion.figure(winner), context.criterion.figure(other)
    digits, others = _tested_on(winner), _tested_on(other)
    same = str(digits) == str(others)
    own: TableCell = () if same else (" (", digits or _UNKNOWN, ")")
    their: TableCell = () if same else (" (", others or _UNKNOWN, ")")
    both: TableCell = (" on ", digits) if same and digits else ()
    return (
        *(best, " for ", winner.name, *own, " against "),
        *(next_best, " for ", other.name, *their, *both, ", "),
    )


def _tested_on(candidate: Candidate) -> Figure | None:
    """Return the digits that a network's recorded accuracy is about; None if that is unknown."""
    digits = candidate.facts.network.tested_on
    return Figure(digits, digits, candidate.facts.source) if digits else None


def _doubt(context: ReportContext, winner: Candidate, other: Candidate) -> TableCell:
    """Return why the best network by the records is not recommended; nothing if it is.

    It continues the sentence of the two figures.
    """
    if context.criterion.key == "latency" and quartiles_overlap(winner, other):
        return (", but the interquartile ranges of their latencies overlap.",)
    if context.criterion.key != "accuracy":
        return ()
    comparison = context.comparison
    if comparison is None or comparison.counts is None:
        return ("but the two were not compared on the same digits.",)
    if comparison.decided and comparison.leader == winner.name:
        return ()
    return _counts(comparison, winner, other)


def _counts(comparison: HeadToHead, winner: Candidate, other: Candidate) -> TableCell:
    """Return how many of the same digits each network gets right, and how sure that is."""
    counts = comparison.counts
    assert counts is not None
    correct = {
        comparison.chosen: counts.both + counts.first,
        comparison.rival: counts.both + counts.second,
    }

    def number(value: int) -> Figure:
        return Figure(value, f"{value:,}", comparison.source)

    if comparison.leader is None:
        each = number(correct[winner.name])
        digits = number(comparison.digits)
        return ("of the same ", digits, " test digits both classify ", each, " correctly.")
    verdict = "significantly fewer" if comparison.decided else "which may be chance"
    caution: TableCell = ()
    if comparison.trained_on_tests:
        names = joined([(name,) for name in comparison.trained_on_tests])
        caution = (" The training of ", *names, " may have included these digits.")
    return (
        "but " if comparison.decided else "and ",
        *(number(correct[winner.name]), " against ", number(correct[other.name]), " of the "),
        *(number(comparison.digits), f" test digits here, {verdict}.", *caution),
    )
