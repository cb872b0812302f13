"""Recommendation for or against a network, from its figures."""

from collections.abc import Sequence

from cnnviz.report.document.blocks import Figure, Missing, TableCell, joined
from cnnviz.report.facts.candidates import (
    CRITERIA,
    DERIVED,
    Candidate,
    Criterion,
    intervals_overlap,
    quartiles_overlap,
    rank,
    strongest_alternative,
)


def recommendation(
    criterion: Criterion,
    chosen: Candidate,
    alternatives: Sequence[Candidate],
    paired: Sequence[TableCell] = (),
    *,
    decided: bool | None = None,
) -> tuple[TableCell, ...]:
    """Return whether the figures speak for the chosen network and what it gives up, in sentences.

    Args:
        criterion: what counts most.
        chosen: the network of the report.
        alternatives: the other networks.
        paired: sentences on its predictions and its strongest alternative's for the same digits.
        decided: whether these predictions show a difference; None if they were not compared.
    """
    figure, called = criterion.figure(chosen), criterion.title_for(chosen)
    if isinstance(figure, Missing):
        return (
            (
                *(
                    f"The {called} of ",
                    chosen.name,
                    " cannot be compared with the others', since it ",
                ),
                *("is ", figure, "."),
            ),
        )
    rival = strongest_alternative(criterion, alternatives)
    if rival:
        sentences = [
            _rank_sentence(criterion, chosen, rival, alternatives),
            *_doubts(criterion, chosen, rival, decided),
            *_selection_bias(criterion, rival, alternatives),
            *paired,
            *_trade_offs(criterion, chosen, rival, decided),
        ]
    else:
        nothing = f"There is nothing to compare the {called} of "
        sentences = [(nothing, chosen.name, " with: ", figure, ".")]
    return (*sentences, *_not_compared(criterion, alternatives))


def _not_compared(criterion: Criterion, alternatives: Sequence[Candidate]) -> list[TableCell]:
    """Return how many alternatives have no figure; nothing if all have one."""
    unknown = sum(criterion.score(other) is None for other in alternatives)
    if not unknown:
        return []
    return [
        (
            "Not compared, because they were not measured together with this network: ",
            Figure(unknown, f"{unknown:,}", DERIVED),
            " of the alternatives.",
        )
    ]


def _rank_sentence(
    criterion: Criterion, chosen: Candidate, rival: Candidate, alternatives: Sequence[Candidate]
) -> TableCell:
    called = criterion.title_for(chosen)
    mine, theirs = criterion.figure(chosen), criterion.figure(rival)
    place, total = rank(criterion, chosen, alternatives) or (0, 0)
    among = Figure(total, f"{total:,}", DERIVED)
    if place == 1 and criterion.score(chosen) != criterion.score(rival):
        return (
            *(f"By {called}, ", chosen.name, " ranks first of ", among, ": ", mine, ", followed "),
            *("by ", rival.name, " with ", theirs, "."),
        )
    if place == 1:
        return (
            *(f"By {called}, ", chosen.name, " shares first place of ", among, " with "),
            *(rival.name, ": both have ", mine, "."),
        )
    return (
        *(f"By {called}, ", chosen.name, " is not the best choice: its rank is "),
        *(Figure(place, f"{place:,}", DERIVED), " of ", among, " with ", mine, ", behind "),
        *(rival.name, " with ", theirs, "."),
    )


def _selection_bias(
    criterion: Criterion, rival: Candidate, alternatives: Sequence[Candidate]
) -> list[TableCell]:
    """Return that the best of several scores is biased upward."""
    scored = sum(criterion.score(other) is not None for other in alternatives)
    if criterion.key != "accuracy" or scored < _SEVERAL:
        return []
    count = Figure(scored, f"{scored:,}", DERIVED)
    return [
        (
            *(
                rival.name,
                " was selected as the best of ",
                count,
                " alternatives, so its accuracy ",
            ),
            "is biased slightly upward by chance.",
        )
    ]


