"""Places in an image in words."""


def place(down: float, right: float) -> str:
    """Return a place, both coordinates from 0 to 1 (exclusive), as one of nine."""
    vertical = ("upper", "", "lower")[int(3 * down)]
    horizontal = ("left", "", "right")[int(3 * right)]
    if not vertical and not horizontal:
        return "middle"
    return " ".join(filter(None, (vertical or "middle", horizontal or "middle")))
