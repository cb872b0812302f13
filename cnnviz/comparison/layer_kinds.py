"""What each kind of layer has of a network's products, and what it takes of its time."""

from dataclasses import dataclass, replace

from cnnviz.benchmark.results.records import LayerTimes
from cnnviz.models.structure.counts import Count

BETWEEN = "between the layers"  # sums, reshaping, products of attention, Python, the clocks


@dataclass(frozen=True)
class Share:
    """What the layers of one kind have of a network.

    Attributes:
        kind: as `counting.Layer.work` names it; `BETWEEN` for what no layer stands for.
        layers: how many; 0 for `BETWEEN`.
        macs: multiply-accumulates for one example.
        macs_share: of the network's MACs, 0 to 1.
        milliseconds: that they take; 0 where nobody has timed them.
        time_share: of a pass with a clock in each layer, 0 to 1; None where nobody has timed them.
        batch: images in the pass that was timed.
    """

    kind: str
    layers: int
    macs: int
    macs_share: float = 0.0
    milliseconds: float = 0.0
    time_share: float | None = None
    batch: int = 1

    @property
    def gflops(self) -> float | None:
        """Billions of floating-point operations in a second; None where there is nothing to say."""
        if not self.milliseconds or not self.macs or self.kind == BETWEEN:
            return None
        return 2 * self.macs * self.batch / self.milliseconds / 1e6

    @property
    def excess(self) -> float:
        """How much more of the time than of the MACs they have, -1 to 1; 0 where not timed."""
        return 0.0 if self.time_share is None else self.time_share - self.macs_share


def works(count: Count) -> dict[str, str]:
    """Return the kind of work that each layer does, by its dotted name."""
    return {layer.name: layer.work for layer in count.layers}


def whole(timed: LayerTimes) -> float:
    """Return the milliseconds of a pass with a clock in each layer, its layers and all between."""
    return sum(layer.milliseconds for layer in timed.layers) + timed.between


def shares(count: Count, timed: LayerTimes | None = None) -> list[Share]:
    """Return the kinds of layers in a network, those with most of the time or the MACs first.

    A product that stands in no layer that has a time is counted among those between the layers.

    Args:
        count: of the network.
        timed: of the same network.
    """
    times = {layer.name: layer.milliseconds for layer in timed.layers} if timed else None
    found: dict[str, Share] = {}
    seen: set[tuple[str, str]] = set()
    for layer in count.layers:
        kind = layer.work if times is None or layer.name in times else BETWEEN
        one = found.get(kind, Share(kind, 0, 0))
        new = kind != BETWEEN and (layer.name, kind) not in seen  # some run twice
        seen.add((layer.name, kind))
        taken = times[layer.name] if new and times is not None else 0.0
        found[kind] = replace(
            one,
            layers=one.layers + new,
            macs=one.macs + layer.macs,
            milliseconds=one.milliseconds + taken,
        )
    if timed is not None:
        rest = found.get(BETWEEN, Share(BETWEEN, 0, 0))
        found[BETWEEN] = replace(rest, milliseconds=timed.between)
    done = [_of_whole(one, count, timed) for one in found.values()]
    return sorted(done, key=lambda one: -(one.time_share or one.macs_share))


def _of_whole(one: Share, count: Count, timed: LayerTimes | None) -> Share:
    macs_share = one.macs / count.macs if count.macs else 0.0
    if timed is None:
        return replace(one, macs_share=macs_share)
    total, batch = whole(timed), timed.layers[0].batch if timed.layers else 1
    time_share = one.milliseconds / total if total else 0.0
    return replace(one, macs_share=macs_share, time_share=time_share, batch=batch)
