"""Shares of MACs and of time by kind of layer."""

from dataclasses import dataclass, replace

from cnnviz.benchmark.results.findings import LayerTimes
from cnnviz.models.structure.counts import Count

BETWEEN = "between the layers"  # sums, reshaping, attention products, Python, the clocks themselves


@dataclass(frozen=True)
class KindShare:
    """Share of a network's MACs and time that the layers of one kind have.

    Attributes:
        kind: as `counts.Layer.work` names it; `BETWEEN` for what belongs to no layer.
        layers: number of layers; 0 for `BETWEEN`.
        macs: multiply-accumulate operations for one example.
        macs_share: fraction of the network's MACs, 0 to 1.
        milliseconds: measured time; 0 if it was not measured.
        time_share: fraction of a forward pass with a timer in each layer, 0 to 1; None if it was
            not measured.
        batch: images in the timed pass.
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
        """Billions of floating-point operations per second; None without time or without MACs."""
        if not self.milliseconds or not self.macs or self.kind == BETWEEN:
            return None
        return 2 * self.macs * self.batch / self.milliseconds / 1e6

    @property
    def excess(self) -> float:
        """Share of the time minus share of the MACs, -1 to 1; 0 if time was not measured."""
        return 0.0 if self.time_share is None else self.time_share - self.macs_share


def work_by_layer(count: Count) -> dict[str, str]:
    """Return the kind of work of each layer by its dotted name."""
    return {layer.name: layer.work for layer in count.layers}


def total_milliseconds(timed: LayerTimes) -> float:
    """Return the time of a forward pass with a timer in each layer, including `BETWEEN`."""
    return sum(layer.milliseconds for layer in timed.layers) + timed.between


def between_share(timed: LayerTimes) -> float:
    """Return the fraction of that time that belongs to no layer, 0 to 1."""
    return timed.between / total_milliseconds(timed)


@dataclass(frozen=True)
class TimeShare:
    """Share of a network's time that one layer takes.

    Attributes:
        name: of the layer; "no layer" for `BETWEEN`.
        kind: kind of its work, or `BETWEEN`.
        milliseconds: measured time.
        share: of a forward pass with a timer in each layer, 0 to 1.
        gflops: billions of floating-point operations per second; None without MACs.
    """

    name: str
    kind: str
    milliseconds: float
    share: float
    gflops: float | None


def time_shares(count: Count, timed: LayerTimes) -> list[TimeShare]:
    """Return the share of the time that each layer takes, in order, and last that of `BETWEEN`."""
    works, total = work_by_layer(count), total_milliseconds(timed)
    layers = [
        TimeShare(
            layer.name,
            works.get(layer.name, layer.kind),
            layer.milliseconds,
            layer.milliseconds / total,
            layer.gflops if layer.macs else None,
        )
        for layer in timed.layers
    ]
    between = TimeShare("no layer", BETWEEN, timed.between, between_share(timed), None)
    return [*layers, between]


def kind_shares(count: Count, timed: LayerTimes | None = None) -> list[KindShare]:
    """Return the kinds of layers in a network, sorted by share of the time, or else of the MACs.

    MACs of a layer that was not timed count as `BETWEEN`.

    Args:
        count: layer counts of the network.
        timed: layer times of the same network.
    """
    times = {layer.name: layer.milliseconds for layer in timed.layers} if timed else None
    shares: dict[str, KindShare] = {}
    seen: set[tuple[str, str]] = set()
    for layer in count.layers:
        kind = layer.work if times is None or layer.name in times else BETWEEN
        share = shares.get(kind, KindShare(kind, 0, 0))
        new = kind != BETWEEN and (layer.name, kind) not in seen  # a module may run twice
        seen.add((layer.name, kind))
        milliseconds = times[layer.name] if new and times is not None else 0.0
        shares[kind] = replace(
            share,
            layers=share.layers + new,
            macs=share.macs + layer.macs,
            milliseconds=share.milliseconds + milliseconds,
        )
    if timed is not None:
        rest = shares.get(BETWEEN, KindShare(BETWEEN, 0, 0))
        shares[BETWEEN] = replace(rest, milliseconds=timed.between)  # ms
    complete = [_with_fractions(share, count, timed) for share in shares.values()]
    return sorted(complete, key=lambda share: -(share.time_share or share.macs_share))


def _with_fractions(share: KindShare, count: Count, timed: LayerTimes | None) -> KindShare:
    macs_share = share.macs / count.macs if count.macs else 0.0  # 0 to 1
    if timed is None:
        return replace(share, macs_share=macs_share)
    total, batch = total_milliseconds(timed), timed.layers[0].batch if timed.layers else 1
    time_share = share.milliseconds / total if total else 0.0
    return replace(share, macs_share=macs_share, time_share=time_share, batch=batch)
