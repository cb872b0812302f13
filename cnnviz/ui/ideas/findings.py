"""What the figures of an idea show with the chosen settings, in one sentence each."""

from collections.abc import Mapping, Sequence

from cnnviz.models.structure.convolution.arithmetic import Convolution
from cnnviz.stats.percentages import percent
from cnnviz.ui.shell.units import quantity, readable, shorten

_VAST = 1e6  # from which on a number is read by its order of magnitude


def arithmetic_finding(layer: Convolution, size: int) -> str:
    """Return where the kernel fits, how many values result, and what they cost."""
    out, (before, after) = layer.output_size(size), layer.sides
    padded = size + before + after
    where = f"the {size}×{size} input" if padded == size else f"the padded {padded}×{padded} input"
    gaps = f", spread over {layer.extent}×{layer.extent} pixels," if layer.dilation > 1 else ""
    unread = layer.unread_rows(size)
    missed = f" {quantity(unread, 'row')} and as many columns are never read." if unread else ""
    return (
        f"A {layer.kernel}×{layer.kernel} kernel{gaps} fits into {where} at **{out}×{out} "
        f"positions**, so the output has {quantity(out**2, 'value')}, each computed from "
        f"{quantity(layer.kernel**2, 'pixel')}: {layer.macs(size):,} multiplications.{missed}"
    )


def bottleneck_finding(channels: int, narrow: int, direct: int, reduced: int) -> str:
    """Return what a 1×1 reduction saves.

    Args:
        channels: at both ends.
        narrow: channels that the 3×3 kernel is applied to after the reduction.
        direct, reduced: multiply-accumulates without and with the reduction.
    """
    first, again = ("Reduced", "widened") if narrow < channels else ("Widened", "reduced")
    return (
        f"{first} from {channels:,} to {narrow:,} channels by a 1×1 convolution before it, and "
        f"{again} to {channels:,} by another after it, a 3×3 convolution takes "
        f"{_millions(reduced)} multiplications (MACs) instead of {_millions(direct)}, all three "
        f"counted: **{_fewer(direct, reduced)}**."
    )


def inception_finding(naive: int, reduced: int) -> str:
    """Return what the 1×1 convolutions of an Inception module save in multiply-accumulates."""
    return (
        f"With 1×1 convolutions before its large kernels, this module takes "
        f"{shorten(reduced, figures=3)} MACs instead of {shorten(naive, figures=3)}: "
        f"**{_fewer(naive, reduced)}**."
    )


def residual_finding(plain: float, residual: float, layers: int) -> str:
    """Return how the shortcuts change the gradient norm at the first layer."""
    both = (
        f"With {layers} layers, the gradient norm at the first layer, which says how strongly that "
        f"layer is still corrected, is {_norm(plain)} without shortcuts and {_norm(residual)} with "
        "them"
    )
    smaller, larger = sorted((plain, residual))
    if not smaller:
        return f"{both}."
    change = "larger" if residual > plain else "smaller"
    return f"{both}: **{_factor(larger / smaller)} {change}**."


def vanished_finding(block: str, depths: Sequence[int], norms: Sequence[float]) -> str:
    """Return for which depths a line has no point, as the gradient is zero; "" for none.

    Args:
        block: name of the line.
        depths: layers of each stack.
        norms: gradient norm at the first layer of each.
    """
    missing = [str(depth) for depth, norm in zip(depths, norms, strict=True) if not norm]
    if not missing:
        return ""
    return (
        f"The line “{block}” has no point at {' and '.join(missing)} layers: there the gradient is "
        "exactly zero, too small for a 32-bit number, and the first layer learns nothing."
    )


def dense_finding(block: Sequence[Convolution], dense: int, plain: int) -> str:
    """Return what enters the last layer, and what the block saves.

    Args:
        block: its layers.
        dense, plain: parameters of the block, and of a plain stack as wide as its end.
    """
    last = block[-1]
    return (
        f"Layer {len(block)} receives {quantity(last.in_channels, 'channel')} and adds only "
        f"{last.out_channels}: the block has **{shorten(dense, figures=3)} parameters**, a plain "
        f"stack as wide as its end {shorten(plain, figures=3)}."
    )


def depthwise_finding(macs: float, time: float) -> str:
    """Return what the separable layers save.

    Args:
        macs, time: of the full convolution, divided by that of the two layers in its place.
    """
    saved = f"The two layers take **{macs:.1f} times fewer MACs**"
    if time < 1:
        return f"{saved}, but **{1 / time:.1f} times as long** on this machine."
    if time < macs:
        return f"{saved}, but are only **{time:.1f} times as fast** on this machine."
    return f"{saved} and are **{time:.1f} times as fast** on this machine."


def activations_finding(first_layer: Mapping[str, float], layers: int) -> str:
    """Return which activation function lets most of the gradient through, and which least.

    Args:
        first_layer: gradient norm at the first layer by the name of the function.
        layers: of the stack.
    """
    most = max(first_layer, key=lambda name: first_layer[name])
    least = min(first_layer, key=lambda name: first_layer[name])
    ratio = first_layer[most] / first_layer[least] if first_layer[least] else None
    times = f", {_factor(ratio)} as much" if ratio else ""
    return (
        f"Through {layers} layers, most of the gradient reaches the first layer with **{most}** "
        f"({_norm(first_layer[most])}) and least with **{least}** "
        f"({_norm(first_layer[least])}){times}."
    )


def scaling_finding(
    width: float, depth: float, size: int, *, macs: float, parameters: float
) -> str:
    """Return what the scaling costs.

    Args:
        width, depth: factors on EfficientNet-B0's channels and layers.
        size: side of the input image in pixels.
        macs, parameters: of the scaled network, divided by those of EfficientNet-B0.
    """
    return (
        f"With {width:.2f} times the channels, {depth:.2f} times the layers and images of "
        f"{size}×{size} pixels, the network takes **{macs:.2f} times the MACs** of EfficientNet-B0 "
        f"and has {parameters:.2f} times its parameters."
    )


def attention_finding(shares: Mapping[str, Sequence[float]]) -> str:
    """Return how much of the image one unit of an early layer sees.

    Args:
        shares: of the input that the center units of early, middle and late layers see, by the
            name of the network.
    """
    most = max(shares, key=lambda name: shares[name][0])
    least = min(shares, key=lambda name: shares[name][0])
    if shares[most][0] == shares[least][0]:
        early, *_, late = shares[most]
        return (
            f"In the early layer one unit of {most} sees {percent(early)} of the image, in the "
            f"late layer {percent(late)}."
        )
    return (
        f"Already in the early layer one unit of **{most}** sees {percent(shares[most][0])} of the "
        f"image, one of **{least}** only {percent(shares[least][0])}; in the late layer it is "
        f"{percent(shares[least][-1])}."
    )


def _norm(value: float) -> str:
    return readable(value) if value else "exactly zero"


def _millions(count: int) -> str:
    """Return a count in three figures: "105 million", "2,420 million"; below a million all."""
    millions = float(f"{count / 1e6:.3g}")
    return f"{millions:,g} million" if count >= 1e6 else f"{count:,}"


def _factor(ratio: float) -> str:
    """Return a factor: "3.4 times", "1,200 times", "about 3.3 × 10¹⁵ times"."""
    if ratio >= _VAST:
        return f"about {readable(ratio)} times"
    return f"{float(f'{ratio:.2g}'):,.{1 if ratio < 10 else 0}f} times"


def _fewer(before: float, after: float) -> str:
    """Return how many times fewer or more multiply-accumulates remain."""
    if after > before:
        return f"{after / before:.1f} times as many"
    return f"{before / after:.1f} times fewer"
