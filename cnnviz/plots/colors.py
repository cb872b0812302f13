"""What color means: the one place where colors are chosen.

Magnitude is sequential: zero fades into the page and more stands out from it. A signed value
diverges around zero, blue above and vermilion below. Classes are Okabe and Ito's palette, which
the color-blind can tell apart. Each scale exists for the light and for the dark theme.
"""

import numpy as np
from numpy.typing import NDArray

THEMES = ("light", "dark")

_Themed = dict[str, tuple[str, ...]]

_INK: _Themed = {  # the digit itself: ink against paper
    "light": ("#ffffff", "#000000"),
    "dark": ("#000000", "#ffffff"),
}
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

# one for each digit, at least 3:1 against the page; who cannot tell them apart reads the digit
DIGITS: _Themed = {
    "light": (
        *("#0072b2", "#b85c00", "#00795c", "#b03f8c", "#a32c2c"),
        *("#0093ad", "#6b6f00", "#5b3fb0", "#5f6670", "#1f1f1f"),
    ),
    "dark": (
        *("#56b4e9", "#f0a030", "#2fc99a", "#f08ac8", "#ff7a6b"),
        *("#a4dcff", "#d8d84a", "#b9a2ff", "#a6adb8", "#f5f5f5"),
    ),
}

# of those, the ones that stand out from a light and from a dark page, gray kept for the rest
LINES = tuple(color for color in CATEGORICAL if color not in ("#f0e442", "#999999"))
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")


def line_style(place: int) -> dict[str, str]:
    """Return color and dash of the line at a place; 24 lines differ in one or the other."""
    return {
        "color": LINES[place % len(LINES)],
        "dash": DASHES[place // len(LINES) % len(DASHES)],
    }


def symbol(place: int) -> str:
    """Return the marker that goes with the line at a place."""
    return SYMBOLS[(place + place // len(LINES)) % len(SYMBOLS)]


def see_through(color: str, opacity: float) -> str:
    """Return "#rrggbb" as a color that what lies below shines through."""
    return "rgba({}, {}, {}, {:g})".format(*rgb(color), opacity)


def anchors(scale: str, theme: str) -> tuple[str, ...]:
    """Return the colors at even steps along a scale, as "#rrggbb".

    Args:
        scale: "ink", "sequential" or "diverging".
        theme: "light" or "dark".

    Raises:
        ValueError: if either is unknown.
    """
    if scale not in _SCALES:
        raise ValueError(f"unknown scale {scale!r}: choose {', '.join(_SCALES)}")
    if theme not in THEMES:
        raise ValueError(f"unknown theme {theme!r}: choose {', '.join(THEMES)}")
    return _SCALES[scale][theme]


def table(scale: str, theme: str) -> NDArray[np.uint8]:
    """Return a scale as 256 colors, (256, 3), to look values up in."""
    colors = np.array([rgb(color) for color in anchors(scale, theme)], float)
    place = np.linspace(0, len(colors) - 1, 256)
    channels = [np.interp(place, np.arange(len(colors)), colors[:, i]) for i in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


def tables(*scales: str) -> dict[str, NDArray[np.uint8]]:
    """Return scales for both themes as tables, by "<scale>-<theme>": what a component needs."""
    return {f"{scale}-{theme}": table(scale, theme) for scale in scales for theme in THEMES}


def plotly_scale(scale: str, theme: str) -> list[list[float | str]]:
    """Return a scale as Plotly's `colorscale`."""
    colors = anchors(scale, theme)
    return [[i / (len(colors) - 1), color] for i, color in enumerate(colors)]


def rgb(color: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of "#rrggbb"."""
    value = int(color.removeprefix("#"), 16)
    return value >> 16, value >> 8 & 255, value & 255
