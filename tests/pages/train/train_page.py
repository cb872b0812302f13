"""The Train page without a browser, and runs for it."""

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import store
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run

DASHBOARD = str(Path(__file__).parents[3] / "dashboard.py")
PAGE = "pages/train.py"
BEACON = "![x](http://e.vil/a.png) <b>$x$</b> :red[hot]"


def opened(**query: str) -> AppTest:
    """The page, from the menu, or by a link."""
    app = AppTest.from_file(DASHBOARD, default_timeout=60)
    if not query:
        app.run()
    app.switch_page(PAGE)
    for name, value in query.items():
        app.query_params[name] = value
    return whole(app.run())


def whole(app: AppTest) -> AppTest:
    """The page, drawn to its end without an exception."""
    assert [error.value for error in app.exception] == []
    assert "How to read this" in [expander.label for expander in app.expander]
    return app


def texts(app: AppTest) -> str:
    parts = (app.error, app.warning, app.caption, app.markdown, app.subheader)
    return "\n".join(element.value for kind in parts for element in kind)


def made(state: str = "finished", **status: Any) -> Run:
    run = store.create(Settings(model="lenet5", source="embedded"), preset="lecture", versions={})
    known = {"step": 20, "total_steps": 20, "epoch": 2.0, "seconds": 3.0, "test_accuracy": 0.97}
    run.write_status(Status(state=state, **(known | status)))
    rows = [interval(step) for step in range(1, 21)] + [epoch(2)]
    (run.path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    answers = {"answers": [0] * 20, "confidences": [0.5] * 20}
    preview = {"step": 20, "filters": [[0.1] * 25] * 6, "kernel": [5, 5]} | answers
    (run.path / "preview.json").write_text(json.dumps(preview))
    (run.path / "weights.safetensors").write_bytes(b"weights")
    return run


def interval(step: int) -> dict[str, Any]:
    numbers = {"loss": 2.5 / step, "accuracy": 0.9, "images_per_second": 5000.0}
    more = {"learning_rate": 0.002, "gradient_norms": {"c1": 1.0}, "dead": {}}
    place = {"kind": "interval", "step": step, "epoch": step / 10, "seconds": 0.1 * step}
    return place | numbers | more


def epoch(number: int) -> dict[str, Any]:
    place = {"kind": "epoch", "epoch": number, "step": 10 * number, "seconds": 3.0, "took": 1.5}
    confusion = [[100 if row == column else 0 for column in range(10)] for row in range(10)]
    return place | {"test_loss": 0.1, "test_accuracy": 0.97, "confusion": confusion}


def badge(app: AppTest) -> str:
    [found] = [m.value for m in app.markdown if "-badge[" in m.value]
    return found.partition("[")[2].rstrip("]")


def table(app: AppTest) -> list[dict[str, Any]]:
    return [] if not app.dataframe else app.dataframe[0].value.to_dict("records")


def select(app: AppTest, *rows: int) -> AppTest:
    """Mark rows of the table, which AppTest has no setter for."""
    key = f"runs_{hash(tuple(run.id for run in store.runs()))}"
    app.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return whole(app.run())
