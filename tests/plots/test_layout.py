"""What all charts share: the color of their texts."""

import plotly.graph_objects as go
import pytest

from cnnviz.plots.colors import TEXT, rgb
from cnnviz.plots.layout import color_texts

PAGES = {"light": (255, 255, 255), "dark": (23, 22, 20)}  # Streamlit's backgrounds


def luminance(color: tuple[int, ...]) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [value / 255 for value in color]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_of_charts_contrast_with_the_page(theme: str) -> None:
    dark, bright = sorted(luminance(color) for color in (rgb(TEXT[theme]), PAGES[theme]))
    assert (bright + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_around_the_marks_has_the_themes_color(theme: str) -> None:
    figure = go.Figure([go.Scatter(x=[1], y=[2]), go.Heatmap(z=[[1]], x=[1], y=[2])])
    color_texts(figure, theme)
    layout, heat = figure.layout, figure.data[1]
    fonts = [
        layout.font,
        layout.legend.font,
        *(
            font
            for axis in (layout.xaxis, layout.yaxis)
            for font in (axis.tickfont, axis.title.font)
        ),
        heat.colorbar.tickfont,
        heat.colorbar.title.font,
    ]
    assert {font.color for font in fonts} == {TEXT[theme]}
