"""Under which circumstances was measured what the page shows."""

from collections.abc import Sequence

import streamlit as st

from cnnviz.benchmark.results.records import Conditions
from cnnviz.ui.shell.markdown import plain


def say(found: Sequence[Conditions], badges: Sequence[str]) -> None:
    """Say where and when figures were taken, and warn where the host was busy.

    Args:
        found: of each figure.
        badges: of each figure.
    """
    different = list(dict.fromkeys(map(_key, found)))
    newest = max(found, key=lambda one: one.created)
    load = "" if newest.load_before is None else f", load {_load(newest)}"
    several = f" The newest of {len(different)} measurements is named." if different[1:] else ""
    st.caption(
        f"Measured on {plain(machine(newest))}, {_when(newest)}, PyTorch "
        f"{plain(newest.versions.get('torch', '?'))}{load}.{several}"
    )
    if busy := badges.count("host busy"):
        st.warning(
            f"The host was busy for {busy} of {len(badges)} lines: there p95 and the mean are too "
            "long, the median suffers least.",
            icon=":material/warning:",
        )


def machine(found: Conditions) -> str:
    """Return a machine's name, processor and cores, which some names of hardware hold already."""
    cores = f"{found.cores} core{'s' if found.cores > 1 else ''}"
    known = cores in found.hardware
    return f"{found.host}, {found.hardware}" + ("" if known else f", {cores}")


def _key(one: Conditions) -> tuple[str, str]:
    return one.host, one.created


def _when(one: Conditions) -> str:
    return one.created[:16].replace("T", " ")


def _load(one: Conditions) -> str:
    """Return how many processes wanted a core, before and after where both are known."""
    after = "" if one.load_after is None else f" before, {one.load_after:.2g} after"
    return f"{one.load_before:.2g}{after}"
