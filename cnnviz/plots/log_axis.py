"""Logarithmic axes with round tick labels and room at both ends."""

import math
from collections.abc import Sequence
from typing import Any

_PREFIXES = {-9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
_MAX_TICKS = 12
_FINER = (1, 2, 5, 10, 20, 50, 100)  # parts of a unit, tried where fewer than two ticks fit


def log_axis(
    values: Sequence[float], *, room: float = 1.6, prefixes: bool = True, most: int = _MAX_TICKS
) -> dict[str, Any]:
    """Return Plotly's settings for a logarithmic axis that covers the values.

    Args:
        values: what is drawn, above zero.
        room: factor by which the axis extends beyond the values.
        prefixes: write 2,000,000 as "2 M" instead of the plain number.
        most: number of ticks above which only powers of ten are labeled.
    """
    if not values:
        return {"type": "log"}
    low, high = min(values) / room, max(values) * room
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1,)):
        ticks = [s * 10.0**p for p in powers for s in steps if low <= s * 10.0**p <= high]
        if len(ticks) <= most:
            break
    for parts in _FINER:
        if len(ticks) >= 2:
            break
        steps_of_decade = [step / parts for step in range(parts, 10 * parts)]
        ticks = [s * 10.0**p for p in powers for s in steps_of_decade if low <= s * 10.0**p <= high]
    return {
        "type": "log",
        "range": [math.log10(low), math.log10(high)],
        "tickvals": ticks,
        "ticktext": [with_si_prefix(tick) if prefixes else f"{tick:g}" for tick in ticks],
    }


def with_si_prefix(value: float) -> str:
    """Return a number above zero with an SI prefix: "20 k"."""
    power = 3 * math.floor(math.log10(value * 1.0000001) / 3)
    power = min(max(power, -9), 12)
    return f"{value / 10.0**power:.3g} {_PREFIXES[power]}".strip()
