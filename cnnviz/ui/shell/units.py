"""Numbers as text: counts and bytes in few letters, shares in percent."""

_BELOW_ONE = 1 - 2**-24  # the largest float32 below 1


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


def percent(share: float) -> str:
    """Return a share in percent with one decimal; what is less than all is never "100.0%".

    The rule of `percent` in numbers.js: both are tested with the same cases.
    """
    text = f"{share:.1%}"
    return ">99.9%" if share < 1 and text == "100.0%" else text


def probability(value: float) -> str:
    """Return a probability in percent: a softmax that float32 rounds to 1 is still less than 1."""
    return percent(min(value, _BELOW_ONE))
