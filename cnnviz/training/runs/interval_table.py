"""The intervals of a run's log as columns of numbers, with a limit on the number of rows.

A line of ResNet-152 has 307 numbers of its layers: 38 kB as dictionaries, 1.3 kB here. The layers'
numbers are float32, the others float64. A table may grow while others read rows of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

MAX_ROWS = 16_384  # 21 MB for ResNet-152
_NEWEST = 64  # rows that are never left out
_SCALARS = ("step", "epoch", "seconds", "loss", "accuracy", "images_per_second", "learning_rate")
_LAYERS = ("gradient_norms", "dead")  # fields that have a number for each layer

_Layout = tuple[tuple[str, ...], ...]  # the fields of a row, and the keys of each of `_LAYERS`


class IntervalTable:
    """Growing columns; beyond a number of rows, older ones are thinned evenly.

    A number that is missing and one that was not finite are both NaN; the layout of a row tells
    them apart.
    """

    def __init__(self, max_rows: int = MAX_ROWS) -> None:
        """Create an empty table.

        Args:
            max_rows: at most, more than twice the newest 64, which are always kept.
        """
        self._max_rows = max_rows
        self._total = 0  # rows added, with those left out since
        self._layouts: dict[_Layout, int] = {}
        self._columns: dict[tuple[str, str], int] = {}  # of a field's layer in the matrix
        self._data = _Data.empty()

    @property
    def nbytes(self) -> int:
        """Bytes of the columns."""
        return self._data.nbytes

    def rows(self) -> "IntervalRows":
        """Return the present rows, which stay as they are while the table grows."""
        return IntervalRows(self._data, tuple(self._layouts), dict(self._columns))

    def extend(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows at the end."""
        for start in range(0, len(rows), self._max_rows // 2):
            block = rows[start : start + self._max_rows // 2]
            if len(self._data) + len(block) > self._max_rows:
                self._thin(self._max_rows - len(block))
            self._append(block)

    def _append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        layouts = [self._layouts.setdefault(layout(row), len(self._layouts)) for row in rows]
        for row in rows:
            for field in _LAYERS:
                for key in row.get(field, ()):
                    self._columns.setdefault((field, key), len(self._columns))
        added = _Data(
            np.arange(self._total, self._total + len(rows), dtype=np.int64),
            np.array(layouts, np.int32),
            np.array([[_number(row.get(name)) for name in _SCALARS] for row in rows], np.float64),
            self._layer_matrix(rows),
        )
        self._total += len(rows)
        self._data = self._data.extended(added)

    def _layer_matrix(self, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float32]:
        """Return the layers' numbers, (rows, columns)."""
        matrix = np.full((len(rows), len(self._columns)), np.nan)
        for line, row in zip(matrix, rows, strict=True):
            for field in _LAYERS:
                for key, value in row.get(field, {}).items():
                    line[self._columns[field, key]] = _number(value)
        with np.errstate(over="ignore"):  # a diverging gradient exceeds float32: infinite there
            return matrix.astype(np.float32)

    def _thin(self, most: int) -> None:
        """Leave out rows until at most `most` are left: every second one, or more."""
        number = self._data.number  # (rows,) of each row since the start of the log
        newest = number >= self._total - _NEWEST
        stride = 2
        while np.count_nonzero(kept := newest | (number % stride == 0)) > most:
            stride *= 2
        self._data = self._data.selected(kept)


class _Data:
    """Arrays with a row for each interval, and some room for more in the same buffers."""

    def __init__(self, *arrays: NDArray[Any], buffers: Sequence[NDArray[Any]] = ()) -> None:
        self.arrays = arrays  # number (n,), layout (n,), scalars (n, 7), layers (n, columns)
        self._buffers = tuple(buffers) or arrays

    @classmethod
    def empty(cls) -> "_Data":
        return cls(
            np.empty(0, np.int64),
            np.empty(0, np.int32),
            np.empty((0, len(_SCALARS)), np.float64),
            np.empty((0, 0), np.float32),
        )

    def __len__(self) -> int:
        return len(self.arrays[0])

    @property
    def nbytes(self) -> int:
        return sum(buffer.nbytes for buffer in self._buffers)

    @property
    def number(self) -> NDArray[np.int64]:
        return self.arrays[0]

    def selected(self, kept: NDArray[np.bool_]) -> "_Data":
        return _Data(*(array[kept] for array in self.arrays))

    def extended(self, added: "_Data") -> "_Data":
        """Return the rows of both; rows that others still read stay at their place."""
        count, total = len(self), len(self) + len(added)
        buffers = [
            _with_room(buffer, count, total, new.shape[1:])
            for buffer, new in zip(self._buffers, added.arrays, strict=True)
        ]
        for buffer, new in zip(buffers, added.arrays, strict=True):
            buffer[count:total] = new
        return _Data(*(buffer[:total] for buffer in buffers), buffers=buffers)


def _with_room(
    buffer: NDArray[Any], count: int, total: int, shape: tuple[int, ...]
) -> NDArray[Any]:
    """Return a buffer for `total` rows of a shape, with the first `count` rows of another one.

    Columns that the other one lacks are NaN.
    """
    if len(buffer) >= total and buffer.shape[1:] == shape:
        return buffer
    room = max(total, len(buffer), total * 5 // 4 if count else total)
    larger = np.empty((room, *shape), buffer.dtype)
    if shape != buffer.shape[1:]:
        larger[:count] = np.nan
    larger[(slice(count), *map(slice, buffer.shape[1:]))] = buffer[:count]
    return larger


class IntervalRows(Sequence[dict[str, Any]]):
    """Rows of a table: dictionaries like those of the log, or columns for the fast way."""

    def __init__(
        self,
        data: _Data,
        layouts: Sequence[_Layout] = (),
        columns: Mapping[tuple[str, str], int] | None = None,
        places: range | None = None,
    ) -> None:
        """Refer to rows of a table.

        Args:
            data: of the table.
            layouts: of its rows.
            columns: place of a field's layer in the matrix of the layers' numbers.
            places: of the rows in the data; all by default.
        """
        self._data, self._layouts, self._columns = data, layouts, columns or {}
        self._places = range(len(data)) if places is None else places

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> "IntervalRows": ...
    def __getitem__(self, place: int | slice) -> "dict[str, Any] | IntervalRows":
        """Return a row as it is in the log, or some rows."""
        if isinstance(place, slice):
            return IntervalRows(self._data, self._layouts, self._columns, self._places[place])
        return self._row(self._places[place])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the rows as they are in the log."""
        return map(self._row, self._places)

    def __eq__(self, other: object) -> bool:
        """Tell whether another sequence has equal rows."""
        return isinstance(other, Sequence) and list(self) == list(other)

    def column(self, name: str, key: str | None = None) -> NDArray[Any]:
        """Return one number of each row, (rows,), NaN where there is none."""
        _, _, scalars, layers = self._data.arrays
        stop = self._places.stop if self._places.stop >= 0 else None  # backward to the first row
        place = slice(self._places.start, stop, self._places.step)
        if key is None and name in _SCALARS:
            return scalars[place, _SCALARS.index(name)]
        if key is not None and (name, key) in self._columns:
            return layers[place, self._columns[name, key]]
        return np.full(len(self), np.nan)

    def keys(self, name: str) -> list[str]:
        """Return the layers that a field has a number for, in order of first appearance."""
        present = {self._layouts[i] for i in np.unique(self._data.arrays[1][self._places])}
        return [
            key
            for field, key in self._columns
            if field == name and any(key in layout[1 + _LAYERS.index(name)] for layout in present)
        ]

    def _row(self, place: int) -> dict[str, Any]:
        _, layouts, scalars, layers = self._data.arrays
        fields, *layer_keys = self._layouts[layouts[place]]
        numbers = dict(zip(_SCALARS, scalars[place].tolist(), strict=True))
        row: dict[str, Any] = {"kind": "interval"}
        for name in fields:
            if name in _SCALARS:
                row[name] = None if np.isnan(numbers[name]) else numbers[name]
            else:
                keys = layer_keys[_LAYERS.index(name)]
                values = layers[place, [self._columns[name, key] for key in keys]].tolist()
                row[name] = {k: _value(v) for k, v in zip(keys, values, strict=True)}
        if "step" in row:
            row["step"] = int(row["step"])
        return row


def layout(row: Mapping[str, Any]) -> _Layout:
    """Return the fields of an event that a table keeps, and the layers of each field with some."""
    fields = tuple(name for name in row if name in _SCALARS or name in _LAYERS)
    return fields, *(tuple(row.get(name, ())) for name in _LAYERS)


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _value(number: float) -> float | None:
    return None if np.isnan(number) else number
