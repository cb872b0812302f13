import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz.plots import colors

SCALES = ("ink", "sequential", "diverging")
EACH = pytest.mark.parametrize("theme", colors.THEMES)


def lightness(colors: object) -> NDArray[np.float64]:
    """How light colors look, CIE L*, 0 (black) to 100 (white)."""
    linear = (np.asarray(colors) / 255) ** 2.2
    luminance: NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)


@EACH
@pytest.mark.parametrize("scale", SCALES)
def test_a_table_has_256_colors_from_the_first_anchor_to_the_last(scale: str, theme: str) -> None:
    table = colors.lookup_table(scale, theme)
    anchors = colors.anchors(scale, theme)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert tuple(table[0]) == colors.rgb(anchors[0])
    assert tuple(table[-1]) == colors.rgb(anchors[-1])


@EACH
def test_more_is_farther_from_the_page_at_each_step(theme: str) -> None:
    light = lightness(colors.lookup_table("sequential", theme))
    away = -1 if theme == "light" else 1
    assert (np.diff(light) * away >= -0.3).all()  # rounding to 8 bits
    assert away * (light[-1] - light[0]) > 80


@EACH
def test_ink_is_white_on_black_in_both_themes(theme: str) -> None:
    grays = np.arange(256)  # as in MNIST: 0 is the background, 255 full ink
    assert (colors.lookup_table("ink", theme) == grays[:, None]).all()


@EACH
def test_a_signed_scale_leaves_the_page_on_both_sides_of_zero(theme: str) -> None:
    light = lightness(colors.lookup_table("diverging", theme))
    away = -1 if theme == "light" else 1
    negative, positive = light[127::-1], light[128:]
    assert (np.diff(negative) * away >= -0.3).all()
    assert (np.diff(positive) * away >= -0.3).all()
    assert abs(negative[-1] - positive[-1]) < 6  # equal amounts are equally strong


@EACH
def test_below_zero_is_red_and_above_is_blue_which_the_color_blind_tell_apart(theme: str) -> None:
    table = colors.lookup_table("diverging", theme).astype(int)
    assert (table[:112, 0] > table[:112, 2]).all()
    assert (table[144:, 2] > table[144:, 0]).all()


def test_lightness_of_black_and_white_by_definition() -> None:
    assert lightness([(0, 0, 0), (255, 255, 255)]) == pytest.approx([0, 100])


def test_categories_differ() -> None:
    assert len(set(colors.CATEGORICAL)) == len(colors.CATEGORICAL) == 8


def test_plotly_gets_the_same_anchors() -> None:
    scale = colors.plotly_scale("diverging", "light")
    assert scale[0] == [0.0, colors.anchors("diverging", "light")[0]]
    assert scale[3][0] == 0.5
    assert scale[-1][0] == 1.0


@pytest.mark.parametrize(("scale", "theme"), [("jet", "light"), ("ink", "sepia")])
def test_an_unknown_name_is_refused_with_those_there_are(scale: str, theme: str) -> None:
    with pytest.raises(ValueError, match="must be one of"):
        colors.lookup_table(scale, theme)


def test_lines_differ_in_color_or_dash() -> None:
    styles = [tuple(colors.line_style(place).values()) for place in range(24)]
    assert len(set(styles)) == 24


def test_a_scale_ends_at_a_high_quantile_of_all_magnitudes() -> None:
    values = np.arange(201, dtype=np.float32)
    assert colors.scale_limit(-values) == pytest.approx(199)  # 0.995 · 200
    first, second = np.array([[0.0, -3.0]]), np.array([1.0, 1.0, 1.0])
    # sorted 0 1 1 1 3: position 0.995 · 4 = 3.98 lies between 1 and 3
    assert colors.scale_limit(first, second) == pytest.approx(1 + 0.98 * 2)
