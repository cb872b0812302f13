"""Shares and probabilities as text in percent, by one rule for what rounds to 100%."""

_BELOW_ONE = 1 - 2**-24  # the largest float32 below 1


def percent(share: float, places: int = 1) -> str:
    """Return a share in percent; ">99.9%" if it only rounds to 100%.

    `percent` in numbers.js follows the same rule; both are tested with the same cases.

    Args:
        share: 0 to 1.
        places: decimals.
    """
    text = f"{share:.{places}%}"
    if share < 1 and text == f"{1:.{places}%}":
        return f">{100 - 10**-places:.{places}f}%"
    return text


def probability(value: float, places: int = 1) -> str:
    """Return a probability in percent; a softmax that float32 rounds to 1 is shown as ">99.9%"."""
    return percent(min(value, _BELOW_ONE), places)
