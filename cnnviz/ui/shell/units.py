"""Large numbers in few letters."""


def shorten(number: float, *, figures: int = 4) -> str:
    """Return a count with so many figures: "1.814 G", "416.5 k"."""
    return " ".join(filter(None, _scaled(number, figures)))


def as_bytes(number: int) -> str:
    """Return an amount of memory with three figures, decimal units: "3.21 MB"."""
    text, prefix = _scaled(number, 3)
    return f"{text} {prefix}B"


def _scaled(number: float, figures: int) -> tuple[str, str]:
    """Return a number below a thousand as text, and the prefix that it is counted in."""
    value = float(number)
    for prefix in ("", "k", "M"):
        if value < 1000 - 5 * 10 ** (2 - figures):  # what would be rounded to a thousand goes on
            return f"{value:.{figures}g}", prefix
        value /= 1000
    return f"{value:.{figures}g}", "G"
