"""What to take from the comparison table, in one sentence above it."""

from cnnviz.comparison.summary import NetworkSummary
from cnnviz.comparison.takeaway import Takeaway
from cnnviz.stats.percentages import percent
from cnnviz.ui.shell.markdown import names_text, plain
from cnnviz.ui.shell.units import quantity, shorten

_MOST_NAMED = 3  # networks that share the first place


def takeaway_text(takeaway: Takeaway, *, digits: int) -> str:
    """Return which network is the most accurate, how sure that is, and which is the smallest.

    Args:
        takeaway: of the table.
        digits: that the accuracies were measured on; 0 for cited ones.
    """
    if not takeaway.best:
        return ""
    accuracy = _cited(takeaway) if not digits else _measured(takeaway, digits)
    return " ".join(filter(None, [accuracy, _size(takeaway)]))


def _cited(takeaway: Takeaway) -> str:
    verb = "has" if len(takeaway.best) == 1 else "have"
    share = percent(takeaway.value, 2)
    return f"**{_names(takeaway.best)} {verb} the highest cited ImageNet accuracy**, {share}."


def _measured(takeaway: Takeaway, digits: int) -> str:
    names, share = _names(takeaway.best), f"{percent(takeaway.value, 2)} of {digits:,}"
    alone = len(takeaway.best) == 1
    if not takeaway.others:
        verb = "classifies" if alone else "each classify"
        return f"**{names} {verb} {share} test digits** correctly."
    verb = "classifies" if alone else "classify"
    most = f"**{names} {verb} the most test digits correctly**, {share}"
    if not takeaway.rivals:
        return f"{most}, and the lead over the others is significant (McNemar's test)."
    first, *more = takeaway.rivals
    assert first.accuracy is not None
    rival = f"{plain(first.title)} ({percent(first.accuracy.value, 2)})"
    also = f" and {quantity(len(more), 'other network')}" if more else ""
    verb = "digit differs" if takeaway.differing == 1 else "digits differ"
    pair = f" between {plain(takeaway.best[0].title)} and {plain(first.title)}" if also else ""
    return (
        f"{most}, but the lead over {rival}{also} may be chance: only {takeaway.differing:,} {verb}"
        f"{pair} (McNemar's test)."
    )


def _size(takeaway: Takeaway) -> str:
    """Return which network is the smallest, if there are others; "" before they are counted."""
    compared = len(takeaway.best) + takeaway.others
    if not takeaway.smallest or compared < 2:
        return ""
    costs = takeaway.smallest[0].costs
    assert costs is not None
    count = f"{shorten(costs.parameters, figures=3)} parameters"
    if takeaway.smallest == takeaway.best:
        return f"It is also the smallest, with {count}." if len(takeaway.best) == 1 else ""
    verb = "is the smallest" if len(takeaway.smallest) == 1 else "are the smallest"
    return f"{_names(takeaway.smallest)} {verb}, with {count}."


def _names(rows: tuple[NetworkSummary, ...]) -> str:
    if len(rows) > _MOST_NAMED:
        return quantity(len(rows), "network")
    return names_text([row.title for row in rows])
