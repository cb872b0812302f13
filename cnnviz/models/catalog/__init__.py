"""The catalog of architectures: one row each, with everything that is needed to use it.

Importing the catalog does not import PyTorch: a row names its builder, and `build` imports it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from cnnviz.models.catalog import attention, basic, convolutional, detection, mobile, residual
from cnnviz.models.catalog.row import Architecture, Paper, Published

__all__ = ["CATALOG", "Architecture", "Paper", "Published", "architecture", "look_up", "of_task"]

_Row = TypeVar("_Row")

_ROWS = (
    *basic.ROWS,
    *convolutional.ROWS,
    *residual.ROWS,
    *mobile.ROWS,
    *attention.ROWS,
    *detection.ROWS,
)

CATALOG: Mapping[str, Architecture] = MappingProxyType({row.key: row for row in _ROWS})


def of_task(task: str) -> dict[str, Architecture]:
    """Return the rows of a task, "classify" one digit or "detect" several, by key."""
    return {key: row for key, row in CATALOG.items() if row.task == task}


def architecture(key: str) -> Architecture:
    """Return the architecture of a key.

    Raises:
        ValueError: if the key is unknown, naming those that exist.
    """
    return look_up(CATALOG, key, "architecture")


def look_up(rows: Mapping[str, _Row], key: str, kind: str) -> _Row:
    """Return the row of a key.

    Args:
        rows: the rows by key.
        key: of the row.
        kind: what the rows are, for the error message.

    Raises:
        ValueError: if the key is unknown, naming those that exist.
    """
    if key not in rows:
        raise ValueError(f"{kind} must be one of {', '.join(rows)}, got {key!r}")
    return rows[key]
