"""Receptive fields as boxes on a source map, made from intervals of rows and columns."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from cnnviz.inspection.receptive_field.intervals import Array


class Boxes(Mapping[str, NDArray[np.int32]]):
    """The receptive fields of a layer's units as boxes on each source, int32, (h, w, 4).

    A box is first row, first column, last row, last column, all inclusive and inside the source's
    map; an empty one is (0, 0, -1, -1). Boxes are computed on access.
    """

    def __init__(
        self, grid: tuple[int, int], rows: Array, columns: Array, slots: Mapping[str, int]
    ) -> None:
        """Store first and -last, (2, S, h or 1, w or 1), and the sources' indices among the S."""
        self.grid = grid
        self._rows, self._columns = rows, columns
        self._slots = dict(slots)

    def __getitem__(self, source: str) -> NDArray[np.int32]:
        """Return the boxes on one source's map, (h, w, 4)."""
        slot = self._slots[source]
        shape = (2, *self.grid)
        rows = np.broadcast_to(self._rows[:, slot], shape).astype(np.int32)  # (2, h, w)
        columns = np.broadcast_to(self._columns[:, slot], shape).astype(np.int32)  # (2, h, w)
        boxes = np.stack([rows[0], columns[0], -rows[1], -columns[1]], axis=-1)  # (h, w, 4)
        boxes[(boxes[..., 2] < boxes[..., 0]) | (boxes[..., 3] < boxes[..., 1])] = (0, 0, -1, -1)
        return boxes

    def __iter__(self) -> Iterator[str]:
        """Yield the sources' names."""
        return iter(self._slots)

    def __len__(self) -> int:
        """Return the number of sources."""
        return len(self._slots)
