"""What an optimization changes in one network: time, memory and results.

Neither PyTorch nor Streamlit is imported here.
"""

from dataclasses import dataclass

from cnnviz.benchmark.timing.latency import Latency
from cnnviz.benchmark.timing.paired_speedup import paired_speedup, speedup_verdict
from cnnviz.stats.intervals import Interval

_SAME = 1e-6  # largest relative difference in float64 of results that are the same


@dataclass(frozen=True)
class Side:
    """A network before or after an optimization.

    Attributes:
        label: name to show.
        latency: of one call.
        peak: most bytes of the tensors that a call creates and that are alive at once; weights and
            input are not included.
    """

    label: str
    latency: Latency
    peak: int


@dataclass(frozen=True)
class OptimizationEffect:
    """What an optimization changes in one network.

    Attributes:
        model: key of the catalog.
        trick: key of the optimization.
        title: name to show.
        what: what it does, in two sentences.
        measured: what was timed: "training step" or "inference".
        before, after: measured in turns; None if it does not apply.
        problem: why it does not apply, in one sentence; "" if it applies.
        promise: whether results should be the same.
        difference: largest difference between the results (gradients of a training step, or
            outputs) over the largest of them, in the precision in use; None if it does not apply.
        exact_difference: the same in float64, where rounding is negligible; None if results need
            not be the same.
    """

    model: str
    trick: str  # names of fields are keys in files
    title: str
    what: str
    measured: str
    before: Side | None
    after: Side | None
    problem: str = ""
    promise: bool = False
    difference: float | None = None
    exact_difference: float | None = None

    @property
    def ratio(self) -> Interval | None:
        """Images per second, after over before, with bounds; None if there are too few calls."""
        if self.before is None or self.after is None:
            return None
        return paired_speedup(self.before.latency, self.after.latency)

    @property
    def speedup(self) -> float | None:
        """Images per second, after over before, from however few calls."""
        if self.before is None or self.after is None:
            return None
        if (ratio := self.ratio) is not None:
            return ratio.value
        before, after = (s.latency.images_per_second for s in (self.before, self.after))
        return after / before if before else None  # above 1: faster

    @property
    def verdict(self) -> str:
        """ "faster", "slower", "no difference" or "too few calls"; "" if it does not apply."""
        return "" if self.speedup is None else speedup_verdict(self.ratio)

    @property
    def memory(self) -> float | None:
        """Peak memory, after over before; None if it does not apply."""
        if self.before is None or self.after is None or not self.before.peak:
            return None
        return self.after.peak / self.before.peak  # bytes over bytes

    @property
    def kept(self) -> bool | None:
        """Whether results are the same in float64; None if they need not be."""
        return None if self.exact_difference is None else self.exact_difference <= _SAME
