"""Format counts, bytes, sizes and times as short text."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from cnnviz.stats.percentages import percent

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def shorten(number: float, *, figures: int = 4) -> str:
    """Return a count with an SI prefix and that many significant figures: "1.814 G", "416.5 k"."""
    return " ".join(filter(None, _scaled(number, figures)))


def quantity(number: int, noun: str) -> str:
    """Return a count and its noun, in the plural unless it is one: "1 batch", "2,500 batches"."""
    ending = "" if number == 1 else "es" if noun.endswith("tch") else "s"
    return f"{number:,} {noun}{ending}"


def readable(number: float) -> str:
    """Return a number in two figures: "15", "1,200", "0.045", "4.5 × 10⁻¹⁵"."""
    if number == 0 or 1e-3 <= abs(number) < 1e6:
        rounded = float(f"{number:.2g}")
        return f"{rounded:,.0f}" if abs(rounded) >= 10 else f"{rounded:g}"
    factor, exponent = f"{number:.1e}".split("e")
    return f"{factor} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def as_bytes(number: int) -> str:
    """Return an amount of memory with three figures, decimal units: "3.21 MB"."""
    text, prefix = _scaled(number, 3)
    return f"{text} {prefix}B"


def format_pair(pair: tuple[int, int] | tuple[float, float] | None, unknown: str = "–") -> str:
    """Return a size as text: one number if rows and columns agree."""
    if pair is None:
        return unknown
    rows, columns = (f"{value:g}" for value in pair)
    return rows if rows == columns else f"{rows} × {columns}"


def to_the_minute(timestamp: str) -> str:
    """Return a time in ISO 8601 without seconds and offset: "2026-01-02 03:04"."""
    return timestamp[:16].replace("T", " ")


def _scaled(number: float, figures: int) -> tuple[str, str]:
    """Return a number scaled to below a thousand as text, and its SI prefix."""
    value = float(number)
    for prefix in ("", "k", "M"):
        if value < 1000 - 5 * 10 ** (2 - figures):  # else it would round to 1000
            return f"{value:.{figures}g}", prefix
        value /= 1000
    return f"{value:.{figures}g}", "G"


NUMBER_FORMATS: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "count": shorten,
        "bytes": lambda number: as_bytes(int(number)),
        "percent": partial(percent, places=2),
    }
)
