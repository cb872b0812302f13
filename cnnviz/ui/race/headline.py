"""The result of a race, or who is ahead so far, in one plain sentence."""

from collections.abc import Sequence

from cnnviz.models.catalog import architecture
from cnnviz.stats.percentages import percent
from cnnviz.stats.significance import SIGNIFICANCE_LEVEL
from cnnviz.training.race.standings import WINDOW, Standing
from cnnviz.training.race.verdict import Lead
from cnnviz.ui.shell.markdown import plain


def headline(target: float | None, leads: Sequence[Lead]) -> str:
    """Return who classifies best and who learned fastest; "" if nothing can be compared.

    Args:
        target: training accuracy at which costs are compared.
        leads: of the race, by measure.
    """
    by_measure = {lead.measure: lead for lead in leads}
    sentences = []
    if test := by_measure.get("test"):
        sentences.append(_most_accurate(test))
    if target is not None and (seconds := by_measure.get("seconds")):
        sentences.append(_fastest(target, seconds))
    return "  \n".join(sentences)


def leader_so_far(rows: Sequence[Standing]) -> str:
    """Return which network is ahead in a race that goes on; "" before there is any accuracy.

    Args:
        rows: the best first.
    """
    ahead = [row for row in rows if row.place == 1 and row.accuracy]
    if len(ahead) != 1 or ahead[0].accuracy is None:
        return ""
    share = percent(ahead[0].accuracy.middle)
    return (
        f"**{_title(ahead[0].model)} is ahead so far**: it classified {share} of its last "
        f"{WINDOW:,} training digits correctly."
    )


def _most_accurate(lead: Lead) -> str:
    winner, second = _title(lead.winner), _title(lead.second)
    share = percent(lead.best.middle, 2)
    points = 100 * (lead.best.middle - lead.next_best.middle)
    after = f"after epoch {lead.passes}"
    if not points:
        return f"**A tie**: {after} {winner} and {second} both classify {share} of the test digits."
    significant = lead.apart and lead.chance is not None and lead.chance < SIGNIFICANCE_LEVEL
    median = " (median over its seeds)" if lead.best.low != lead.best.high else ""
    return (
        f"**{winner} {'won' if significant else 'came first'}**: {after} it classifies {share} of "
        f"the test digits correctly{median}, {points:.2f} percentage points more than {second}. "
        f"{_how_sure(lead, significant)}"
    )


def _how_sure(lead: Lead, significant: bool) -> str:
    if significant:
        return "The seeds support this: the difference is significant."
    if lead.chance is None:
        return "With one seed this may be chance."
    if lead.apart:
        return "With so few seeds this may be chance."
    return "The ranges over the seeds overlap, so this may be chance."


def _fastest(target: float, lead: Lead) -> str:
    winner, second = _title(lead.winner), _title(lead.second)
    aim = f"{target:.1%} training accuracy"
    times = [f"{figure.middle:.1f} s" for figure in (lead.best, lead.next_best)]
    if lead.apart:
        return (
            f"**{winner} learns fastest**: it reaches {aim} in {times[0]}, {second} in {times[1]}."
        )
    why = "the difference is too small to measure here"
    if lead.chance is not None:
        why = "the ranges over the seeds overlap"
    return (
        f"**No clear difference in time**: to get {target:.1%} of the training digits right, the "
        f"level that all reached, {winner} needed {times[0]} and {second} {times[1]}; {why}."
    )


def _title(model: str) -> str:
    return plain(architecture(model).title)
