"""The comparison table as a file to take away."""

import csv
import io


def test_the_table_can_be_taken_away() -> None:
    from cnnviz.comparison.columns import to_csv
    from cnnviz.comparison.summary import Standing

    text = to_csv([Standing("a", "A", "lenet5")], published=False)
    [line] = csv.DictReader(io.StringIO(text))
    assert line["network"] == "A"
