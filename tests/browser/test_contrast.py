"""Every text of every page contrasts with its background, in the light and the dark theme."""

import time
from typing import Literal

import pytest
from playwright.sync_api import Page

from cnnviz.ui.shell.navigation import EVERY_ENTRY
from tests.browser.conftest import App

Scheme = Literal["light", "dark"]
pytestmark = pytest.mark.browser

FURTHER = ("/compare?compare_view=charts", "/compare?compare_view=differ", "/inside?view=layers")

# WCAG 2.2, 1.4.3: 4.5 for text, 3 for large text, nothing for controls that are disabled.
# Colors are composed from all backgrounds and opacities behind a text.
# Streamlit uses its one primary color both as text on the page and as ground of white text. On a
# dark page no color does both at 4.5: a text of 4.5 needs a luminance above 0.2, a ground one below
# 0.18. The theme's lies between, and has to reach 3.9 in both roles.
SCHEMES: dict[Scheme, str | None] = {"light": None, "dark": "rgb(47, 134, 201)"}
TOO_PALE = """(primary) => {
  const context = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  context.canvas.width = context.canvas.height = 1;
  const rgba = (css) => {  // any CSS color, color-mix() included
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = css;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], ground) =>
    [r, g, b].map((value, i) => a * value + (1 - a) * ground[i]);
  const linear = (value) =>
    value <= 0.04045 * 255 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = (color) =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => sum + weight * linear(color[i]), 0);
  const parent = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  const lineage = (node) => {
    const all = [];
    for (let at = node; at; at = parent(at)) all.unshift(at);
    return all;
  };
  const found = [];
  const visit = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) visit(element.shadowRoot);
      if (element.matches('.stPlotlyChart text')) {  // its color is its fill
        const around = element.closest(
          '.xtick, .ytick, .g-xtitle, .g-ytitle, .legend, .annotation, .colorbar');
        if (!around || !element.textContent.trim()) continue;
      }
      const written = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
      if (!written || !element.checkVisibility({opacityProperty: true, visibilityProperty: true}))
        continue;
      const style = getComputedStyle(element), box = element.getBoundingClientRect();
      if (box.width < 2 || box.height < 2) continue;
      const all = lineage(element);
      if (all.some((one) => one.disabled || one.ariaDisabled === 'true')) continue;
      if (element.closest('.stCode')) continue;  // Streamlit's own colors of syntax
      const chart = element.closest('.stPlotlyChart');
      if (all.some((one) => one.matches('svg')) && !chart) continue;
      // a slider's value stands above its thumb, not on it
      const thumb = element.closest('[data-testid="stSliderThumbValue"]')?.parentElement;
      let ground = [255, 255, 255], opacity = 1;
      for (const one of all) {
        const look = getComputedStyle(one);
        opacity *= Number(look.opacity);
        if (one !== thumb) ground = over(rgba(look.backgroundColor), ground);
      }
      const color = rgba(chart ? style.fill : style.color);
      const text = over([...color.slice(0, 3), color[3] * opacity], ground);
      const [low, high] = [luminance(text), luminance(ground)].sort((a, b) => a - b);
      const ratio = (high + 0.05) / (low + 0.05);
      const size = parseFloat(style.fontSize);
      const near = (one) => primary && rgba(primary).slice(0, 3).every(
        (value, i) => Math.abs(value - one[i]) < 1.5);
      const least = near(color) || near(ground) ? 3.9 : 4.5;
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : least)) {
        const what = element.textContent.trim().slice(0, 40);
        const place = element.closest('[data-testid]')?.dataset.testid ?? element.className;
        found.push(`${ratio.toFixed(2)} ${place}: ${what}`);
      }
    }
  };
  visit(document.querySelector('[data-testid="stApp"]'));
  return [...new Set(found)];
}"""


THEMED = """(scheme) =>
  getComputedStyle(document.querySelector('[data-testid="stApp"]')).colorScheme === scheme"""
PATHS = ("/", *(f"/{entry.key}" for entry in EVERY_ENTRY[1:]), *FURTHER)


def too_pale(page: Page, scheme: Scheme) -> list[str]:
    """Return the texts that stay too pale; colors change and values of sliders fade in."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(THEMED, arg=scheme)
    deadline = time.monotonic() + 3
    while (texts := list(page.evaluate(TOO_PALE, SCHEMES[scheme]))) and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    return texts


def test_every_text_contrasts_with_its_background_also_after_a_change_of_theme(app: App) -> None:
    pale = []
    for path in PATHS:
        app.open(path)
        for scheme in SCHEMES:
            pale += [f"{path} {scheme} {text}" for text in too_pale(app.page, scheme)]
    assert pale == []
