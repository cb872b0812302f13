"""Ticks of a logarithmic axis."""

import math

import pytest

from cnnviz.plots.log_axis import log_axis, with_si_prefix


def test_ticks_are_round_and_within_the_axis() -> None:
    axis = log_axis([3e4, 2e6])
    low, high = axis["range"]
    assert axis["ticktext"] == ["20 k", "50 k", "100 k", "200 k", "500 k", "1 M", "2 M"]
    assert all(low <= math.log10(tick) <= high for tick in axis["tickvals"])
    assert log_axis([]) == {"type": "log"}
    wide = log_axis([1e-2, 1e9])
    assert all(
        math.log10(tick) == pytest.approx(round(math.log10(tick))) for tick in wide["tickvals"]
    )
    assert [with_si_prefix(v) for v in (0.002, 1.0, 999.0, 1000.0, 2.5e9)] == [
        "2 m",
        "1",
        "999",
        "1 k",
        "2.5 G",
    ]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.31, 0.44], ["0.3", "0.4"]),
        ([1.3, 1.4], ["1.2", "1.4"]),
        ([0.061], ["0.06", "0.065"]),
        ([1000.0], ["950", "1000"]),
    ],
)
def test_a_short_axis_has_at_least_two_ticks(values: list[float], texts: list[str]) -> None:
    axis = log_axis(values, room=1.1, prefixes=False)
    low, high = axis["range"]
    assert axis["ticktext"] == texts
    assert all(low <= math.log10(tick) <= high for tick in axis["tickvals"])


def test_every_latency_has_two_ticks_or_more() -> None:
    for value in (n / 100 for n in range(1, 2000)):
        assert len(log_axis([value], room=1.1, prefixes=False)["tickvals"]) >= 2, value
