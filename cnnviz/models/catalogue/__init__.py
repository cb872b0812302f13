"""The architectures: one row each, which carries all that a page needs to use it.

Importing the catalogue does not import PyTorch: a row names its builder and `build` fetches it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from cnnviz.models.catalogue import attention, basic, convolutional, detection, mobile, residual
from cnnviz.models.catalogue.architecture import Architecture, Paper, Published

__all__ = ["CATALOGUE", "Architecture", "Paper", "Published", "architecture", "of_task"]

_ROWS = (
    *basic.ROWS,
    *convolutional.ROWS,
    *residual.ROWS,
    *mobile.ROWS,
    *attention.ROWS,
    *detection.ROWS,
)

CATALOGUE: Mapping[str, Architecture] = MappingProxyType({row.key: row for row in _ROWS})


def of_task(task: str) -> dict[str, Architecture]:
    """Return the rows that "classify" one digit, or that "detect" several, by key."""
    return {key: row for key, row in CATALOGUE.items() if row.task == task}


def architecture(key: str) -> Architecture:
    """Return the row of that key.

    Raises:
        ValueError: if there is none, naming those there are.
    """
    try:
        return CATALOGUE[key]
    except KeyError:
        raise ValueError(f"unknown architecture {key!r}: choose {', '.join(CATALOGUE)}") from None
