import csv
import io

import pytest

from cnnviz.system.tables import csv_text, inert


def test_rows_share_the_columns_of_all_and_are_read_back() -> None:
    rows = [{"step": 1, "loss": 0.5}, {"step": 2, "note": 'a "quoted", two-line\nnote'}]
    text = csv_text(rows)
    assert text.startswith("step,loss,note\n1,0.5,\n2,,")
    assert list(csv.DictReader(io.StringIO(text))) == [
        {"step": "1", "loss": "0.5", "note": ""},
        {"step": "2", "loss": "", "note": 'a "quoted", two-line\nnote'},
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_spreadsheets_would_compute_stays_a_text(text: str) -> None:
    [row] = csv.DictReader(io.StringIO(csv_text([{"name": text}]), newline=""))
    assert row == {"name": "'" + text.replace("\r", " ")}
    assert csv_text([{text: 1}]).startswith(("'", "\"'"))


def test_numbers_keep_their_sign() -> None:
    assert csv_text([{"loss": -0.5}]) == "loss\n-0.5\n"
    assert inert(-1) == -1
    assert inert(None) is None
