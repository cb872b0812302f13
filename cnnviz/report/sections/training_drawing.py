"""Drawing of a training's loss and accuracy over the epochs."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from cnnviz.report.document.blocks import Figure, SvgDrawing, TableCell
from cnnviz.report.sections.svg import BLUE, INK, MUTED, ORANGE, svg_document, text_element
from cnnviz.stats.percentages import percent
from cnnviz.training.runs.history import History, subsample

_WIDTH, _HEIGHT, _GAP = 320, 150, 40  # pixels: of a panel, and between two
_PLOT_WIDTH = _WIDTH - 70  # leaves room for the last value
_MARGIN, _TOP = 8, 26  # pixels left of and above the curves
_MOST_POINTS = 200  # of a line
_PANELS = (("loss", "Loss"), ("accuracy", "Accuracy"))

_CAPTION = (
    "Loss and accuracy over the epochs: on the training digits (thin, blue) and, after each epoch, "
    "on the test digits (thick, orange). The last value of a line is written at its end."
)


class _Line(NamedTuple):
    name: str
    x: list[float]
    y: list[float]
    color: str
    width: float
    below: bool  # whether its last value is written below it


class _Panel(NamedTuple):
    title: str
    percent: bool
    lines: list[_Line]


def training_drawing(history: History, source: str) -> SvgDrawing | None:
    """Return the loss and the accuracy over the epochs; None if no line has two points.

    Its numbers are those of the log: the last value of each line, and the last epoch.

    Args:
        history: of the run.
        source: of its numbers, in words.
    """
    panels = [_panel(history, name, title) for name, title in _PANELS]
    if not any(len(line.x) > 1 for panel in panels for line in panel.lines):
        return None
    elements: list[str] = []
    rows: list[tuple[str, TableCell]] = []
    for index, panel in enumerate(panels):
        panel_elements, panel_rows = _draw_panel(panel, index * (_WIDTH + _GAP), source)
        elements += panel_elements
        rows += panel_rows
    svg = svg_document(2 * _WIDTH + _GAP, _HEIGHT + 52, elements)
    return SvgDrawing(svg, "Loss and accuracy over the epochs", tuple(rows), (_CAPTION,))


def _panel(history: History, name: str, title: str) -> _Panel:
    percent = name == "accuracy"
    training = _points(subsample(history.intervals, _MOST_POINTS), name)
    test = _points(history.epochs, f"test_{name}")
    return _Panel(
        title,
        percent,
        [
            _Line(f"Training {name}, last", *training, BLUE, 1.2, percent),
            _Line(f"Test {name}, last", *test, ORANGE, 2.4, not percent),
        ],
    )


def _points(rows: Sequence[dict[str, Any]], name: str) -> tuple[list[float], list[float]]:
    present = [row for row in rows if row.get(name) is not None]
    return [row["epoch"] for row in present], [row[name] for row in present]


def _draw_panel(
    panel: _Panel, left: float, source: str
) -> tuple[list[str], list[tuple[str, TableCell]]]:
    """Return a panel's elements and the numbers written in it."""
    values = [value for line in panel.lines for value in line.y]
    last = max((value for line in panel.lines for value in line.x), default=1.0)
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    span = (high - low) or 1.0

    def position(x: float, y: float) -> tuple[float, float]:
        across = left + _MARGIN + x / last * _PLOT_WIDTH
        return across, _TOP + (high - y) / span * (_HEIGHT - 14)

    elements = _frame(panel.title, left, last)
    rows: list[tuple[str, TableCell]] = [
        (f"{panel.title}: epochs drawn", (Figure(last, f"{last:.3g}", source),))
    ]
    for line in panel.lines:
        points = [position(x, y) for x, y in zip(line.x, line.y, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        elements.append(
            f'<polyline points="{path}" fill="none" stroke="{line.color}" '
            f'stroke-width="{line.width}"/>'
        )
        if not points:
            continue
        value = line.y[-1]
        text = percent(value, 2) if panel.percent else f"{value:.3g}"
        rows.append((line.name, (Figure(value, text, source),)))
        (x, y), shift = points[-1], (12 if line.below else -2)
        elements.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{line.color}"/>')
        elements.append(text_element(x + 6, y + shift, text, line.color, "start"))
    return elements, rows


def _frame(title: str, left: float, last: float) -> list[str]:
    """Return a panel's title and its horizontal axis from the start to the last epoch."""
    bottom, start, end = _HEIGHT + 22, left + _MARGIN, left + _MARGIN + _PLOT_WIDTH
    unit = "epoch" if last == 1 else "epochs"
    return [
        text_element(start, 14, title, INK, "start"),
        f'<path d="M{start} {bottom}H{end}" stroke="{MUTED}"/>',
        text_element(start, bottom + 14, "start", MUTED, "start"),
        text_element(end, bottom + 14, f"{last:.3g} {unit}", MUTED, "end"),
    ]
