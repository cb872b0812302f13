"""The command line: `cnnviz` opens the dashboard, `cnnviz train` and the others do one job each.

`python -m cnnviz` is the same.
"""

import argparse
import pkgutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cnnviz import __version__
from cnnviz.system.cli import Parser


@dataclass(frozen=True)
class Command:
    """One subcommand.

    Attributes:
        main: `module:function` that takes the arguments and returns the exit status, imported
            when it is called, since most of them import PyTorch.
        help: what it does, in one line.
    """

    main: str
    help: str

    def __call__(self, arguments: list[str]) -> int:
        """Run the command."""
        main: Callable[[list[str]], int] = pkgutil.resolve_name(self.main)
        return main(arguments)


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "dashboard": Command("cnnviz.ui.command:main", "open the dashboard in the browser"),
        "train": Command("cnnviz.training.command:main", "train a network, or resume a run"),
        "shapes": Command("cnnviz.models.structure.shapes:main", "print each layer's output shape"),
        "bench": Command("cnnviz.benchmark.command:main", "measure latency and memory"),
        "report": Command("cnnviz.report.command:main", "write a report on a trained network"),
        "clean": Command("cnnviz.training.clean_command:main", "free disk space"),
        "ship": Command("cnnviz.training.ship:main", "train the shipped networks again"),
    }
)

_OPTIONS = ("-h", "--help", "--version")  # all others are Streamlit's


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named command, `dashboard` if there is none, and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0].startswith("-") and words[0] not in _OPTIONS):
        words = ["dashboard", *words]
    options = _parser().parse_args(words)
    return COMMANDS[options.command](options.arguments)


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    listing = "\n".join(f"  {name:<{width}}  {row.help}" for name, row in COMMANDS.items())
    parser = Parser(
        prog="cnnviz",
        usage="%(prog)s [-h] [--version] [COMMAND] ...",
        description=f"See how convolutional networks work.\n\ncommands:\n{listing}",
        epilog="Without a command, `cnnviz` opens the dashboard. "
        "`cnnviz COMMAND --help` lists the options of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"cnnviz {__version__}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
