"""Drawings in a report: the architecture and the training, as SVG without a script."""

import math
from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Any, NamedTuple

from cnnviz.models.structure.shapes import Shape
from cnnviz.report.document.blocks import Cell, Drawing, Figure
from cnnviz.training.runs.history import History, thin

_SILENT = ("ReLU", "Hardswish", "GELU", "Dropout", "BatchNorm2d", "LayerNorm", "Flatten")
# the report's style sheet sets these, by the theme; what is behind the comma holds without it
_INK, _MUTED = "var(--ink, #1c2430)", "var(--muted, #5a6472)"
_BLUE, _ORANGE = "var(--accent, #0b5cad)", "var(--warm, #c2570c)"
_SLOT, _ROW, _TALL = 84, 180, 96  # pixels of a block's place, of a row, and of the largest maps
_ACROSS = 9  # blocks in a row, at most
_LETTERS = 13  # that fit into a block's place
_WIDE, _HIGH, _GAP = 320, 150, 40  # of a chart, and between two
_MOST = 200  # points of a line


class Block(NamedTuple):
    """Layers one behind the other that put out arrays of one size.

    Attributes:
        kind: class of the first that learns, or of the first.
        times: how many of that class there are.
        size: of one example.
    """

    kind: str
    times: int
    size: tuple[int, ...]


def blocks(outline: Sequence[Shape]) -> list[Block]:
    """Return the blocks of a network; the first is its input."""
    found = []
    for size, run in groupby(outline, key=lambda shape: shape.size):
        kinds = [shape.kind or "input" for shape in run]
        told = [kind for kind in kinds if kind not in _SILENT] or kinds
        found.append(Block(told[0], told.count(told[0]), size))
    return found


