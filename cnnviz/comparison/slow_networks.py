"""Why one network computes fewer operations in a second than another, from what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.benchmark.results.records import LayerTimes
from cnnviz.comparison.layer_kinds import BETWEEN, Share, shares
from cnnviz.models.structure.counts import Count

_TOLD = 0.05  # of the time that layers take beyond their share of the MACs, to be worth a word
_MOST = 2  # kinds of layers that are named
_WORDS = {
    "Conv2d": "convolution",
    "Conv2d, depthwise": "depthwise convolution",
    "Conv2d, grouped": "grouped convolution",
    "Conv2d, 1 × 1": "1 × 1 convolution",
    "Linear": "linear layer",
    "BatchNorm2d": "batch normalization",
    "LayerNorm": "layer normalization",
}


@dataclass(frozen=True, eq=False)
class Timed:
    """A network whose time for one image is on record.

    Attributes:
        title: name to show.
        macs: for one image, above zero.
        milliseconds: median for one image, above zero.
        count: of its layers; None where that is not known.
        layers: their times; None where nobody has taken them.
    """

    title: str
    macs: float
    milliseconds: float
    count: Count | None = None
    layers: LayerTimes | None = None

    @property
    def gflops(self) -> float:
        """Billions of floating-point operations in a second: two for each MAC."""
        return 2 * self.macs / (self.milliseconds * 1e6)


def explain(found: Sequence[Timed]) -> str:
    """Return who computes most and least in a second, and where the slower one's time goes.

    Only what was counted and timed on these networks is said; without times of the slower one's
    layers, what it consists of.

    Args:
        found: at least one.
    """
    quick, slow = max(found, key=_rate), min(found, key=_rate)
    if quick.gflops == slow.gflops:
        return f"**{quick.title}** computes {quick.gflops:.3g} GFLOP/s."
    said = (
        f"**{quick.title}** computes {quick.gflops:.3g} GFLOP/s, **{slow.title}** only "
        f"{slow.gflops:.3g}."
    )
    return " ".join(filter(None, (said, _lesson(quick, slow), _reason(slow))))


def _rate(one: Timed) -> float:
    return one.gflops


def _lesson(quick: Timed, slow: Timed) -> str:
    """Return that fewer products do not take as much less time, where they are fewer."""
    less, faster = quick.macs / slow.macs, quick.milliseconds / slow.milliseconds
    if less <= 1:
        return ""
    times = f"{slow.title} has {less:.3g} times fewer MACs than {quick.title}, and "
    return times + (f"is only {faster:.2g} times as fast." if faster > 1 else "is slower even so.")


def _reason(slow: Timed) -> str:
    if slow.count is None:
        return ""
    found = shares(slow.count, slow.layers)
    if slow.layers is None:
        return _made_of(slow.title, found, slow.milliseconds)
    costly = sorted((one for one in found if one.excess > _TOLD), key=lambda one: -one.excess)
    if not costly:
        return f"In {slow.title}, time goes where the MACs are: all its layers are slow alike."
    busy = " (timed while the host was busy)" if slow.layers.badge == "host busy" else ""
    return f"In {slow.title}, " + ", and ".join(map(_where, costly[:_MOST])) + f"{busy}."


def _singular(kind: str) -> str:
    """Return a kind of layer in words, where there are better ones than its class's name."""
    return _WORDS.get(kind) or f"layer of the kind {kind}"


def _plural(kind: str) -> str:
    return f"{_WORDS[kind]}s" if kind in _WORDS else f"layers of the kind {kind}"


def _where(one: Share) -> str:
    """Return what a kind of layers has and takes, as a part of a sentence."""
    if one.kind == BETWEEN:
        return f"{one.time_share:.0%} of the time passes between the layers"
    several = one.layers > 1
    which = f"{one.layers} {_plural(one.kind)}" if several else f"one {_singular(one.kind)}"
    takes = f"{'take' if several else 'takes'} {one.time_share:.0%} of the time"
    if one.gflops is None:
        return f"{which} {'multiply' if several else 'multiplies'} nothing and {takes}"
    has = f"{'have' if several else 'has'} {one.macs_share:.0%} of the MACs"
    return f"{which} {has} and {takes}, at {one.gflops:.2g} GFLOP/s"


def _made_of(title: str, found: Sequence[Share], milliseconds: float) -> str:
    """Return how many layers share a network's work, where nobody has timed them."""
    layers = sum(one.layers for one in found)
    apart = [one for one in found if one.kind.endswith("depthwise") and one.layers]
    depthwise = sum(one.layers for one in apart)
    of_those = f", {depthwise} of them in depthwise convolutions" if depthwise else ""
    each = 1000 * milliseconds / layers if layers else 0.0
    return (
        f"{title} makes {layers} calls for an image (layers, activations and pooling "
        f"included{of_those}): {each:.2g} µs for each on average. Its layers are not timed yet: "
        "measure again, and it says here which of them wait."
    )
