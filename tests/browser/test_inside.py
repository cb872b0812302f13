"""Looking inside in a real browser: what the pointer finds is what the core computes."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.layer_activations import layer_activations
from cnnviz.inspection.receptive_field.fields import receptive_fields
from cnnviz.models.catalog import CATALOG
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs import networks
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

REACH = re.compile(r"sees (\d+) × (\d+) of the input \(.*\): rows ([\d–]+), columns ([\d–]+)")
CLEAR = """(canvas, grid) => {
  // the units of a map that no veil covers, by the alpha at the middle of each
  const [height, width, margin] = grid;
  const context = canvas.getContext('2d');
  const unitX = canvas.width / (width + 2 * margin);
  const unitY = canvas.height / (height + 2 * margin);
  const found = [];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const x = Math.floor((column + margin + 0.5) * unitX);
      const y = Math.floor((row + margin + 0.5) * unitY);
      if (context.getImageData(x, y, 1, 1).data[3] === 0) found.push([row, column]);
    }
  return found;
}"""


def shown(page: Page) -> Locator:
    view = page.locator('.view[aria-busy="false"]')
    expect(view).to_be_visible(timeout=90_000)
    return view


def hover(view: Locator, stage: int, unit: tuple[int, int], grid: tuple[int, int]) -> None:
    """Point at a unit of a stage that shows one map."""
    canvas = view.locator("canvas[tabindex]").nth(stage)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    x = (unit[1] + 0.5) / grid[1] * box["width"]
    y = (unit[0] + 0.5) / grid[0] * box["height"]
    canvas.hover(position={"x": x, "y": y})


@pytest.mark.parametrize(
    ("key", "layer", "channels"),
    [("mnist_cnn", "relu2", 64), ("resnet8", "layer2.0", 32), ("swin", "layers.0.blocks.1", 32)],
)
def test_the_box_under_the_pointer_is_the_cores(
    app: App, key: str, layer: str, channels: int
) -> None:
    row = CATALOG[key]
    view = shown(app.open(f"/field?network=shipped-{key}&layer={layer}").page)
    names = view.locator(".layer").all_inner_texts()
    assert names[-1] == layer
    size = (1, row.input_size, row.input_size)
    fields = receptive_fields(LoadedNetwork(row.build(), row), size, sources=names)
    grid = fields[layer].grid
    margin = 0 if fields[layer].padding is None else max(*fields[layer].padding, 0)
    for unit in ((0, 0), (grid[0] // 2, grid[1] // 2), (grid[0] - 1, 2)):
        hover(view, len(names) - 1, unit, grid)
        where = view.locator(".tip .where").inner_text()
        average = f"average of all {channels} maps"
        assert where == f"{average}, row {unit[0]}, column {unit[1]}"
        top, left, bottom, right = fields[layer].boxes[""][unit]
        reach = view.locator(".tip .reach").inner_text()
        if (top, left, bottom, right) == (0, 0, row.input_size - 1, row.input_size - 1):
            assert reach == "sees the whole input"
        else:
            found = REACH.fullmatch(reach)
            assert found
            assert found.group(1, 2) == (f"{bottom - top + 1}", f"{right - left + 1}")
            assert found.group(3, 4) == (f"{top}–{bottom}", f"{left}–{right}")
        for place, source in ((0, ""), (2, names[2])):
            if source == layer:
                continue
            at = (row.input_size,) * 2 if not source else fields[source].grid
            over = view.locator(".stage").nth(place).locator(".over").first
            clear = np.array(over.evaluate(CLEAR, [*at, 0 if source else min(margin, 14)]))
            box = fields[layer].boxes[source][unit]
            assert [*clear.min(axis=0), *clear.max(axis=0)] == box.tolist()
            assert len(clear) == (box[2] - box[0] + 1) * (box[3] - box[1] + 1)


def test_values_before_and_after_and_their_gradients_are_the_cores(app: App) -> None:
    network = networks.find_network("shipped-lenet5")
    image = load_digits("embedded").test_images[3]
    found = layer_activations(networks.load_network(network), image)
    chain = [a for a in found if a.layer in ("c3", "tanh3", "s4")]
    view = shown(
        app.open("/inside?network=shipped-lenet5&digit=3&view=Every+layer&layer=tanh3").page
    )
    assert view.locator(".layer").all_inner_texts()[1:] == [
        name for a in chain for name in (a.layer, a.layer)
    ]
    expected = [values for a in chain for values in (a.values, a.gradients)]
    for stage, values in enumerate(expected, 1):
        canvas = view.locator("canvas[tabindex]").nth(stage)
        canvas.focus()
        app.page.keyboard.press("ArrowRight")
        text = view.locator(".tip .where").inner_text()
        numbers = re.fullmatch(r"channel (\d+), row (\d+), column (\d+)", text)
        assert numbers
        unit = tuple(map(int, numbers.groups()))
        value = float(view.locator(".tip .value").inner_text().replace("−", "-"))
        assert value == pytest.approx(float(values[unit]), rel=2e-5, abs=1e-9)
    view.locator("canvas[tabindex]").nth(1).focus()
    app.page.keyboard.press("ArrowRight")  # the gradient's map and the tanh's are marked with it
    marked = [
        over.evaluate(
            "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v)"
        )
        for over in view.locator(".frame .over").all()
    ]
    assert marked == [True, True, True, True, True, False, False]  # no unit of the pooling sees it


def test_a_histogram_has_axes_numbers_and_the_counts_of_its_layer(app: App) -> None:
    network = networks.find_network("shipped-mnist_cnn")
    image = load_digits("embedded").test_images[3]
    runs = layer_activations(networks.load_network(network), image, names=["relu2"])
    values = runs[0].values.astype(float).ravel()
    page = app.open("/inside?network=shipped-mnist_cnn&digit=3&view=layers&layer=relu2").page
    view = shown(page)
    view.get_by_label("Histograms").check()
    stage = view.locator(".stage").filter(has=page.locator(".layer", has_text="relu2")).first
    facts = stage.locator(".histogram-facts").inner_text()
    numbers = re.match(r"(\S+) to (\S+), mean (\S+), (\S+)% exactly zero", facts)
    assert numbers, facts
    low, high, mean, zeros = (float(text.replace("−", "-")) for text in numbers.groups())
    assert (low, high) == pytest.approx((values.min(), values.max()), rel=5e-3)
    assert mean == pytest.approx(values.mean(), rel=5e-3)
    assert zeros == pytest.approx(100 * (values == 0).mean(), abs=0.051)
    chart = stage.locator(".histogram")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    counts, _ = np.histogram(values, 48)
    chart.hover(position={"x": 42 + (box["width"] - 50) * 0.5 / 48, "y": 40})
    expect(view.locator(".tip .value")).to_have_text(f"{counts[0]:,} values")
    chart.focus()
    page.keyboard.press("ArrowLeft")
    expect(view.locator(".spoken")).to_have_text(re.compile(f": {counts[0]:,} values$"))
    inked = """(canvas, [x, y, width, height]) => {
      const { data } = canvas.getContext("2d").getImageData(x, y, width, height);
      return data.filter((value, i) => i % 4 === 3 && value > 0).length;
    }"""
    assert chart.evaluate(inked, [0, 0, 36, int(box["height"])]) > 50  # numbers of the counts
    below = [44, int(box["height"]) - 12, int(box["width"]) - 44, 12]
    assert chart.evaluate(inked, below) > 50  # numbers of the values


def test_the_frame_player_turns_from_layer_to_layer(app: App) -> None:
    view = shown(app.open("/inside?view=Forward+pass&network=shipped-lenet5").page)
    player = view.locator(".frame-player")
    player.get_by_role("button", name="Next layer").click()
    expect(view.locator(".stage:not([hidden]) .layer").last).to_have_text("c1")
    expect(view.locator(".verdict")).to_be_hidden()
    player.get_by_label("Seconds per layer").select_option("fast")
    player.get_by_role("button", name="Play").click()
    expect(view.locator(".verdict")).to_be_visible(timeout=15_000)
    expect(player.get_by_role("button", name="Play")).to_be_visible()
    player.get_by_role("button", name="Previous layer").click()
    expect(view.locator(".stage:not([hidden]) .layer").last).to_have_text("tanh6")


def test_a_click_on_a_pixel_changes_that_pixel(app: App) -> None:
    view = shown(app.open("/field?field_view=Change+one+pixel&network=shipped-mnist_cnn").page)
    canvas = view.locator("canvas[tabindex]").first
    box = canvas.bounding_box()
    assert box
    canvas.click(position={"x": 5.5 / 28 * box["width"], "y": 20.5 / 28 * box["height"]})
    app.idle()
    expect(app.page.get_by_label("Row (0 to 27)", exact=True)).to_have_value("20")
    expect(app.page.get_by_label("Column (0 to 27)", exact=True)).to_have_value("5")
    expect(view.locator(".notes").nth(1)).to_have_text("9 of 784 units change.")  # a 3x3 kernel


def test_network_digit_and_layer_go_with_the_reader_from_page_to_page(app: App) -> None:
    app.open("/inside?network=shipped-alexnet&view=Every+layer&layer=conv3&digit=17")
    shown(app.page)
    view = shown(app.menu("Receptive field").page)
    expect(view.locator(".layer").last).to_have_text("conv3")
    expect(app.page.get_by_label("Index (0 to 999)", exact=True)).to_have_value("17")
    expect(app.page.get_by_role("combobox", name="Network")).to_have_value("AlexNet")
    app.page.get_by_text("My drawing", exact=True).click()
    app.idle()
    app.menu("Look inside")
    expect(app.page.get_by_text("You have not drawn anything yet.")).to_be_visible()


@pytest.mark.parametrize("typed", [5000, -3])
def test_an_index_out_of_range_is_refused_in_a_sentence(app: App, typed: int) -> None:
    page = app.open("/inside?digit=17").page
    index = page.get_by_label("Index (0 to 999)", exact=True)
    index.fill(str(typed))
    index.press("Enter")
    sentence = f"Index must be 0 to 999, got {typed:,}."
    expect(page.get_by_text(sentence)).to_be_visible()
    expect(index).to_have_value("17")  # what is shown, not what was typed
    index.fill("18")
    index.press("Enter")
    expect(page.get_by_text(sentence)).to_have_count(0)
    expect(page).to_have_url(re.compile("digit=18"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("app", [{"color_scheme": "light"}], indirect=True)
def test_the_input_is_white_ink_on_black_and_its_label_stands_beside_its_index(
    app: App, scheme: str
) -> None:
    app.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    view = shown(app.open("/inside?digit=350").page)
    digits = load_digits("embedded")
    label = digits.test_labels[350]
    expect(app.page.get_by_text(f"labeled {label}", exact=True)).to_be_visible()
    expect(view.locator(".key .boxed")).to_have_text(str(label))  # "3 marks the true label"
    corner, ink = view.locator(".stage.input canvas").first.evaluate(
        """(canvas) => {
          const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let most = 0;
          for (let i = 0; i < data.length; i += 4) most = Math.max(most, data[i]);
          return [[...data.subarray(0, 3)], most];
        }"""
    )
    assert corner == [0, 0, 0]
    assert ink > 250


def test_all_layers_are_rows_of_maps_and_a_click_opens_one(app: App) -> None:
    network = networks.load_network(networks.find_network("shipped-mnist_cnn"))
    image = load_digits("embedded").test_images[3]
    runs = layer_activations(network, image)
    page = app.open("/inside?network=shipped-mnist_cnn&digit=3&view=glance").page
    rows = page.locator(".glance .row")
    expect(rows).to_have_count(len(runs), timeout=90_000)
    assert rows.locator(".name").all_inner_texts() == [run.layer for run in runs]
    first, values = rows.first, runs[0].values
    shape = " × ".join(map(str, values.shape))
    expect(first.locator(".facts")).to_contain_text(f"Conv2d · {shape} · ")
    title = first.get_attribute("title") or ""
    channel = int(title.rpartition("channels ")[2].split(",")[0])
    content = first.locator("canvas").evaluate("canvas => canvas.toDataURL().split(',')[1]")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"), float)
    step = 44 / 28
    cells = np.array(
        [
            pixels[int((row + 0.5) * step), int((column + 0.5) * step)]
            for row in range(28)
            for column in range(28)
        ]
    )
    blue = cells[:, 2] - cells[:, 0]  # above zero for positive values, below for negative ones
    assert np.corrcoef(blue, values[channel].ravel())[0, 1] > 0.9
    page.get_by_role("button", name="Open relu2").click()
    expect(page).to_have_url(re.compile("view=layers"))
    expect(page).to_have_url(re.compile("layer=relu2"))
    expect(shown(page).locator(".layer", has_text="relu2").first).to_be_visible()
