"""Write a report on a trained network: `cnnviz report shipped-mnist_cnn -o report.html`.

The report compares the network with those that ship with cnnviz, or with those given after
`--against`.
"""

import argparse
import sys
from pathlib import Path

import torch

from cnnviz.data.mnist import digits_for_display
from cnnviz.report import CRITERIA, build_report, to_html, to_markdown, trained_network
from cnnviz.report.build import default_alternatives
from cnnviz.system.cli import Parser

_FORMATS = {"html": to_html, "markdown": to_markdown}
_EXTENSIONS = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}


def main(arguments: list[str] | None = None) -> int:
    """Write the report and return the exit status: 0, or 2 after an error message."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(1)
    digits, problem = digits_for_display()
    if problem:
        print(f"cnnviz: {problem}", file=sys.stderr)
    try:
        if options.output and not options.output.parent.is_dir():
            raise FileNotFoundError(f"output folder must exist, got {options.output.parent}")
        to_text = _FORMATS[_format(options.format, options.output)]
        network = trained_network(options.key)
        others = [trained_network(key) for key in options.against or ()]
        if options.against is None:
            others = default_alternatives(network)
        text = to_text(build_report(network, others, digits, by=options.criterion))
        if options.output is None:
            sys.stdout.write(text)
        else:
            verb = "replaced" if options.output.exists() else "wrote"
            options.output.write_text(text, encoding="utf-8")
            print(f"cnnviz: {verb} {options.output}", file=sys.stderr)
    except (ValueError, OSError) as error:
        print(f"cnnviz: {error}", file=sys.stderr)
        return 2
    return 0


def _format(requested: str | None, output: Path | None) -> str:
    """Return the requested format, or else that of the file's extension.

    Raises:
        ValueError: if the two differ, or neither is known.
    """
    if output is None:
        return requested or "html"
    from_name = _EXTENSIONS.get(output.suffix.lower())
    if from_name is None and requested is None:
        raise ValueError(
            f"the output must end in {', '.join(_EXTENSIONS)}, or --format must be given, "
            f"got {output}"
        )
    if requested and from_name and requested != from_name:
        raise ValueError(
            f"the output's extension must match --format {requested}, got {output} ({from_name})"
        )
    return requested or str(from_name)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="cnnviz report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "key", metavar="KEY", help="shipped-ARCHITECTURE, such as shipped-lenet5, or a run's id"
    )
    parser.add_argument(
        "--criterion",
        choices=CRITERIA,
        default="accuracy",
        help="the main criterion of the report; default: %(default)s",
    )
    parser.add_argument(
        "--against",
        metavar="KEY",
        nargs="*",
        help="networks to compare with; none leaves the comparison out",
    )
    parser.add_argument(
        "--format", choices=_FORMATS, help="default: from the extension of FILE, else html"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="default: standard output"
    )
    return parser
