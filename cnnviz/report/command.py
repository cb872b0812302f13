"""Report on a trained network: `python -m cnnviz report shipped-mnist_cnn -o report.html`.

The report compares it with the networks that ship with cnnviz, or with those named after
`--against`. Without `-o` it goes to standard output.
"""

import argparse
import sys
from pathlib import Path

import torch

from cnnviz.data.mnist import digits_for_display
from cnnviz.report import CRITERIA, gather, subject, to_html, to_markdown
from cnnviz.report.build import usual_alternatives
from cnnviz.system.cli import Parser

_FORMATS = {"html": to_html, "markdown": to_markdown}
_ENDINGS = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}


def main(arguments: list[str] | None = None) -> int:
    """Write the report and return the exit status: 0, or 2 after one sentence on what is wrong."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(1)
    digits, problem = digits_for_display()
    if problem:
        print(f"cnnviz: {problem}", file=sys.stderr)
    try:
        if options.output and not options.output.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {options.output.parent}")
        kind = _format(options.format, options.output)
        network = subject(options.key)
        others = [subject(key) for key in options.against or ()]
        if options.against is None:
            others = usual_alternatives(network)
        text = _FORMATS[kind](gather(network, others, digits, by=options.criterion))
        if options.output is None:
            sys.stdout.write(text)
        else:
            over = "over " if options.output.exists() else "to "
            options.output.write_text(text, encoding="utf-8")
            print(f"cnnviz: written {over}{options.output}", file=sys.stderr)
    except (ValueError, OSError) as error:
        print(f"cnnviz: {error}", file=sys.stderr)
        return 2
    return 0


def _format(asked: str | None, output: Path | None) -> str:
    """Return the format: what is asked for, else what the file's ending says.

    Raises:
        ValueError: if the two contradict each other, or neither tells.
    """
    if output is None:
        return asked or "html"
    ending = _ENDINGS.get(output.suffix.lower())
    if ending is None and asked is None:
        raise ValueError(f"{output} tells no format: end it in .html or .md, or add --format")
    if asked and ending and asked != ending:
        raise ValueError(f"{output} is a name for {ending}: rename it, or leave out --format")
    return asked or str(ending)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="cnnviz report", description=__doc__)
    parser.add_argument("key", metavar="KEY", help="shipped-<architecture>, or the id of a run")
    parser.add_argument("--criterion", choices=CRITERIA, default="accuracy")
    parser.add_argument("--against", metavar="KEY", nargs="*", help="alternatives; none is allowed")
    parser.add_argument("--format", choices=_FORMATS, help="by default as FILE ends")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path)
    return parser