def architecture_drawing(outline: Sequence[Shape], source: str) -> Drawing:
    """Return a network's blocks in their order, the side of each as large as its maps.

    Args:
        outline: the shapes along its trunk.
        source: of the sizes, in words.
    """
    found = blocks(outline)
    largest = max(_side(block.size) for block in found)
    rows = -(-len(found) // _ACROSS)
    across = -(-len(found) // rows)
    parts: list[str] = []
    named: list[tuple[str, Cell]] = []
    for place, block in enumerate(found):
        x, y = place % across * _SLOT, place // across * _ROW
        size = " × ".join(map(str, block.size))
        told: Cell = (Figure(size, size, source),)
        if block.times > 1:
            told += (", ", Figure(block.times, str(block.times), source), " of them")
        named.append((block.kind, told))
        tall = max(_TALL * _side(block.size) / largest, 5)
        wide = min(4 + 5 * math.log2(block.size[0] if len(block.size) == 3 else 2), 56)
        middle = x + _SLOT / 2
        parts.append(
            f'<rect x="{middle - wide / 2:.1f}" y="{y + 8 + (_TALL - tall) / 2:.1f}" '
            f'width="{wide:.1f}" height="{tall:.1f}" rx="2" fill="{_FILL[len(block.size)]}" '
            f'stroke="{_BLUE}"/>'
            + _text(middle, y + _TALL + 26, _short(block.kind), _INK)
            + _text(middle, y + _TALL + 41, size, _MUTED)
        )
        if block.times > 1:
            times = f"{block.times} of them"
            parts.append(_text(middle, y + _TALL + 55, times, _MUTED))
        if place + 1 < len(found) and (place + 1) % across:
            parts.append(_arrow(middle + wide / 2 + 3, y + 8 + _TALL / 2))
    alt = ", then ".join(f"{b.kind} of {' × '.join(map(str, b.size))}" for b in found)
    caption = (
        "Each block is as high as its maps, and the wider the more of them there are; a list of "
        "tokens is as high as the map that they are cut from, a plain vector is a thin bar. Layers "
        "that leave the size as it is stand for one block. Below each: channels, height and width."
    )
    return Drawing(
        _svg(across * _SLOT, rows * _ROW - 14, parts),
        f"The network: {alt}",
        tuple(named),
        (caption,),
    )


_FILL = {3: "#cfe2f6", 2: "#d9ecd9", 1: "#f6e7c8"}  # maps, tokens, a vector


def _side(size: tuple[int, ...]) -> float:
    """Return the height of maps, of the map that tokens are cut from, or of a vector."""
    if len(size) == 3:
        return size[1]
    return math.sqrt(size[0]) if len(size) == 2 else math.log2(size[0] + 1)


def _short(text: str) -> str:
    text = text.removeprefix("Adaptive")
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


def _arrow(start: float, y: float) -> str:
    return f'<path d="M{start + 2:.1f} {y:.1f}h9m-4 -4l4 4l-4 4" fill="none" stroke="{_MUTED}"/>'


def training_drawing(history: History, source: str) -> Drawing | None:
    """Return the curves of a training: loss and accuracy over passes; None without two points.

    Every number in it is one of the log: the last of each line, and the last pass.

    Args:
        history: of the run.
        source: of its numbers, in words.
    """
    panels = [_panel(history, name, title) for name, title in _PANELS]
    if not any(len(line.x) > 1 for panel in panels for line in panel.lines):
        return None
    parts: list[str] = []
    rows: list[tuple[str, Cell]] = []
    for place, panel in enumerate(panels):
        drawn, told = _chart(panel, place * (_WIDE + _GAP), source)
        parts += drawn
        rows += told
    caption = (
        "Its training, over passes through the digits: thin and blue while it trained, thick and "
        "orange on the test digits after each pass. A line's last value stands at its end."
    )
    alt = "Loss and accuracy over the passes through the digits"
    return Drawing(_svg(2 * _WIDE + _GAP, _HIGH + 52, parts), alt, tuple(rows), (caption,))


_PANELS = (("loss", "Loss"), ("accuracy", "Accuracy"))


class _Line(NamedTuple):
    name: str
    x: list[float]
    y: list[float]
    color: str
    width: float
    below: bool  # its numbers stand below it


class _Panel(NamedTuple):
    title: str
    share: bool
    lines: list[_Line]


def _panel(history: History, name: str, title: str) -> _Panel:
    share = name == "accuracy"
    training = _points(thin(history.intervals, _MOST), name)
    tested = _points(history.epochs, f"test_{name}")
    return _Panel(
        title,
        share,
        [
            _Line(f"{title} while training, last", *training, _BLUE, 1.2, share),
            _Line(f"{title} on the test digits, last", *tested, _ORANGE, 2.4, not share),
        ],
    )


def _points(rows: list[dict[str, Any]], name: str) -> tuple[list[float], list[float]]:
    known = [row for row in rows if row.get(name) is not None]
    return [row["epoch"] for row in known], [row[name] for row in known]


def _chart(panel: _Panel, left: float, source: str) -> tuple[list[str], list[tuple[str, Cell]]]:
    every = [value for line in panel.lines for value in line.y]
    last = max((value for line in panel.lines for value in line.x), default=1.0)
    low, high = (min(every), max(every)) if every else (0.0, 1.0)
    reach = (high - low) or 1.0

    def at(x: float, y: float) -> tuple[float, float]:
        return left + 8 + x / last * (_WIDE - 70), 26 + (high - y) / reach * (_HIGH - 14)

    parts = [_text(left + 8, 14, panel.title, _INK, "start")]
    foot = _HIGH + 22
    parts.append(f'<path d="M{left + 8} {foot}H{left + _WIDE - 62}" stroke="{_MUTED}"/>')
    rows: list[tuple[str, Cell]] = [
        (f"{panel.title}: passes drawn", (Figure(last, f"{last:.3g}", source),))
    ]
    parts.append(_text(left + 8, foot + 14, "start", _MUTED, "start"))
    parts.append(
        _text(
            left + _WIDE - 62,
            foot + 14,
            f"{last:.3g} {'pass' if last == 1 else 'passes'}",
            _MUTED,
            "end",
        )
    )
    for line in panel.lines:
        spots = [at(x, y) for x, y in zip(line.x, line.y, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{line.color}" '
            f'stroke-width="{line.width}"/>'
        )
        if not spots:
            continue
        value = line.y[-1]
        text = f"{value:.2%}" if panel.share else f"{value:.3g}"
        rows.append((line.name, (Figure(value, text, source),)))
        (x, y), shift = spots[-1], (12 if line.below else -2)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{line.color}"/>')
        parts.append(_text(x + 6, y + shift, text, line.color, "start"))
    return parts, rows


def _text(x: float, y: float, text: str, color: str, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{escape(text)}</text>'
    )


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" font-size="11" '
        f'font-family="inherit">{"".join(parts)}</svg>'
    )
