"""The conditions under which the shown latencies were measured."""

from collections.abc import Sequence

import streamlit as st

from cnnviz.benchmark.results.findings import Conditions
from cnnviz.benchmark.results.plan import Plan
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.units import quantity, to_the_minute


def conditions_caption(conditions: Sequence[Conditions], badges: Sequence[str]) -> None:
    """Show where and when the figures were measured, and warn if the host was busy.

    Args:
        conditions: of each figure.
        badges: of each figure.
    """
    measurements = {(measured.machine, measured.created) for measured in conditions}
    newest = max(conditions, key=lambda measured: measured.created)
    load = "" if newest.load_before is None else f", load {_load(newest)}"
    several = len(measurements) > 1
    note = f" This is the newest of {len(measurements)} measurements." if several else ""
    st.caption(
        f"Measured on {plain(machine_description(newest))}, {to_the_minute(newest.created)}, "
        f"PyTorch {plain(newest.versions.get('torch', '?'))}{load}.{note}"
    )
    if busy := badges.count("host busy"):
        busy_warning(f"during {busy} of {len(badges)} measurements")


def busy_warning(when: str) -> None:
    """Warn that other programs disturbed a measurement.

    Args:
        when: "while …" or "during …".
    """
    st.warning(
        f"Other programs kept the processor busy {when}. Latencies are too high, p95 and the mean "
        "more so than the median: measure again when the machine is idle.",
        icon=":material/warning:",
    )


def protocol_text(plan: Plan, seconds: float) -> str:
    """Return how often each call of a measurement is repeated, and how long it takes in total."""
    return (
        f"After a warm-up, each is timed for {plan.calls} calls or {plan.seconds:g} s, whichever "
        f"is shorter, but for at least 20 calls: usually at most {seconds:.0f} s in total."
    )


def machine_description(conditions: Conditions) -> str:
    """Return a machine's name, processor and cores; some hardware names include the cores."""
    cores = quantity(conditions.cores, "core")
    included = cores in conditions.hardware
    return f"{conditions.machine}, {conditions.hardware}" + ("" if included else f", {cores}")


def _load(conditions: Conditions) -> str:
    """Return the load average before, and after if it is known."""
    after = "" if conditions.load_after is None else f" before, {conditions.load_after:.2g} after"
    return f"{conditions.load_before:.2g}{after}"
