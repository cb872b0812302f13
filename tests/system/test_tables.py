import csv
import io

from cnnviz.system.tables import csv_text


def test_rows_share_the_columns_of_all_and_are_read_back() -> None:
    rows = [{"step": 1, "loss": 0.5}, {"step": 2, "note": 'a "quoted", two-line\nnote'}]
    text = csv_text(rows)
    assert text.startswith("step,loss,note\n1,0.5,\n2,,")
    assert list(csv.DictReader(io.StringIO(text))) == [
        {"step": "1", "loss": "0.5", "note": ""},
        {"step": "2", "loss": "", "note": 'a "quoted", two-line\nnote'},
    ]
