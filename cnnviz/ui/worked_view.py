"""One unit of a layer worked out in the browser, which has every number that it takes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.catalogue import architecture
from cnnviz.data import Digits, Pixels
from cnnviz.networks import Network
from cnnviz.plots import colours
from cnnviz.ui.component import component, pack_named

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.worked import LayerRun, Unit

_OPTIONS = ("negative_slope", "alpha", "approximate")  # of activations

_VIEW = component("worked_view", parts=("message", "worked"))


def worked_view(
    run: "LayerRun",
    model: "nn.Module",
    unit: "Unit",
    *,
    key: str,
    subject: str,
    on_weight: Callable[[], None],
) -> None:
    """Show one channel of a layer, and how each of its units comes about.

    Args:
        run: of a layer that can be worked out.
        model: its network.
        unit: to begin with; its channel is the one that is shown.
        key: Streamlit's key of the component; its state has `unit` and `weight`, what was clicked
            last: dictionaries of channel, row and column, of a weight also `within`.
        subject: what is shown, in a word; when it changes the view begins at `unit` anew.
        on_weight: called after a click on a cell of a kernel.
    """
    header, arrays = describe(run, model, unit)
    header["subject"] = subject
    _VIEW(
        data=pack_named(header, arrays),
        key=key,
        default={"unit": None, "weight": None},
        on_unit_change=_ignore,
        on_weight_change=on_weight,
    )


def worked_code(
    run: "LayerRun", unit: "Unit", network: Network, image: Pixels, digits: Digits
) -> str:
    """Return the lines of PyTorch that give a unit's value.

    Args:
        run: the layer's.
        unit: of its output.
        network: whose layer it is.
        image: uint8, (28, 28).
        digits: in which the image is looked up.
    """
    from cnnviz.worked import of_run, pixels_in_code, six_lines

    drawn = pixels_in_code(image[None], digits)
    row = architecture(network.architecture)
    return six_lines(of_run(run, unit), run, network, row, drawn)


def describe(
    run: "LayerRun", model: "nn.Module", unit: "Unit"
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return what the browser needs to work out any unit of one channel: a header and arrays.

    They are the `data` of `Worked.show` in worked.js, which says what each part means.
    """
    from cnnviz.worked import follower, rules

    channel = unit.channel
    rule = rules.rule(run, channel)
    after = follower(run, model)
    header = {
        "layer": run.name,
        "kind": type(run.module).__name__,
        "rule": rule.name,
        "channels": [channel],
        "unit": {"channel": channel, "row": unit.row, "column": unit.column},
        "rows": rule.windows.rows,
        "columns": rule.windows.columns,
        "padding": rule.windows.padding,
        "groups": rule.groups,
        "outChannels": run.outputs.shape[0],
        "weights": rule.kernel is not None,
        "divisor": rule.divisor,
        "norm": rule.norm,
        "function": _function(run.name, run.module) if rule.name == "function" else None,
        "after": after and _function(*after),
    }
    if rule.norm is not None:
        header["norm"] = rule.norm | {"act": rule.act and _function(run.name, rule.act)}
    arrays: dict[str, NDArray[Any]] = {
        "input": run.inputs.numpy(),
        "output": run.outputs[channel : channel + 1].numpy(),
        "light": colours.table("diverging", "light"),
        "dark": colours.table("diverging", "dark"),
    }
    if rule.kernel is not None:
        arrays["kernel"] = rule.kernel[None].numpy()
        arrays["bias"] = np.array([rule.bias], np.float32)
    return header, arrays


def _function(layer: str, module: "nn.Module") -> dict[str, Any]:
    """Return an activation as the browser knows it, under the name of its class in the table."""
    from cnnviz.worked import activation

    kind = next(kind for kind in type(module).__mro__ if kind in activation.ACTIVATIONS)
    return {
        "layer": layer,
        "name": kind.__name__,
        "formula": activation.formula(module),
        "options": {name: getattr(module, name) for name in _OPTIONS if hasattr(module, name)},
    }


def _ignore() -> None:
    """Take no notice: the page is rerun, and reads the state."""
