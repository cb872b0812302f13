"""Where to go with a trained network: links to the pages that show it, with this run chosen."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cnnviz.training.runs.snapshots import snapshot_steps
from cnnviz.training.runs.store import Run
from cnnviz.ui.shell import page_links
from cnnviz.ui.shell.navigation import entry
from cnnviz.ui.shell.parameters import (
    COMPARE_NETWORKS,
    DETECTOR,
    DRAW_NETWORKS,
    IMAGE,
    NETWORK,
    RUN,
    Parameter,
)
from cnnviz.ui.teaching.predict_first import shipped_classifier


def next_steps(run: Run, task: str) -> None:
    """Link an ended run to the pages that show its network; nothing while it trains.

    Args:
        run: to open there.
        task: of its network, "classify" or "detect".
    """
    if run.status().live or not run.weights.exists():
        return
    links = _detector_links(run) if task == "detect" else _classifier_links(run)
    with st.container(horizontal=True, horizontal_alignment="right", gap="small", key="next_steps"):
        for page, (label, values) in links.items():
            page_links.page_link(
                page,
                values,
                label=label,
                icon=entry(page).icon,
                help=f"{entry(page).title}, with this run chosen. {entry(page).sentence}",
                width="content",
            )


def _classifier_links(run: Run) -> dict[str, tuple[str, Mapping[Parameter[Any], Any]]]:
    """Return label and parameters by page, for a network that classifies one digit."""
    shipped = shipped_classifier(run.settings().model)
    keys = [run.id, shipped.key] if shipped else [run.id]
    links: dict[str, tuple[str, Mapping[Parameter[Any], Any]]] = {
        "draw": ("Draw with it", {DRAW_NETWORKS: keys}),
        "inside": ("Look inside", {NETWORK: run.id, IMAGE: "digit"}),
    }
    if snapshot_steps(run.path):
        links["time"] = ("Time machine", {RUN: run.id})
    return links | {"compare": ("Compare", {COMPARE_NETWORKS: keys})}


def _detector_links(run: Run) -> dict[str, tuple[str, Mapping[Parameter[Any], Any]]]:
    """Return label and parameters by page, for a network that detects several digits."""
    return {
        "detect": ("Detect with it", {DETECTOR: run.id}),
        "compare": ("Compare", {COMPARE_NETWORKS: [run.id]}),
    }
