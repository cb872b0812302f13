"""The shape of each tensor in a forward pass: `cnnviz shapes mnist_cnn`."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnviz.models.catalogue import CATALOGUE, Architecture, architecture
from cnnviz.models.copies import shared_copy
from cnnviz.models.hooks import hooked
from cnnviz.models.inference import evaluating
from cnnviz.models.layers import innermost_layers
from cnnviz.system.cli import Parser


@dataclass(frozen=True)
class Shape:
    """What one layer puts out.

    Attributes:
        layer: dotted name; "input" for what the network receives.
        kind: class of the module.
        size: of one example, the batch left out.
        parameters: numbers that the layer learns; 0 where it runs a second time.
    """

    layer: str
    kind: str
    size: tuple[int, ...]
    parameters: int

    def __str__(self) -> str:
        """Return the shape as the lecture writes it, `[B, 32, 28, 28]`."""
        return f"[{', '.join(['B', *map(str, self.size)])}]"


def layer_shapes(row: Architecture) -> list[Shape]:
    """Return the shapes of a row of the catalogue, measured from a forward pass.

    The first is the input's; then one for each run of an innermost module, in the order of
    execution.
    """
    return measure_shapes(row.build(), (1, row.input_size, row.input_size))


def outline(row: Architecture) -> list[Shape]:
    """Return the shapes along a row's trunk: a block with branches counts as one layer.

    Where a network is one chain of layers, these are all of its shapes.
    """
    return measure_shapes(row.build(), (1, row.input_size, row.input_size), select=trunk)


def trunk(model: nn.Module) -> dict[str, nn.Module]:
    """Return the blocks of a network by their dotted names: all that no chain is made of."""
    found: dict[str, nn.Module] = {}
    for name, module in model.named_children():
        if type(module) is nn.Sequential:
            found |= {f"{name}.{inner}": block for inner, block in trunk(module).items()}
        elif not isinstance(module, nn.Identity):
            found[name] = module
    return found


def listed_modules(model: nn.Module) -> dict[str, nn.Module]:
    """Return the innermost modules and those that hold parameters of their own, by their names."""
    return {**innermost_layers(model), **_owners(model)}


def _owners(model: nn.Module) -> dict[str, nn.Module]:
    """Return the modules that hold parameters beside their layers': class tokens, positions."""
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
    """Return the shapes inside any network for inputs of shape (N, *size).

    Args:
        model: the network; it is not touched.
        size: of one example.
        select: returns the modules to list by their dotted names.
    """
    found = [Shape("input", "", size, 0)]
    model = shared_copy(model)
    met: set[int] = set()  # parameters counted already

    def note(name: str, module: nn.Module, _inputs: object, output: object) -> None:
        if not isinstance(output, Tensor):
            return
        parameters = [p for p in module.parameters() if id(p) not in met]
        met.update(map(id, parameters))
        count = sum(p.numel() for p in parameters)
        found.append(
            Shape(name or "(network)", type(module).__name__, tuple(output.shape[1:]), count)
        )

    with evaluating(model), hooked(model, select(model), after=note):
        model(torch.zeros(1, *size))
    return found


def one_line(found: list[Shape]) -> str:
    """Return the shapes in one line, each change once: `[B, 1, 28, 28] → ... → [B, 10]`."""
    texts = [str(shape) for shape in found]
    changes = [text for i, text in enumerate(texts) if i == 0 or text != texts[i - 1]]
    return " → ".join(changes)


def shape_table(found: list[Shape]) -> str:
    """Return the shapes as a table of text, with the total of the parameters."""
    rows = [(s.layer, s.kind, str(s), f"{s.parameters:,}" if s.parameters else "") for s in found]
    total = ("total", "", "", f"{sum(s.parameters for s in found):,}")
    heads = ("layer", "kind", "output", "parameters")
    widths = [max(len(line[i]) for line in [heads, total, *rows]) for i in range(4)]
    return "\n".join(
        f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:<{widths[2]}}  {d:>{widths[3]}}".rstrip()
        for a, b, c, d in [heads, *rows, total]
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the shapes of the architecture named on the command line."""
    parser = Parser(prog="cnnviz shapes", description=__doc__)
    parser.add_argument(
        "architecture", metavar="ARCHITECTURE", help=f"one of {', '.join(CATALOGUE)}"
    )
    try:
        row = architecture(parser.parse_args(arguments).architecture)
    except ValueError as error:
        parser.error(str(error))
    found = layer_shapes(row)
    print(f"{row.title}\n\n{shape_table(found)}\n\n{one_line(outline(row))}")
    return 0
