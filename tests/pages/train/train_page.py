"""Runs for the Train page, and what the page shows of them."""

from typing import Any

from streamlit.testing.v1 import AppTest

from cnnviz.training.runs import store
from cnnviz.training.runs.store import Run
from tests.on_disk import epoch_row, interval_row, make_run
from tests.pages.reading import whole

BEACON = "![x](http://e.vil/a.png) <b>$x$</b> :red[hot]"
LOG = [*(interval_row(step) for step in range(1, 21)), epoch_row(2)]


def made(state: str = "finished", **status: Any) -> Run:
    """A run of 20 steps with everything that a page may look for."""
    answers = {"answers": [0] * 20, "confidences": [0.5] * 20}
    preview = {"step": 20, "filters": [[0.1] * 25] * 6, "kernel": [5, 5]} | answers
    known = {"step": 20, "total_steps": 20, "epoch": 2.0, "seconds": 3.0, "test_accuracy": 0.97}
    return make_run(
        state=state, preset="lecture", weights=0, log=LOG, preview=preview, **(known | status)
    )


def badge(page: AppTest) -> str:
    """The state that the page shows of its run."""
    [text] = [m.value for m in page.markdown if "-badge[" in m.value]
    return str(text).partition("[")[2].rstrip("]")


def table(page: AppTest) -> list[dict[str, Any]]:
    """The rows of the list of runs."""
    return [] if not page.dataframe else page.dataframe[0].value.to_dict("records")


def select(page: AppTest, *rows: int) -> AppTest:
    """Mark rows of the table, which AppTest has no setter for."""
    key = f"runs_{hash(tuple(run.id for run in store.runs()))}"
    page.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return whole(page.run())
