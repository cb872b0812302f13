"""Parts of README.md that scripts write, each between two markers."""

from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def replace_between(text: str, start: str, end: str, part: str) -> str:
    """Return a document with the part between two markers replaced.

    Raises:
        ValueError: if a marker is missing.
    """
    before, start_found, rest = text.partition(start)
    _, end_found, after = rest.partition(end)
    if not (start_found and end_found):
        raise ValueError(f"the README must hold {start.strip()} and, below it, {end.strip()}")
    return f"{before}{start}{part}{end}{after}"


def write_between(start: str, end: str, part: str) -> None:
    """Replace the part of the README between two markers.

    Raises:
        ValueError: if a marker is missing.
    """
    text = README.read_text(encoding="utf-8")
    README.write_text(replace_between(text, start, end, part), encoding="utf-8")
