"""Explain low throughput (GFLOP/s) from counted MACs and measured layer times."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.benchmark.results.findings import LayerTimes
from cnnviz.comparison.layer_kinds import BETWEEN, KindShare, kind_shares
from cnnviz.models.structure.counts import Count

_MIN_EXCESS = 0.05  # of the time beyond a kind's share of the MACs, to be mentioned
_MOST_KINDS = 2  # that are mentioned
_KIND_NAMES = {
    "Conv2d": "convolution",
    "Conv2d, depthwise": "depthwise convolution",
    "Conv2d, grouped": "grouped convolution",
    "Conv2d, 1 × 1": "1 × 1 convolution",
    "Linear": "linear layer",
    "BatchNorm2d": "batch normalization layer",
    "LayerNorm": "layer normalization layer",
}


@dataclass(frozen=True, eq=False)
class TimedNetwork:
    """A network with a recorded latency.

    Attributes:
        title: name to show.
        macs: multiply-accumulate operations for one image, above zero.
        milliseconds: median latency for one image, above zero.
        count: its layer counts; None if they are unknown.
        layers: its layer times; None if they were not measured.
    """

    title: str
    macs: float
    milliseconds: float
    count: Count | None = None
    layers: LayerTimes | None = None

    @property
    def gflops(self) -> float:
        """Billions of floating-point operations per second, two per MAC."""
        return 2 * self.macs / (self.milliseconds * 1e6)


def explain_throughput(networks: Sequence[TimedNetwork]) -> str:
    """Return as Markdown which networks have the highest and the lowest GFLOP/s, and why.

    The reason comes only from counts and times of these networks; if the slower one's layers were
    not timed, the text gives its number of calls instead.

    Args:
        networks: at least one.
    """
    fast = max(networks, key=lambda network: network.gflops)
    slow = min(networks, key=lambda network: network.gflops)
    if fast.gflops == slow.gflops:
        return f"**{fast.title}** reaches {fast.gflops:.3g} GFLOP/s."
    rates = (
        f"**{fast.title}** reaches {fast.gflops:.3g} GFLOP/s, **{slow.title}** only "
        f"{slow.gflops:.3g}."
    )
    return " ".join(filter(None, (rates, _fewer_macs(fast, slow), _reason(slow))))


def _fewer_macs(fast: TimedNetwork, slow: TimedNetwork) -> str:
    """Return how much less time the slower one's fewer MACs save; "" if it does not have fewer."""
    fewer, faster = fast.macs / slow.macs, fast.milliseconds / slow.milliseconds
    if fewer <= 1:
        return ""
    has = f"{slow.title} has {fewer:.3g} times fewer MACs than {fast.title}, "
    return has + (f"but is only {faster:.2g} times as fast." if faster > 1 else "but is slower.")


def _reason(slow: TimedNetwork) -> str:
    if slow.count is None:
        return ""
    shares = kind_shares(slow.count, slow.layers)
    if slow.layers is None:
        return _calls(slow.title, shares, slow.milliseconds)
    costly = [share for share in shares if share.excess > _MIN_EXCESS]
    costly.sort(key=lambda share: -share.excess)
    if not costly:
        return (
            f"In {slow.title}, each kind of layer takes as much of the time as it has of the MACs: "
            "all of them are equally slow."
        )
    busy = " (timed while the host was busy)" if slow.layers.badge == "host busy" else ""
    return f"In {slow.title}, " + ", and ".join(map(_share_text, costly[:_MOST_KINDS])) + f"{busy}."


def _kind_name(kind: str, layers: int) -> str:
    """Return a number of layers of one kind in words."""
    if kind not in _KIND_NAMES:
        return f"{'one layer' if layers == 1 else f'{layers} layers'} of type {kind}"
    return f"one {_KIND_NAMES[kind]}" if layers == 1 else f"{layers} {_KIND_NAMES[kind]}s"


def _share_text(share: KindShare) -> str:
    """Return a kind's share of MACs and time as part of a sentence."""
    if share.kind == BETWEEN:
        return f"{share.time_share:.0%} of the time is spent between the layers"
    which, several = _kind_name(share.kind, share.layers), share.layers > 1
    takes = f"{'take' if several else 'takes'} {share.time_share:.0%} of the time"
    if share.gflops is None:
        return f"{which} {'have' if several else 'has'} no MACs and {takes}"
    has = f"{'have' if several else 'has'} {share.macs_share:.0%} of the MACs"
    return f"{which} {has} and {takes}, at {share.gflops:.2g} GFLOP/s"


def _calls(title: str, shares: Sequence[KindShare], milliseconds: float) -> str:
    """Return the number of calls per image, for a network whose layers were not timed."""
    layers = sum(share.layers for share in shares)
    depthwise = sum(share.layers for share in shares if share.kind.endswith("depthwise"))
    including = f", {depthwise} of them depthwise convolutions" if depthwise else ""
    per_call = 1000 * milliseconds / layers if layers else 0.0  # µs
    return (
        f"{title} makes {layers} calls per image (layers, activations and pooling{including}), "
        f"{per_call:.2g} µs each on average. Its layers have not been timed yet: measure again to "
        "see which of them take the time."
    )
