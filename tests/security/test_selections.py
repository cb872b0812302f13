"""Selected rows that a table does not have, as a client can send them without a browser."""

import json
import re
from pathlib import Path

import pytest

from tests.security.client import session
from tests.security.conftest import Attacked

NO_ROWS = (-1, 10**9, 10**30, 1.5, "0", "x", None, True, [0], {"0": 0}, {})
FORGED = (
    *({"rows": [row]} for row in NO_ROWS),
    *({"rows": rows} for rows in (5, "0", None, {}, [0, -1], [0] * 100_000)),
    {"rows": [], "columns": ["no such column"]},
    {"columns": [5, None]},
    {"cells": [[0, "no such column"], [-1, 0]]},
    {},
)
SELECTING = {"run_list.py": "train", "view.py": "race"}  # modules with such a table, and pages


def test_every_table_in_which_rows_can_be_selected_is_attacked() -> None:
    modules = Path("cnnviz/ui").glob("**/*.py")
    selecting = {path.name for path in modules if re.search(r"on_select\s*=", path.read_text())}
    assert selecting == set(SELECTING)


@pytest.mark.parametrize("page", SELECTING.values())
def test_rows_that_a_table_does_not_have_select_nothing(attacked: Attacked, page: str) -> None:
    start = len(attacked.server.log.read_text())
    with session(attacked.url) as client:
        client.run()
        (table,) = client.run(page).tables
        for selection in FORGED:
            answer = client.run(page, selections={table: json.dumps({"selection": selection})})
            assert not answer.exceptions, selection
            assert answer.tables == [table], selection
    assert not attacked.server.tracebacks(start)
