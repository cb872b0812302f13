"""SVG elements and colors of the report's drawings."""

from collections.abc import Sequence
from html import escape

# CSS variables of the report's style sheet, by theme; the value after the comma is the fallback
INK, MUTED = "var(--ink, #1c2430)", "var(--muted, #5a6472)"
BLUE, ORANGE = "var(--accent, #0b5cad)", "var(--warm, #c2570c)"


def text_element(x: float, y: float, text: str, color: str, anchor: str = "middle") -> str:
    """Return a `<text>` element with its text escaped."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{escape(text)}</text>'
    )


def svg_document(width: float, height: float, elements: Sequence[str]) -> str:
    """Return an `<svg>` element of that size in pixels."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" font-size="11" '
        f'font-family="inherit">{"".join(elements)}</svg>'
    )
