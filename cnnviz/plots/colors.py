"""Colors of all charts and maps, for the light and the dark theme.

Ink has one polarity, on every page and in both themes: white on black, as the drawing pad shows it
and as the networks receive it, 0 for black and 255 for ink. Magnitudes use a sequential scale: zero
has the page's color, larger values contrast with it. Signed values use a diverging scale, blue
above zero and vermilion below. Categories use the palette of Okabe and Ito, which color-blind
people can tell apart.
"""

import numpy as np
from numpy.typing import NDArray

THEMES = ("light", "dark")
_LIMIT = 0.995  # quantile at which a scale ends; the few values above it would darken the others

_Themed = dict[str, tuple[str, ...]]

_INK: _Themed = dict.fromkeys(THEMES, ("#000000", "#ffffff"))
_SEQUENTIAL: _Themed = {
    "light": ("#eef2f7", "#a9cfe8", "#3d95c9", "#00588f", "#001f3d"),
    "dark": ("#1a212c", "#004a7a", "#1f86c4", "#6cc5f0", "#f4fbff"),
}
_DIVERGING: _Themed = {  # from the most negative to the most positive
    "light": ("#9c3d00", "#e07b3a", "#f5d2ba", "#f5f5f5", "#b7d7ec", "#4398d0", "#00558a"),
    "dark": ("#ffb787", "#dd6f22", "#6b350f", "#1c2026", "#0f416b", "#318fd2", "#a3d8ff"),
}
_SCALES = {
    "ink": _INK,
    "sequential": _SEQUENTIAL,
    "diverging": _DIVERGING,
}

# Okabe & Ito 2008, "Color Universal Design", https://jfly.uni-koeln.de/color/
CATEGORICAL = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#d55e00",
    "#56b4e9",
    "#f0e442",
    "#999999",
)

TEXT = {"light": "#3d434b", "dark": "#c5cad3"}  # of charts, contrast at least 4.5:1 with the page

# one per digit, contrast at least 3:1 with the page; the digit itself is always written too
DIGIT_COLORS: _Themed = {
    "light": (
        *("#0072b2", "#b85c00", "#00795c", "#b03f8c", "#a32c2c"),
        *("#0093ad", "#6b6f00", "#5b3fb0", "#5f6670", "#1f1f1f"),
    ),
    "dark": (
        *("#56b4e9", "#f0a030", "#2fc99a", "#f08ac8", "#ff7a6b"),
        *("#a4dcff", "#d8d84a", "#b9a2ff", "#a6adb8", "#f5f5f5"),
    ),
}

# those with enough contrast on a light and on a dark page, without the gray for all the rest
LINES = tuple(color for color in CATEGORICAL if color not in ("#f0e442", "#999999"))
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")


def line_style(index: int) -> dict[str, str]:
    """Return color and dash of the line at an index; 24 lines differ in one or the other."""
    return {
        "color": LINES[index % len(LINES)],
        "dash": DASHES[index // len(LINES) % len(DASHES)],
    }


def marker_symbol(index: int) -> str:
    """Return the marker symbol of the line at an index."""
    return SYMBOLS[(index + index // len(LINES)) % len(SYMBOLS)]


def with_opacity(color: str, opacity: float) -> str:
    """Return the color "#rrggbb" with an opacity from 0 to 1."""
    return "rgba({}, {}, {}, {:g})".format(*rgb(color), opacity)


def anchors(scale: str, theme: str) -> tuple[str, ...]:
    """Return the evenly spaced colors that define a scale, as "#rrggbb".

    Args:
        scale: "ink", "sequential" or "diverging".
        theme: "light" or "dark".

    Raises:
        ValueError: if either is unknown.
    """
    if scale not in _SCALES:
        raise ValueError(f"scale must be one of {', '.join(_SCALES)}, got {scale!r}")
    if theme not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}, got {theme!r}")
    return _SCALES[scale][theme]


def lookup_table(scale: str, theme: str) -> NDArray[np.uint8]:
    """Return a scale as a lookup table of 256 colors, uint8, (256, 3)."""
    colors = np.array([rgb(color) for color in anchors(scale, theme)], float)
    positions = np.linspace(0, len(colors) - 1, 256)
    channels = [np.interp(positions, np.arange(len(colors)), colors[:, i]) for i in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)  # (256, 3)


def lookup_tables(*scales: str) -> dict[str, NDArray[np.uint8]]:
    """Return the lookup tables of scales in both themes, keyed "<scale>-<theme>"."""
    return {f"{scale}-{theme}": lookup_table(scale, theme) for scale in scales for theme in THEMES}


def plotly_scale(scale: str, theme: str) -> list[list[float | str]]:
    """Return a scale as Plotly's `colorscale`."""
    colors = anchors(scale, theme)
    return [[i / (len(colors) - 1), color] for i, color in enumerate(colors)]


def scale_limit(*values: NDArray[np.floating]) -> float:
    """Return the end of one scale for all these arrays: a high quantile of their magnitudes."""
    magnitudes = np.concatenate([np.abs(array).ravel() for array in values])
    return float(np.quantile(magnitudes, _LIMIT))


def rgb(color: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of "#rrggbb"."""
    value = int(color.removeprefix("#"), 16)
    return value >> 16, value >> 8 & 255, value & 255
