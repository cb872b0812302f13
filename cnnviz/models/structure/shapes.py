"""The shape of each tensor in a forward pass: `cnnviz shapes mnist_cnn`."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnviz.models.catalog import CATALOG, Architecture, architecture
from cnnviz.models.copies import shared_copy
from cnnviz.models.hooks import hooked
from cnnviz.models.inference import evaluating
from cnnviz.models.layers import innermost_layers
from cnnviz.system.cli import Parser


@dataclass(frozen=True)
class Shape:
    """Shape of a layer's output.

    Attributes:
        layer: dotted name; "input" for the network's input.
        kind: class of the module.
        size: of one example, without the batch dimension.
        parameters: number of parameters of the layer; 0 where it runs a second time.
    """

    layer: str
    kind: str
    size: tuple[int, ...]
    parameters: int

    def __str__(self) -> str:
        """Return the shape with N for the batch size: `[N, 32, 28, 28]`."""
        return f"[{', '.join(['N', *map(str, self.size)])}]"


def layer_shapes(row: Architecture) -> list[Shape]:
    """Return the shapes in a forward pass of an architecture.

    The input's is first, then one for each run of an innermost module, in the order of execution.
    """
    return measure_shapes(row.build(), (1, row.input_size, row.input_size))


def outline(row: Architecture) -> list[Shape]:
    """Return the shapes along the trunk of an architecture: a block with branches is one layer.

    For a network that is a chain of layers these are all shapes.
    """
    return measure_shapes(row.build(), (1, row.input_size, row.input_size), select=trunk)


def trunk(model: nn.Module) -> dict[str, nn.Module]:
    """Return the outermost modules that are not chains of layers, by their dotted names."""
    blocks: dict[str, nn.Module] = {}
    for name, module in model.named_children():
        if type(module) is nn.Sequential:
            blocks |= {f"{name}.{inner}": block for inner, block in trunk(module).items()}
        elif not isinstance(module, nn.Identity):
            blocks[name] = module
    return blocks


def listed_modules(model: nn.Module) -> dict[str, nn.Module]:
    """Return the innermost modules, and those with parameters of their own, by dotted name."""
    return {**innermost_layers(model), **_owners(model)}


def _owners(model: nn.Module) -> dict[str, nn.Module]:
    """Return the modules with parameters outside their layers: class tokens, positions."""
    return {
        name: module
        for name, module in model.named_modules()
        if list(module.children()) and list(module.parameters(recurse=False))
    }


def measure_shapes(
    model: nn.Module,
    size: tuple[int, ...],
    *,
    select: Callable[[nn.Module], dict[str, nn.Module]] = listed_modules,
) -> list[Shape]:
    """Return the shapes in a forward pass of any network.

    Args:
        model: the network; it is not changed.
        size: of one example, (C, H, W).
        select: returns the modules to list, by dotted name.
    """
    measured = [Shape("input", "", size, 0)]
    model = shared_copy(model)
    counted: set[int] = set()  # ids of parameters

    def note(name: str, module: nn.Module, _inputs: object, output: object) -> None:
        if not isinstance(output, Tensor):
            return
        parameters = [p for p in module.parameters() if id(p) not in counted]
        counted.update(map(id, parameters))
        count = sum(p.numel() for p in parameters)
        measured.append(
            Shape(name or "(network)", type(module).__name__, tuple(output.shape[1:]), count)
        )

    with evaluating(model), hooked(model, select(model), after=note):
        model(torch.zeros(1, *size))  # (1, C, H, W); zeros suffice, shapes do not depend on values
    return measured


def one_line(shapes: list[Shape]) -> str:
    """Return the shapes in one line, without repetitions: `[N, 1, 28, 28] → ... → [N, 10]`."""
    texts = [str(shape) for shape in shapes]
    changes = [text for i, text in enumerate(texts) if i == 0 or text != texts[i - 1]]
    return " → ".join(changes)


def shape_table(shapes: list[Shape]) -> str:
    """Return the shapes as a text table, with the total number of parameters."""
    rows = [(s.layer, s.kind, str(s), f"{s.parameters:,}" if s.parameters else "") for s in shapes]
    total = ("total", "", "", f"{sum(s.parameters for s in shapes):,}")
    heads = ("layer", "kind", "output", "parameters")
    widths = [max(len(line[i]) for line in [heads, total, *rows]) for i in range(4)]
    return "\n".join(
        f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:<{widths[2]}}  {d:>{widths[3]}}".rstrip()
        for a, b, c, d in [heads, *rows, total]
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the shapes of the architecture named on the command line."""
    parser = Parser(prog="cnnviz shapes", description=__doc__)
    parser.add_argument("architecture", metavar="ARCHITECTURE", help=f"one of {', '.join(CATALOG)}")
    try:
        row = architecture(parser.parse_args(arguments).architecture)
    except ValueError as error:
        parser.error(str(error))
    print(f"{row.title}\n\n{shape_table(layer_shapes(row))}\n\n{one_line(outline(row))}")
    return 0
