"""One unit of a layer worked out in the browser, which has every number that it takes."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Digits, Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.components.maps_view import Stage, Working
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.inspection.unit_arithmetic import LayerRun, Unit
    from cnnviz.inspection.unit_arithmetic.windows import Windows

_OPTIONS = ("negative_slope", "alpha", "approximate")  # of activations
_MOST = 1_000_000  # bytes of kernels to send at once; of more, one channel's


@cached
def layer_run(network: TrainedNetwork, image: Pixels, layer: str) -> "LayerRun":
    """Return what a layer that can be worked out receives and puts out for a digit."""
    from cnnviz.inspection.unit_arithmetic import layer_run

    return layer_run(loading.model(network), image[None], layer)


def worked_stages(run: "LayerRun") -> list[Stage]:
    """Return what a layer receives and what it puts out, its units with the windows they see."""
    from cnnviz.inspection.unit_arithmetic import channel_rules

    inputs, outputs = run.inputs.numpy(), run.outputs.numpy()
    windows = _windows(channel_rules.rule(run, [0]).windows, inputs.shape[1:])
    return [
        Stage("It receives", f"into {run.name}", inputs),
        Stage("It puts out", run.name, outputs, fields={0: windows}),
    ]


def working(run: "LayerRun", model: "nn.Module", unit: "Unit") -> Working:
    """Return what the browser needs to work out the units of `worked_stages`.

    It can do so for all output channels, or for the unit's channel where all their kernels
    together would be too much to send.

    Args:
        run: of a layer that can be worked out.
        model: its network.
        unit: to begin with.
    """
    from cnnviz.inspection.unit_arithmetic import channel_rules, follower

    channels = _channels(run, unit.channel)
    rule = channel_rules.rule(run, channels)
    after = follower(run, model)
    header = {
        "layer": run.name,
        "kind": type(run.module).__name__,
        "rule": rule.name,
        "channels": channels,
        "unit": (unit.channel, unit.row, unit.column),
        "rows": rule.windows.rows,
        "columns": rule.windows.columns,
        "padding": rule.windows.padding,
        "groups": rule.groups,
        "weighs": rule.kernel is not None,
        "divisor": rule.divisor,
        "norm": rule.norm,
        "function": _function(run.name, run.module) if rule.name == "function" else None,
        "after": after and _function(*after),
        "input": 0,
        "output": 1,
    }
    if rule.norm is not None:
        header["norm"] = rule.norm | {"act": rule.act and _function(run.name, rule.act)}
    if rule.kernel is None or rule.bias is None:
        return Working(header, {})
    return Working(header, {"kernel": rule.kernel.numpy(), "bias": rule.bias.numpy()})


def worked_code(
    run: "LayerRun", unit: "Unit", network: TrainedNetwork, image: Pixels, digits: Digits
) -> str:
    """Return the lines of PyTorch that give a unit's value.

    Args:
        run: the layer's.
        unit: of its output.
        network: whose layer it is.
        image: uint8, (28, 28).
        digits: in which the image is looked up.
    """
    from cnnviz.inspection.unit_arithmetic import of_run, pixels_in_code, six_lines

    drawn = pixels_in_code(image[None], digits)
    return six_lines(of_run(run, unit), run, network, drawn)


def _channels(run: "LayerRun", channel: int) -> list[int]:
    """Return the output channels whose kernels are to be sent."""
    weight = getattr(run.module, "weight", None)
    small = weight is None or weight.nbytes <= _MOST
    return list(range(run.outputs.shape[0])) if small else [channel]


def _windows(windows: "Windows", size: tuple[int, ...]) -> NDArray[np.int16]:
    """Return what each output unit sees of an input of (height, width): boxes, (H, W, 4)."""
    ends = [
        np.array([(max(min(taps), 0), min(max(taps), most - 1)) for taps in axis])
        for axis, most in zip((windows.rows, windows.columns), size, strict=True)
    ]
    rows, columns = (
        np.broadcast_to(found, (len(ends[0]), len(ends[1]), 2))
        for found in (ends[0][:, None], ends[1][None])
    )
    boxes = [rows[..., 0], columns[..., 0], rows[..., 1], columns[..., 1]]
    return np.stack(boxes, axis=-1).astype(np.int16)


def _function(layer: str, module: "nn.Module") -> dict[str, Any]:
    """Return an activation as the browser knows it, under the name of its class in the table."""
    from cnnviz.inspection.unit_arithmetic import activations

    kind = next(kind for kind in type(module).__mro__ if kind in activations.ACTIVATIONS)
    return {
        "layer": layer,
        "name": kind.__name__,
        "formula": activations.formula(module),
        "options": {name: getattr(module, name) for name in _OPTIONS if hasattr(module, name)},
    }
