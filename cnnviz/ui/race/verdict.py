"""The result of a race in sentences, computed from its numbers."""

from collections.abc import Mapping, Sequence

import streamlit as st

from cnnviz.models.catalog import architecture
from cnnviz.stats.percentages import percent
from cnnviz.stats.significance import SIGNIFICANCE_LEVEL
from cnnviz.training.race.costs import NetworkCost
from cnnviz.training.race.standings import WINDOW, LearningCurves, SeedSpread
from cnnviz.training.race.verdict import MIN_ACCURACY, Lead, race_leads
from cnnviz.ui.shell.markdown import plain

_COSTS = {"digits": "{:,.0f}", "seconds": "{:.1f} s", "GMAC": "{:,.1f}"}


def race_verdict(
    curves: Mapping[str, Sequence[LearningCurves]],
    costs: Mapping[str, NetworkCost],
    *,
    finished: bool,
    whole: bool,
) -> None:
    """Say which network won by which measure, and what cannot be compared.

    Args:
        curves: by network, of the seeds that count.
        costs: by network.
        finished: whether it was not stopped early.
        whole: whether all seeds that were started count.
    """
    target, leads = race_leads(curves, costs)
    lines = [f"- {words(lead)}" for lead in leads if lead.measure == "test"]
    cost_lines = [f"  - {words(lead)}" for lead in leads if lead.measure != "test"]
    if cost_lines:
        lines.append(
            f"- Cost to reach {target:.1%} training accuracy on the last {WINDOW:,} digits (from "
            "epoch 2 on, digits seen before):"
        )
    lines += cost_lines + [f"- {line}" for line in missing(curves, target, leads)]
    if leads and not whole:
        lines.append("- Only the seeds that count are compared: see the note below the table.")
    if leads and min(len(seeds) for seeds in curves.values() if seeds) == 1:
        lines.append("- With one seed the ranking may be chance: use several seeds.")
    title = "Result" if finished else "Result so far"
    st.markdown(f"**{title}**\n" + "\n".join(lines))


def missing(
    curves: Mapping[str, Sequence[LearningCurves]], target: float | None, leads: Sequence[Lead]
) -> list[str]:
    """Return a sentence for each comparison that is not possible."""
    if sum(bool(seeds) for seeds in curves.values()) < 2:
        return ["No comparison: fewer than two networks have a seed that counts."]
    sentences = []
    if all(lead.measure != "test" for lead in leads):
        sentences.append("No test accuracies to compare: not every seed has finished an epoch.")
    if target is None:
        sentences.append(
            f"No costs to compare: not every seed has reached {MIN_ACCURACY:.0%} accuracy on the "
            f"last {WINDOW:,} digits."
        )
    return sentences


def words(lead: Lead) -> str:
    """Return a lead as one sentence, and its significance as another."""
    winner, second = (plain(architecture(key).title) for key in (lead.winner, lead.second))
    if lead.measure == "test":
        points = 100 * (lead.best.middle - lead.next_best.middle)
        text = f"**Test accuracy after epoch {lead.passes}**: {winner}, {_share(lead.best)}"
        text += (
            f", {points:.2f} percentage points ahead of {second}."
            if points
            else f", tied with {second}."
        )
    else:
        form = _COSTS[lead.measure]
        values = [form.format(figure.middle) for figure in (lead.best, lead.next_best)]
        name = f"{lead.measure[0].upper()}{lead.measure[1:]}"
        text = f"**{name}**: {winner} {values[0]}, {second} {values[1]}{_more(lead)}."
    return f"{text} {_significance(lead)}".strip()


def _more(lead: Lead) -> str:
    """Return how much more the second took; nothing below 1%."""
    times = lead.next_best.middle / lead.best.middle if lead.best.middle else 1.0
    if times >= 2:
        return f" ({times:.1f} times as much)"
    return f" ({times - 1:.0%} more)" if times >= 1.01 else ""


def _significance(lead: Lead) -> str:
    if lead.chance is None:
        if lead.measure != "test" and not lead.apart:
            return "The measurements are too far apart to say which was first."
        return ""
    if not lead.apart:
        return "The ranges over seeds overlap, so the difference may be chance."
    rarity = (
        f"if the networks were equally good, this would happen in 1 of {1 / lead.chance:,.0f} races"
    )
    if lead.chance < SIGNIFICANCE_LEVEL:
        return f"Each of its seeds is ahead of all others; {rarity}: significant."
    return f"Each of its seeds is ahead of all others, but {rarity}: this may be chance."


def _share(figure: SeedSpread) -> str:
    middle, low, high = (percent(x, 2) for x in (figure.middle, figure.low, figure.high))
    return middle if figure.low == figure.high else f"{middle} ({low} to {high})"
