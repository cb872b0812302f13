"""A unit's value again, as a few lines of PyTorch to copy."""

import base64
import zlib
from collections.abc import Callable, Mapping

import numpy as np

from cnnviz.data.mnist import Digits, Pixels
from cnnviz.inspection.unit_arithmetic import activations, normalization
from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun
from cnnviz.inspection.unit_arithmetic.results import (
    Activated,
    Convolved,
    Normalized,
    Pooled,
    Shared,
    Weighed,
    Worked,
)
from cnnviz.inspection.unit_arithmetic.weighted_sums import group
from cnnviz.training.runs.networks import TrainedNetwork

_HEAD = """\
import torch.nn.functional as F
from cnnviz.data import mnist
from cnnviz.inspection import unit_arithmetic
from cnnviz.training.runs import networks
network = networks.load_network(networks.find_network({key!r}))
run = unit_arithmetic.layer_run(network, {image}, {layer!r})
"""


def pixels_in_code(image: Pixels, digits: Digits | None = None) -> str:
    """Return an expression for pixels (1, 28, 28).

    A test digit is named by its number; what somebody drew is written down, compressed.
    """
    if digits is not None:
        same = np.flatnonzero((digits.test_images == image).all(axis=(1, 2, 3)))
        if len(same):
            return f"mnist.load_digits({digits.source!r}).test_images[{same[0]}]"
    text = base64.b85encode(zlib.compress(image.tobytes(), 9)).decode()
    return f"unit_arithmetic.pixels({text!r})"


def pixels(text: str) -> Pixels:
    """Return the pixels (1, 28, 28) that `pixels_in_code` wrote down."""
    values = np.frombuffer(zlib.decompress(base64.b85decode(text)), np.uint8)
    return values.reshape(1, 28, 28).copy()


def six_lines(found: Worked, run: LayerRun, network: TrainedNetwork, image: str) -> str:
    """Return a program that computes a unit's value anew and prints it beside the tensor.

    Args:
        found: the unit worked out.
        run: its layer's run.
        network: whose weights to load.
        image: an expression for what it looks at, see `pixels_in_code`.
    """
    head = _HEAD.format(key=network.key, image=image, layer=found.layer)
    lines = _LINES[type(found)](found, run)
    index = ", ".join(map(str, found.index))
    return f"{head}{lines}, run.output[{index}].item())\n"


def _convolution(found: Worked, run: LayerRun) -> str:
    assert isinstance(found, Convolved)
    module = run.module
    rows, columns = run.inputs.shape[1:]
    lines, across = found.rows, found.columns
    pad = (
        max(0, -across[0]),
        max(0, across[-1] - columns + 1),
        max(0, -lines[0]),
        max(0, lines[-1] - rows + 1),
    )
    channels = group(module, found.unit.channel)  # type: ignore[arg-type]
    mode = {"zeros": "constant"}.get(str(module.padding_mode), str(module.padding_mode))
    given = f"F.pad(run.received, {pad}, mode={mode!r})" if any(pad) else "run.received"
    cut = f"{channels.start}:{channels.stop}, {_slice(lines, pad[2])}, {_slice(across, pad[0])}"
    bias = f" + run.module.bias[{found.unit.channel}]" if module.bias is not None else ""
    return (
        f"patch = {given}[0, {cut}]  # {found.patches.shape}\n"
        f"print(((patch * run.module.weight[{found.unit.channel}]).sum(){bias}).item()"
    )


def _linear(found: Worked, run: LayerRun) -> str:
    channel = found.unit.channel
    place = ", ".join(map(str, found.index[:-1]))
    bias = f" + run.module.bias[{channel}]" if run.module.bias is not None else ""
    return (
        f"products = run.received[{place}] * run.module.weight[{channel}]\n"
        f"print((products.sum(){bias}).item()"
    )


def _pooling(found: Worked, run: LayerRun) -> str:
    assert isinstance(found, Pooled)
    rows, columns = (
        _slice([tap for tap in taps if 0 <= tap < size], 0)
        for taps, size in zip((found.rows, found.columns), run.inputs.shape[1:], strict=True)
    )
    channel = found.unit.channel
    place = (
        f"{rows}, {columns}, {channel}" if run.channels_last else f"{channel}, {rows}, {columns}"
    )
    whole = ".max()" if found.operation == "max" else f".sum() / {found.divisor:g}"
    return f"window = run.received[0, {place}]\nprint((window{whole}).item()"


def _activation(found: Worked, run: LayerRun) -> str:
    index = ", ".join(map(str, found.index))
    return f"x = run.received[{index}]\nprint({activations.code(run.module)}.item()"


def _normalization(found: Worked, run: LayerRun) -> str:
    assert isinstance(found, Normalized)
    channel = found.unit.channel
    index = ", ".join(map(str, found.index))
    if len(found.inputs):
        place = ", ".join(map(str, found.index[:-1]))
        mean, variance = f"run.received[{place}].mean()", f"run.received[{place}].var(correction=0)"
    else:
        mean = f"run.module.running_mean[{channel}]"
        variance = f"run.module.running_var[{channel}]"
    code = f"x = (run.received[{index}] - {mean}) / ({variance} + {found.eps:g}).sqrt()"
    weight = f" * run.module.weight[{channel}]" if run.module.weight is not None else ""
    bias = f" + run.module.bias[{channel}]" if run.module.bias is not None else ""
    act = normalization.carried(run.module)
    if act is None:
        return f"{code}\nprint((x{weight}{bias}).item()"
    return f"{code}{weight}{bias}\nprint({activations.code(act)}.item()"


def _softmax(found: Worked, run: LayerRun) -> str:
    del run
    channel = found.unit.channel
    return f"logits = run.received[0]\nprint((logits[{channel}].exp() / logits.exp().sum()).item()"


def _slice(taps: "list[int] | tuple[int, ...]", before: int) -> str:
    """Return evenly spaced places as a slice, moved by what lies before them."""
    first, last = taps[0] + before, taps[-1] + before
    step = taps[1] - taps[0] if len(taps) > 1 else 1
    return f"{first}:{last + 1}" + (f":{step}" if step > 1 else "")


_LINES: Mapping[type[Worked], Callable[[Worked, LayerRun], str]] = {
    Convolved: _convolution,
    Weighed: _linear,
    Pooled: _pooling,
    Activated: _activation,
    Normalized: _normalization,
    Shared: _softmax,
}
