"""The table of percentiles and targets that the benchmarks print."""

import pytest

from benchmarks.targets import TargetTable


def test_a_row_shows_percentiles_and_one_miss_fails_the_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = TargetTable(8, places=1)
    table.add("hover", list(range(101)), 95.0)  # the 95th percentile of 0 to 100 is 95
    assert table.met
    table.add("click", list(range(101)), 94.9)
    table.add("layer", [1.0], 300.0)
    assert not table.met
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["ms", "p50", "p95", "target"],
        ["hover", "50.0", "95.0", "95"],
        ["click", "50.0", "95.0", "95"],
        ["layer", "1.0", "1.0", "300"],
    ]
