"""What the browser needs to compute the units of a layer step by step."""

from typing import TYPE_CHECKING, Any

from cnnviz.data.mnist import Digits, Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.components.maps_view import MapStage, UnitArithmetic
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.inspection.unit_arithmetic import LayerRun, Unit

Range = tuple[float, float]
_OPTIONS = ("negative_slope", "alpha", "approximate")  # of activations
_KERNEL_BYTES = 1_000_000  # sent at most; if there are more, those of one channel


@cached
def layer_run(network: TrainedNetwork, image: Pixels, layer: str) -> "LayerRun":
    """Return a layer's input and output for a digit, for step-by-step arithmetic."""
    from cnnviz.inspection.unit_arithmetic import layer_run

    return layer_run(loading.model(network), image[None], layer)


def image_range(run: "LayerRun", network: TrainedNetwork, image: Pixels) -> "Range | None":
    """Return the values of black and white if a layer receives the image itself, else None."""
    from cnnviz.inspection.unit_arithmetic import image_range

    return image_range(run, loading.model(network), image[None])


def worked_stages(run: "LayerRun", ink: "Range | None") -> list[MapStage]:
    """Return a layer's input and output, with each unit's window on the input.

    Args:
        run: of the layer.
        ink: values of black and white if the input is the image, which is drawn as such.
    """
    from cnnviz.inspection.unit_arithmetic import channel_rules

    inputs, outputs = run.inputs.numpy(), run.outputs.numpy()
    _, height, width = inputs.shape
    windows = channel_rules.rule(run, [0]).windows.boxes((height, width))
    return [
        MapStage("Input", f"into {run.name}", inputs, ink=ink),
        MapStage("Output", run.name, outputs, fields={0: windows}),
    ]


def working(
    run: "LayerRun", model: "nn.Module", unit: "Unit", ink: "Range | None"
) -> UnitArithmetic:
    """Return what the browser needs to compute the units of `worked_stages`.

    All output channels are included, or the unit's channel only if all kernels together are too
    large to send.

    Args:
        run: of a layer whose units can be computed step by step.
        model: the network of the layer.
        unit: shown first.
        ink: values of black and white if the input is the image.
    """
    from cnnviz.inspection.unit_arithmetic import channel_rules, following_activation

    channels = _channels(run, unit.channel)
    rule = channel_rules.rule(run, channels)
    after = following_activation(run, model)
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
        "ink": ink,
        "input": 0,
        "output": 1,
    }
    if rule.norm is not None:
        header["norm"] = rule.norm | {"act": rule.act and _function(run.name, rule.act)}
    if rule.kernel is None or rule.bias is None:
        return UnitArithmetic(header, {})
    return UnitArithmetic(header, {"kernel": rule.kernel.numpy(), "bias": rule.bias.numpy()})


def worked_code(
    run: "LayerRun", unit: "Unit", network: TrainedNetwork, image: Pixels, digits: Digits
) -> str:
    """Return PyTorch code that computes a unit's value.

    Args:
        run: of the layer.
        unit: of the output.
        network: of the layer.
        image: uint8, (28, 28).
        digits: searched for the image, so that the code can name it.
    """
    from cnnviz.inspection.unit_arithmetic import pixels_in_code, pytorch_program, unit_of_run

    drawn = pixels_in_code(image[None], digits)
    return pytorch_program(unit_of_run(run, unit), run, network, drawn)


def _channels(run: "LayerRun", channel: int) -> list[int]:
    """Return the output channels whose kernels are sent."""
    weight = getattr(run.module, "weight", None)
    small = weight is None or weight.nbytes <= _KERNEL_BYTES
    return list(range(run.outputs.shape[0])) if small else [channel]


def _function(layer: str, module: "nn.Module") -> dict[str, Any]:
    """Return an activation function for the browser, named by its class in `ACTIVATION_RULES`."""
    from cnnviz.inspection.unit_arithmetic import activations

    kind = next(kind for kind in type(module).__mro__ if kind in activations.ACTIVATION_RULES)
    return {
        "layer": layer,
        "name": kind.__name__,
        "formula": activations.formula(module),
        "options": {name: getattr(module, name) for name in _OPTIONS if hasattr(module, name)},
    }
