"""What a race has shown, in sentences that follow from its numbers."""

from collections.abc import Mapping, Sequence

import streamlit as st

from cnnviz.catalogue import architecture
from cnnviz.race import Figures
from cnnviz.standings import WINDOW, Spread, Track
from cnnviz.ui.plain import plain
from cnnviz.verdict import Lead, verdict

_BELIEVED = 0.05  # luck that is rarer than this is called believable
_COSTS = {"digits": "{:,.0f} digits", "seconds": "{:.1f} s", "GMAC": "{:,.1f} GMAC"}


def race_verdict(
    tracks: Mapping[str, Sequence[Track]], figures: Mapping[str, Figures], *, finished: bool
) -> None:
    """Say who won in which respect; nothing where there is nothing to compare."""
    target, leads = verdict(tracks, figures)
    if not leads:
        return
    lines = [f"- {words(lead, target)}" for lead in leads]
    seeds = min(len(each) for each in tracks.values() if each)
    if seeds == 1:
        lines.append("- One seed each: another might turn it round. Race with several to know.")
    st.markdown(f"**{'Result' if finished else 'As far as it came'}**\n" + "\n".join(lines))


def words(lead: Lead, target: float | None) -> str:
    """Return one lead as a sentence, and how far it is to be believed as another."""
    winner, second = (plain(architecture(key).title) for key in (lead.winner, lead.second))
    if lead.measure == "test":
        points = 100 * (lead.best.middle - lead.next_best.middle)
        text = f"**Test accuracy**: {winner}, {_share(lead.best)}"
        text += f", {points:.2f} points ahead of {second}." if points else f", level with {second}."
    else:
        form = _COSTS[lead.measure]
        costs = [form.format(figure.middle) for figure in (lead.best, lead.next_best)]
        text = f"**{lead.measure[0].upper()}{lead.measure[1:]}** to {target:.1%} of the last "
        text += f"{WINDOW:,}: {winner} with {costs[0]}; {second} took {costs[1]}"
        if lead.best.middle:
            text += f", {lead.next_best.middle / lead.best.middle:.1f} times as much"
        text += "."
    return f"{text} {_believable(lead)}".strip()


def _believable(lead: Lead) -> str:
    if lead.chance is None:
        if lead.measure != "test" and not lead.apart:
            return "That is less than the steps it is measured in: a draw."
        return ""
    if not lead.apart:
        return "The seeds overlap: this may be luck."
    luck = f"between equals that happens in one race of {1 / lead.chance:,.0f}"
    if lead.chance <= _BELIEVED:
        return f"Each of its seeds was ahead of all others; {luck}: believable."
    return f"Each of its seeds was ahead of all others, though {luck}."


def _share(figure: Spread) -> str:
    text = f"{figure.middle:.2%}"
    return text if figure.low == figure.high else f"{text} ({figure.low:.2%} to {figure.high:.2%})"
