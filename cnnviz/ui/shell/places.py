"""Places in an image in words."""

import numpy as np
from numpy.typing import NDArray


def place(down: float, right: float) -> str:
    """Return a place, both coordinates from 0 to 1 (exclusive), as one of nine."""
    vertical = ("upper", "", "lower")[int(3 * down)]
    horizontal = ("left", "", "right")[int(3 * right)]
    if not vertical and not horizontal:
        return "middle"
    return " ".join(filter(None, (vertical or "middle", horizontal or "middle")))


def place_of_largest(values: NDArray[np.float32]) -> str:
    """Return where the largest value of a map (H, W) is, as one of nine places."""
    rows, columns = values.shape
    row, column = divmod(int(values.argmax()), columns)
    return place(row / rows, column / columns)