def _doubts(
    criterion: Criterion, chosen: Candidate, rival: Candidate, decided: bool | None
) -> list[TableCell]:
    """Return what makes the difference between two networks doubtful."""
    if criterion.key == "latency":
        return [*_latency_spread(chosen, rival), *_host_load(chosen, rival)]
    if criterion.key != "accuracy":
        return []
    sentences: list[TableCell] = []
    first, second = chosen.facts, rival.facts
    if first.network.tested_on != second.network.tested_on:
        sentences.append(
            (
                "Their recorded accuracies come from different test digits (",
                Figure(first.network.tested_on, first.network.tested_on, first.source),
                "; ",
                Figure(second.network.tested_on, second.network.tested_on, second.source),
                ") and so are not strictly comparable.",
            )
        )
    if decided is None and intervals_overlap(chosen, rival):
        sentences.append(
            (
                "The 95% intervals of their recorded accuracies overlap. This is not a test: "
                "either of them may be better.",
            )
        )
    return sentences


def _latency_spread(chosen: Candidate, rival: Candidate) -> list[TableCell]:
    """Return whether the interquartile ranges of two networks' latencies overlap."""
    a, b = chosen.quartiles, rival.quartiles
    if not a or not b:
        return []
    if quartiles_overlap(chosen, rival):
        conclusion = "overlap: single calls do not show a difference"
    else:
        conclusion = "do not overlap"
    return [
        (
            *("The interquartile ranges of their latencies, ", a[0], " to ", a[1], " and "),
            *(b[0], " to ", b[1], f", {conclusion}."),
        )
    ]


def _host_load(chosen: Candidate, rival: Candidate) -> list[TableCell]:
    if not chosen.busy and not rival.busy:
        return []
    return [
        (
            "Other processes used the processor during the measurement: measure again on a quiet "
            "machine before deciding.",
        )
    ]


def _trade_offs(
    criterion: Criterion, chosen: Candidate, rival: Candidate, decided: bool | None
) -> list[TableCell]:
    """Return how the chosen network compares with its rival by the other criteria."""
    better: list[TableCell] = []
    worse: list[TableCell] = []
    for other in CRITERIA.values():
        mine, theirs = other.score(chosen), other.score(rival)
        if other is criterion or mine is None or theirs is None or mine == theirs:
            continue
        cell: TableCell = (
            f"{_COMPARED[other.key]} (",
            other.figure(chosen),
            " against ",
            other.figure(rival),
            *_spread(other, chosen, rival, decided),
            ")",
        )
        (better if mine > theirs else worse).append(cell)
    first = (criterion.score(chosen) or 0.0) >= (criterion.score(rival) or 0.0)
    sentences: list[TableCell] = []
    for cells, ahead in ((better, True), (worse, False)):
        if cells:
            before, after = _PHRASES[first, ahead]
            sentences.append((before, rival.name, after, *joined(cells), "."))
    if not first and not better:
        sentences.append(("No measured figure favors it over ", rival.name, "."))
    return sentences


def _spread(
    criterion: Criterion, chosen: Candidate, rival: Candidate, decided: bool | None
) -> TableCell:
    """Return the uncertainty of two networks' figures, as an addition in brackets."""
    if criterion.key == "accuracy":
        a, b = chosen.interval, rival.interval
        if isinstance(a, Missing) or isinstance(b, Missing):
            return ()
        overlap = ", which overlap" if intervals_overlap(chosen, rival) else ""
        return ("; 95% intervals ", a, " and ", b, f"{overlap}{_DECIDED[decided]}")
    if criterion.key == "latency" and chosen.quartiles and rival.quartiles:
        (low, high), (other_low, other_high) = chosen.quartiles, rival.quartiles
        overlap = ", which overlap" if quartiles_overlap(chosen, rival) else ""
        busy = "; the host was busy" if chosen.busy or rival.busy else ""
        return (
            *("; interquartile ranges ", low, " to ", high, " and ", other_low, " to "),
            *(other_high, f"{overlap}{busy}"),
        )
    return ()


_SEVERAL = 2  # alternatives from which on the best of them is a selection
_DECIDED = {  # whether predictions for the same digits show a difference
    None: "",
    True: "; the same digits show a difference",
    False: "; the same digits do not show a difference",
}
_PHRASES = {  # by whether it ranks first, and whether it is also better in what follows
    (True, True): ("It is also better than ", " in "),
    (True, False): ("Trade-off: it is worse than ", " in "),
    (False, True): ("In its favor: it is better than ", " in "),
    (False, False): ("It is also worse than ", " in "),
}
_COMPARED = {
    "accuracy": "test accuracy",
    "latency": "median latency",
    "size": "number of parameters",
}
