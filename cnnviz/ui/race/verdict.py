"""What a race has shown, in sentences that follow from its numbers."""

from collections.abc import Mapping, Sequence

import streamlit as st

from cnnviz.models.catalogue import architecture
from cnnviz.training.race.race import NetworkCost
from cnnviz.training.race.standings import WINDOW, LearningCurves, SeedSpread
from cnnviz.training.race.verdict import MIN_ACCURACY, Lead, race_leads
from cnnviz.ui.shell.markdown import plain

_BELIEVED = 0.05  # luck that is rarer than this is called believable
_COSTS = {"digits": "{:,.0f}", "seconds": "{:.1f} s", "GMAC": "{:,.1f}"}


def race_verdict(
    tracks: Mapping[str, Sequence[LearningCurves]],
    figures: Mapping[str, NetworkCost],
    *,
    finished: bool,
    whole: bool,
) -> None:
    """Say who won in which respect, and what cannot be compared.

    Args:
        tracks: by network, those of its seeds that count.
        figures: by network.
        finished: whether it was not stopped early.
        whole: whether every seed that was entered counts.
    """
    target, leads = race_leads(tracks, figures)
    lines = [f"- {words(lead)}" for lead in leads if lead.measure == "test"]
    costs = [f"  - {words(lead)}" for lead in leads if lead.measure != "test"]
    if costs:
        lines.append(
            f"- What it took to get {target:.1%} of the last {WINDOW:,} digits learned from right "
            "(from pass 2 on they are known ones):"
        )
    lines += costs + [f"- {line}" for line in missing(tracks, target, leads)]
    if leads and not whole:
        lines.append("- Only the seeds that count are compared: see below the table.")
    if leads and min(len(each) for each in tracks.values() if each) == 1:
        lines.append("- One seed says little: another might turn it round. Race with several.")
    title = "Result" if finished else "As far as it came"
    st.markdown(f"**{title}**\n" + "\n".join(lines))


def missing(
    tracks: Mapping[str, Sequence[LearningCurves]], target: float | None, leads: Sequence[Lead]
) -> list[str]:
    """Return a sentence on each comparison that cannot be made."""
    if sum(bool(each) for each in tracks.values()) < 2:
        return ["Nothing to compare: fewer than two networks have a seed that counts."]
    said = []
    if all(lead.measure != "test" for lead in leads):
        said.append("No test accuracies to compare: not every seed has finished a pass.")
    if target is None:
        said.append(
            f"No costs to compare: not every seed has answered {MIN_ACCURACY:.0%} of the last "
            f"{WINDOW:,} digits right."
        )
    return said


def words(lead: Lead) -> str:
    """Return one lead as a sentence, and how far it is to be believed as another."""
    winner, second = (plain(architecture(key).title) for key in (lead.winner, lead.second))
    if lead.measure == "test":
        points = 100 * (lead.best.middle - lead.next_best.middle)
        text = f"**Test accuracy after pass {lead.passes}**: {winner}, {_share(lead.best)}"
        text += f", {points:.2f} points ahead of {second}." if points else f", level with {second}."
    else:
        form = _COSTS[lead.measure]
        costs = [form.format(figure.middle) for figure in (lead.best, lead.next_best)]
        name = f"{lead.measure[0].upper()}{lead.measure[1:]}"
        text = f"**{name}**: {winner} {costs[0]}, {second} {costs[1]}{_more(lead)}."
    return f"{text} {_believable(lead)}".strip()


def _more(lead: Lead) -> str:
    """Return how much more the second took; nothing where that is less than one in a hundred."""
    times = lead.next_best.middle / lead.best.middle if lead.best.middle else 1.0
    if times >= 2:
        return f" ({times:.1f} times as much)"
    return f" ({times - 1:.0%} more)" if times >= 1.01 else ""


def _believable(lead: Lead) -> str:
    if lead.chance is None:
        if lead.measure != "test" and not lead.apart:
            return "That is less than the steps it is measured in: a draw."
        return ""
    if not lead.apart:
        return "The seeds overlap: this may be luck."
    luck = f"equally good networks would show that in one race of {1 / lead.chance:,.0f}"
    if lead.chance <= _BELIEVED:
        return f"Each of its seeds was ahead of all others; {luck}: believable."
    return f"Each of its seeds was ahead of all others, but {luck}: it may be luck."


def _share(figure: SeedSpread) -> str:
    text = f"{figure.middle:.2%}"
    return text if figure.low == figure.high else f"{text} ({figure.low:.2%} to {figure.high:.2%})"
