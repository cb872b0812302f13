"""Ratios of two networks: how many times as much the second one takes of each quantity."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cnnviz.benchmark.timing.latency import Latency
from cnnviz.comparison.summary import NetworkSummary


@dataclass(frozen=True)
class ComparedCost:
    """A quantity of a network of which less is better.

    Attributes:
        title: name and unit.
        value: function from a network's summary to the quantity; None where it is unknown.
        kind: "milliseconds", "count" or "bytes".
    """

    title: str
    value: Callable[[NetworkSummary], float | None]
    kind: str


def _architecture_cost(attribute: str) -> Callable[[NetworkSummary], float | None]:
    return lambda summary: float(getattr(summary.costs, attribute)) if summary.costs else None


COSTS: Mapping[str, ComparedCost] = MappingProxyType(
    {
        "latency": ComparedCost(
            "median latency for one image, ms",
            lambda summary: summary.speed.p50 if summary.speed else None,
            "milliseconds",
        ),
        "macs": ComparedCost("MACs for one image", _architecture_cost("macs"), "count"),
        "parameters": ComparedCost("parameters", _architecture_cost("parameters"), "count"),
        "activations": ComparedCost(
            "peak activation memory, bytes", _architecture_cost("activation_bytes"), "bytes"
        ),
        "training": ComparedCost(
            "training memory, bytes", _architecture_cost("training_bytes"), "bytes"
        ),
    }
)


@dataclass(frozen=True)
class Ratio:
    """One quantity of a second network over that of a first.

    Attributes:
        first, second: amounts of the quantity, above zero.
        low, high: bounds of the ratio; None if it is exact.
    """

    first: float
    second: float
    low: float | None = None
    high: float | None = None

    @property
    def value(self) -> float:
        """Second over first."""
        return self.second / self.first


def cost_ratio(cost: ComparedCost, first: NetworkSummary, second: NetworkSummary) -> Ratio | None:
    """Return the ratio of a cost; None if either amount is unknown or zero."""
    a, b = cost.value(first), cost.value(second)
    return Ratio(a, b) if a and b else None


def latency_ratio(first: Latency, second: Latency) -> Ratio:
    """Return the ratio of two median latencies, with bounds from quartile to quartile."""
    return Ratio(
        first.p50,
        second.p50,
        second.percentile(25) / first.percentile(75),  # ms over ms, the least ratio of quartiles
        second.percentile(75) / first.percentile(25),  # the largest
    )


def error_ratio(first: float, second: float) -> Ratio | None:
    """Return the ratio of two error rates from two accuracies; None if either makes no error."""
    a, b = 1 - first, 1 - second  # error rates, 0 to 1
    return Ratio(a, b) if a and b else None
