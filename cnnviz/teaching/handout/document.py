"""A page to hand in as one HTML file, readable offline, with values under the pointer."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.inspection.activations.forward_pass import ranking
from cnnviz.inspection.unit_arithmetic.results import Convolved
from cnnviz.stats.percentages import probability
from cnnviz.teaching.handout.contents import Answer, Handout, LayerMaps

_STYLE = (Path(__file__).parent / "handout.css").read_text(encoding="utf-8")
_SCRIPT = (Path(__file__).parent / "handout.js").read_text(encoding="utf-8")
_CURVE_WIDTH, _CURVE_HEIGHT = 420, 150  # pixels
_LIMIT = 0.995  # quantile at which a scale ends, as on the pages

Colors = Mapping[str, NDArray[np.uint8]]


def handout_html(handout: Handout, colors: Colors) -> str:
    """Return the page as a complete HTML document that loads nothing.

    Args:
        handout: what is on the page.
        colors: tables of 256 colors, uint8, (256, 3), by "ink", "sequential" and "diverging".
    """
    title, version = map(escape, handout.network)
    author = f"<p>Handed in by <b>{escape(handout.author)}</b></p>" if handout.author else ""
    parts = [
        _digit(handout, colors),
        *(_layer(layer, colors) for layer in handout.layers),
        _unit(handout.unit) if handout.unit else "",
        _curves(handout),
        _answers(handout.answers),
        _notes(handout.notes),
    ]
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; img-src data:; "
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
        f"<title>{title}: a digit on its way</title><style>{_STYLE}</style></head><body>"
        f"<h1>A digit on its way through {title}</h1>{author}"
        f"<p class='muted'>{escape(handout.date)}. Weights {version}. All numbers were computed "
        f"from this network and this image by cnnviz.</p>{''.join(parts)}"
        f"<script>{_SCRIPT}</script></body></html>"
    )


def _digit(handout: Handout, colors: Colors) -> str:
    first, second, *_ = ranking(handout.probabilities)
    bars = "".join(
        f"<tr><th>{digit}</th><td><div class='bar' style='width:{100 * share:.2f}%'></div></td>"
        f"<td>{probability(float(share))}</td></tr>"
        for digit, share in enumerate(handout.probabilities)
    )
    pixels = handout.image[0] / np.float32(255)  # (28, 28) in [0, 1]
    picture = _picture(pixels, colors["ink"], (0, 1), "The digit, 28 by 28 pixels")
    return (
        f"<section><h2>The digit</h2><div class='row'>{picture}<div><p>{escape(handout.source)}</p>"
        f"<p>The network answers <b>{first}</b>, then {second}.</p>"
        f"<table class='bars'>{bars}</table></div></div></section>"
    )


def _layer(layer: LayerMaps, colors: Colors) -> str:
    signed = bool((layer.values < 0).any())
    limit = float(np.quantile(np.abs(layer.values), _LIMIT))
    table = colors["diverging" if signed else "sequential"]
    ends = (-limit if signed else 0.0, limit)
    shape = " × ".join(map(str, layer.shape))
    pictures = "".join(
        f"<figure>{_picture(values, table, ends, '')}"
        f"<figcaption>channel {channel}</figcaption></figure>"
        for channel, values in zip(layer.channels, layer.values, strict=True)
    )
    low = f"{-limit:.3g}" if signed else "0"
    return (
        f"<section><h2>{escape(layer.role.capitalize())}: <code>{escape(layer.layer)}</code></h2>"
        f"<p>{shape} values. The {len(layer.channels)} maps with the largest magnitude, on one "
        f"scale from {low} to {limit:.3g}.</p><div class='row'>{pictures}</div></section>"
    )


def _unit(unit: Convolved) -> str:
    rows = []
    for i, channel in enumerate(unit.channels):
        tables = " ".join(
            f"<figure><table class='numbers'>{_cells(values[i])}</table>"
            f"<figcaption>{name}</figcaption></figure>"
            for name, values in (
                ("patch", unit.patches),
                ("× kernel", unit.kernels),
                ("= products", unit.products),
            )
        )
        rows.append(
            f"<div class='row'><span>input channel {channel}</span>{tables}"
            f"<span>sum {unit.sums[i]:.5f}</span></div>"
        )
    place = f"channel {unit.unit.channel}, row {unit.unit.row}, column {unit.unit.column}"
    return (
        f"<section><h2>One unit worked out: <code>{escape(unit.layer)}</code>, {place}</h2>"
        f"{''.join(rows)}<p>Sum of all products + bias {unit.bias:.5f} = "
        f"<b>{unit.value:.5f}</b>; the network computes {unit.tensor:.5f}.</p></section>"
    )


def _cells(values: NDArray[np.float64]) -> str:
    return "".join(
        f"<tr>{''.join(f'<td>{value:.3f}</td>' for value in row)}</tr>" for row in values
    )


def _curves(handout: Handout) -> str:
    drawings = "".join(
        _curve(name, points) for name, points in handout.curves.items() if len(points) > 1
    )
    return f"<section><h2>The training</h2><div class='row'>{drawings}</div></section>" * bool(
        drawings
    )


def _curve(name: str, points: Sequence[tuple[float, float]]) -> str:
    finite = [(x, y) for x, y in points if np.isfinite(y)]
    if len(finite) < 2:
        return ""
    x, y = (np.array(axis, float) for axis in zip(*finite, strict=True))
    low, high, last = float(y.min()), float(y.max()), float(x.max())
    across = x / (last or 1) * (_CURVE_WIDTH - 20) + 10
    up = (high - y) / ((high - low) or 1) * (_CURVE_HEIGHT - 30) + 10
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, up, strict=True))
    return (
        f"<figure><svg viewBox='0 0 {_CURVE_WIDTH} {_CURVE_HEIGHT}' width='{_CURVE_WIDTH}' "
        f"role='img' aria-label='{escape(name)}'><polyline points='{path}'/></svg>"
        f"<figcaption>{escape(name)}: from {y[0]:.4g} to {y[-1]:.4g} in {last:.3g} epochs; lowest "
        f"{low:.4g}, highest {high:.4g}</figcaption></figure>"
    )


def _answers(answers: Sequence[Answer]) -> str:
    if not answers:
        return ""
    right = sum(answer.right for answer in answers)
    items = "".join(
        f"<li><p><b>{escape(answer.topic)}.</b> {escape(answer.stem)}</p><p>Predicted: "
        f"{escape(answer.chosen)}{' ✓' if answer.right else ''}. Computed: "
        f"<b>{escape(answer.correct)}</b>. {escape(answer.explanation)}</p></li>"
        for answer in answers
    )
    heading = f"<h2>Predictions: {right} of {len(answers)} correct</h2>"
    return f"<section>{heading}<ol>{items}</ol></section>"


def _notes(notes: str) -> str:
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in notes.splitlines() if line.strip())
    return f"<section><h2>Notes</h2>{paragraphs}</section>" if paragraphs else ""


def _picture(
    values: NDArray[np.float32], table: NDArray[np.uint8], ends: tuple[float, float], text: str
) -> str:
    """Return a map as an image whose values the pointer shows.

    Args:
        values: (H, W).
        table: of colors, (256, 3).
        ends: values of the first and the last color.
        text: for readers who do not see it.
    """
    low, high = ends
    shares = np.clip((values - low) / ((high - low) or 1), 0, 1)
    colors = table[(255 * shares).round().astype(np.uint8)]  # (H, W, 3)
    file = io.BytesIO()
    Image.fromarray(colors).save(file, "PNG")
    source = base64.b64encode(file.getvalue()).decode()
    numbers = escape(json.dumps([[float(f"{v:.4g}") for v in row] for row in values]), quote=True)
    return (
        f'<img class="map" alt="{escape(text)}" src="data:image/png;base64,{source}" '
        f'data-values="{numbers}">'
    )
