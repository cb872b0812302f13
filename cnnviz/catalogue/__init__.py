"""The architectures: one row each, which carries all that a page needs to use it.

Importing the catalogue does not import PyTorch: a row names its builder and `build` fetches it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from cnnviz.catalogue import convolutional, first, mobile, residual
from cnnviz.catalogue.row import Architecture, Paper, Published

__all__ = ["CATALOGUE", "Architecture", "Paper", "Published", "architecture"]

_ROWS = (*first.ROWS, *convolutional.ROWS, *residual.ROWS, *mobile.ROWS)

CATALOGUE: Mapping[str, Architecture] = MappingProxyType({row.key: row for row in _ROWS})


def architecture(key: str) -> Architecture:
    """Return the row of that key.

    Raises:
        ValueError: if there is none, naming those there are.
    """
    try:
        return CATALOGUE[key]
    except KeyError:
        raise ValueError(f"unknown architecture {key!r}: choose {', '.join(CATALOGUE)}") from None
