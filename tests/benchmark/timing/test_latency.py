"""The figures of a latency, by hand."""

from collections.abc import Iterable

import pytest

from cnnviz.benchmark.timing.latency import Latency


def latency(calls: Iterable[float], cpu: float | None = 1.0) -> Latency:
    return Latency(cold=1.0, warm=(), calls=tuple(calls), cpu=cpu)


def test_percentiles_by_hand() -> None:
    summary = latency(range(101, 0, -1))  # 1 to 101 ms: so many per cent are one ms more
    assert (summary.p50, summary.p90, summary.p95, summary.minimum, summary.n) == (
        51,
        91,
        96,
        1,
        101,
    )
    assert summary.iqr == 75 - 25
    assert summary.spread == 50 / 51
    assert summary.p99 is None


def test_between_two_calls_a_percentile_is_interpolated() -> None:
    assert latency([10, 20]).p90 == pytest.approx(19)


def test_one_in_a_hundred_is_told_from_200_calls_on() -> None:
    assert latency(range(1, 200)).p99 is None
    assert latency(range(1, 202)).p99 == 199


@pytest.mark.parametrize(
    ("busy", "badge"), [(1.0, "clean"), (1.1, "clean"), (1.2, "noisy"), (1.5, "noisy")]
)
def test_the_badge_follows_the_clock_over_the_processor(busy: float, badge: str) -> None:
    summary = latency([10] * 20, cpu=200 / busy)
    assert summary.contention == pytest.approx(busy)
    assert latency([10] * 20, cpu=200 / (busy - 1e-9)).badge == badge


def test_times_that_no_clock_tells_are_refused() -> None:
    for time in (-1.0, 0.0, float("nan"), float("inf")):
        message = f"times of timed calls must be finite and above 0 ms, got {time}"
        with pytest.raises(ValueError, match=f"^{message}$"):
            latency((1.0, time))
    with pytest.raises(ValueError, match=r"^number of timed calls must be at least 1, got 0$"):
        latency(())
    with pytest.raises(ValueError, match=r"^times must be finite and at least 0 ms, got -2\.0$"):
        latency([1.0], cpu=-2.0)


def test_without_processor_time_there_is_no_badge() -> None:
    assert latency([1.0], cpu=None).badge == ""
