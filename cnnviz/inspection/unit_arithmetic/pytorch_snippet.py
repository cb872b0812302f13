"""A unit's value as a short PyTorch program to copy."""

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
    Softmaxed,
    UnitResult,
    WeightedSum,
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
    """Return a Python expression for uint8 pixels (1, 28, 28).

    A test digit is named by its index; a drawing is written out, compressed.
    """
    if digits is not None:
        matches = np.flatnonzero((digits.test_images == image).all(axis=(1, 2, 3)))
        if len(matches):
            return f"mnist.load_digits({digits.source!r}).test_images[{matches[0]}]"
    text = base64.b85encode(zlib.compress(image.tobytes(), 9)).decode()
    return f"unit_arithmetic.pixels({text!r})"


def pixels(text: str) -> Pixels:
    """Return the uint8 pixels (1, 28, 28) that `pixels_in_code` wrote out."""
    values = np.frombuffer(zlib.decompress(base64.b85decode(text)), np.uint8)
    return values.reshape(1, 28, 28).copy()


def pytorch_program(result: UnitResult, run: LayerRun, network: TrainedNetwork, image: str) -> str:
    """Return a program that recomputes a unit's value and prints it beside the network's own.

    Args:
        result: the unit's arithmetic.
        run: input and output of its layer.
        network: the network whose weights to load.
        image: expression for the image, see `pixels_in_code`.
    """
    head = _HEAD.format(key=network.key, image=image, layer=result.layer)
    lines = _LINES[type(result)](result, run)
    index = ", ".join(map(str, result.index))
    return f"{head}{lines}, run.output[{index}].item())\n"


def _convolution(result: UnitResult, run: LayerRun) -> str:
    assert isinstance(result, Convolved)
    module = run.module
    rows, columns = run.inputs.shape[1:]
    down, across = result.rows, result.columns
    pad = (
        max(0, -across[0]),
        max(0, across[-1] - columns + 1),
        max(0, -down[0]),
        max(0, down[-1] - rows + 1),
    )
    channels = group(module, result.unit.channel)  # type: ignore[arg-type]
    mode = {"zeros": "constant"}.get(str(module.padding_mode), str(module.padding_mode))
    padded = f"F.pad(run.received, {pad}, mode={mode!r})" if any(pad) else "run.received"
    region = f"{channels.start}:{channels.stop}, {_slice(down, pad[2])}, {_slice(across, pad[0])}"
    bias = f" + run.module.bias[{result.unit.channel}]" if module.bias is not None else ""
    return (
        f"patch = {padded}[0, {region}]  # {result.patches.shape}\n"
        f"print(((patch * run.module.weight[{result.unit.channel}]).sum(){bias}).item()"
    )


def _linear(result: UnitResult, run: LayerRun) -> str:
    channel = result.unit.channel
    place = ", ".join(map(str, result.index[:-1]))
    bias = f" + run.module.bias[{channel}]" if run.module.bias is not None else ""
    return (
        f"products = run.received[{place}] * run.module.weight[{channel}]\n"
        f"print((products.sum(){bias}).item()"
    )


def _pooling(result: UnitResult, run: LayerRun) -> str:
    assert isinstance(result, Pooled)
    rows, columns = (
        _slice([tap for tap in taps if 0 <= tap < size], 0)
        for taps, size in zip((result.rows, result.columns), run.inputs.shape[1:], strict=True)
    )
    channel = result.unit.channel
    place = f"{rows}, {columns}, {channel}" if run.nhwc else f"{channel}, {rows}, {columns}"
    whole = ".max()" if result.operation == "max" else f".sum() / {result.divisor:g}"
    return f"window = run.received[0, {place}]\nprint((window{whole}).item()"


def _activation(result: UnitResult, run: LayerRun) -> str:
    index = ", ".join(map(str, result.index))
    return f"x = run.received[{index}]\nprint({activations.code(run.module)}.item()"


def _normalization(result: UnitResult, run: LayerRun) -> str:
    assert isinstance(result, Normalized)
    channel = result.unit.channel
    index = ", ".join(map(str, result.index))
    if len(result.inputs):
        place = ", ".join(map(str, result.index[:-1]))
        mean, variance = f"run.received[{place}].mean()", f"run.received[{place}].var(correction=0)"
    else:
        mean = f"run.module.running_mean[{channel}]"
        variance = f"run.module.running_var[{channel}]"
    code = f"x = (run.received[{index}] - {mean}) / ({variance} + {result.eps:g}).sqrt()"
    weight = f" * run.module.weight[{channel}]" if run.module.weight is not None else ""
    bias = f" + run.module.bias[{channel}]" if run.module.bias is not None else ""
    act = normalization.own_activation(run.module)
    if act is None:
        return f"{code}\nprint((x{weight}{bias}).item()"
    return f"{code}{weight}{bias}\nprint({activations.code(act)}.item()"


def _softmax(result: UnitResult, run: LayerRun) -> str:
    del run
    channel = result.unit.channel
    return f"logits = run.received[0]\nprint((logits[{channel}].exp() / logits.exp().sum()).item()"


def _slice(taps: "list[int] | tuple[int, ...]", before: int) -> str:
    """Return evenly spaced indices as a slice, shifted by the padding before them."""
    first, last = taps[0] + before, taps[-1] + before
    step = taps[1] - taps[0] if len(taps) > 1 else 1
    return f"{first}:{last + 1}" + (f":{step}" if step > 1 else "")


_LINES: Mapping[type[UnitResult], Callable[[UnitResult, LayerRun], str]] = {
    Convolved: _convolution,
    WeightedSum: _linear,
    Pooled: _pooling,
    Activated: _activation,
    Normalized: _normalization,
    Softmaxed: _softmax,
}
