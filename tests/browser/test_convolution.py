"""One convolution worked out, read off the page and held against the core."""

import re

import pytest
from playwright.sync_api import Locator, expect

from cnnviz.data.mnist import load_digits
from cnnviz.inspection import unit_arithmetic
from cnnviz.inspection.unit_arithmetic import Unit
from cnnviz.training.runs import networks
from tests.browser.conftest import App

pytestmark = pytest.mark.browser

CLOSE = 1e-5
WHERE = re.compile(r"Channel (\d+), row (\d+), column (\d+)")
FRAME = 33  # ms, two frames


def opened(app: App, network: str = "mnist_cnn", layer: str = "") -> Locator:
    app.open(f"/convolution?network=shipped-{network}")
    panel = app.page.locator(".worked")
    panel.locator(".worked-value").wait_for()
    if layer:
        choose(app, panel, layer)
    return panel


def choose(app: App, panel: Locator, layer: str) -> None:
    app.page.mouse.move(2, 2)
    field = app.page.get_by_role("combobox", name="Layer")
    field.click()  # which scrolls it into view
    field.fill(layer)
    app.page.get_by_role("option").first.wait_for()
    app.page.keyboard.press("Enter")
    expect(panel.locator(".worked-line")).to_have_text(re.compile(f"^{re.escape(layer)},"))
    app.idle()


def place(panel: Locator) -> Unit:
    found = WHERE.search(panel.locator(".worked-result").inner_text())
    assert found
    return Unit(*map(int, found.groups()))


def value(panel: Locator) -> float:
    return float(panel.locator(".worked-value").inner_text().replace("−", "-"))


def of_core(network: str, layer: str, unit: Unit) -> unit_arithmetic.UnitResult:
    found = networks.find_network(f"shipped-{network}")
    image = load_digits("embedded").test_images[0]
    return unit_arithmetic.compute_unit(networks.load_network(found), image, layer, unit)


def hover(panel: Locator, down: float, across: float) -> None:
    """Point at a place of the output map, from 0 to 1 down and across."""
    canvas = panel.locator(".worked-output canvas")
    box = canvas.bounding_box()
    assert box
    canvas.hover(position={"x": across * box["width"], "y": down * box["height"]})


INKS = """canvas => {
  // the gray of the darkest and of the brightest pixel inside the padding, and whether all are gray
  const { width, height } = canvas;
  const edge = Math.ceil(width / 30) + 2;
  const { data } = canvas.getContext('2d')
    .getImageData(edge, edge, width - 2 * edge, height - 2 * edge);
  let [low, high, gray] = [255, 0, true];
  for (let i = 0; i < data.length; i += 4) {
    [low, high] = [Math.min(low, data[i]), Math.max(high, data[i])];
    gray &&= Math.abs(data[i] - data[i + 1]) < 12 && Math.abs(data[i] - data[i + 2]) < 12;
  }
  return [low, high, gray];
}"""


def test_the_image_is_white_ink_on_black_with_its_numbers_and_one_sentence(app: App) -> None:
    panel = opened(app)
    low, high, gray = panel.locator(".worked-input canvas").evaluate(INKS)
    assert (low < 20, high > 235, gray) == (True, True, True)
    expect(panel.locator(".worked-input figcaption")).to_have_text(
        "Input: 28 × 28; pixels are rescaled first: black becomes −0.424, white 2.82; the border "
        "of padding is 0"
    )
    expect(panel.locator(".worked-summary")).to_have_text(
        re.compile(r"^9 numbers of the input times the kernel, plus the bias −0\.\d+, give −2\.16;")
    )
    hover(panel, 0.5, 0.02)  # background
    expect(panel.locator(".worked-summary")).not_to_contain_text("give −2.16;")


@pytest.mark.parametrize(
    ("network", "layers"),
    [
        ("mnist_cnn", ("conv1", "conv2", "fc2", "(softmax)")),
        ("mobilenet_v1", ("blocks.1.depthwise", "blocks.1.pointwise", "blocks.1.bn1")),
        ("mobilenet_v3", ("bn1",)),
        ("lenet5", ("s2", "tanh1")),
        ("alexnet", ("pool1",)),
        ("swin", ("layers.0.blocks.0.norm1", "layers.0.blocks.0.mlp.act")),
    ],
)
def test_what_a_pointer_is_told_equals_the_cores_tensor(
    app: App, network: str, layers: tuple[str, ...]
) -> None:
    panel = opened(app, network)
    for layer in layers:
        choose(app, panel, layer)
        for down, across in ((0.05, 0.05), (0.5, 0.5), (0.95, 0.6)):
            hover(panel, down, across)
            found = of_core(network, layer, place(panel))
            assert value(panel) == pytest.approx(found.value, rel=CLOSE, abs=CLOSE)
            shown = panel.locator(".worked-result")
            exact = float(shown.get_attribute("data-value") or "nan")
            assert exact == pytest.approx(found.value, rel=1e-6, abs=1e-6)
            assert exact == pytest.approx(found.tensor, rel=CLOSE, abs=CLOSE)


MARKED = """canvas => {
  // the middle of what no veil covers, as shares of the canvas
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  let [top, left, bottom, right] = [height, width, -1, -1];
  for (let i = 3; i < data.length; i += 4) {
    if (data[i]) continue;
    const [row, column] = [Math.floor((i >> 2) / width), (i >> 2) % width];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
    [left, right] = [Math.min(left, column), Math.max(right, column)];
  }
  return [top / height, left / width, (bottom + 1) / height, (right + 1) / width];
}"""


def mosaic(app: App, stage: int) -> Locator:
    """All maps that come into the layer, or all that it puts out."""
    return app.page.locator(".stage .frame canvas[tabindex]").nth(stage)


def test_the_mosaic_works_out_any_channel_and_boxes_what_it_sees(app: App) -> None:
    frames: list[object] = []
    app.page.on("websocket", lambda ws: ws.on("framesent", lambda _: frames.append(ws)))
    panel = opened(app)
    app.page.wait_for_timeout(500)
    frames.clear()
    canvas = mosaic(app, 1)
    box = canvas.bounding_box()
    assert box
    for down, across in ((0.25, 0.25), (0.42, 0.8)):
        canvas.hover(position={"x": across * box["width"], "y": down * box["height"]})
        unit = place(panel)
        assert unit.channel == 6 * int(down * 6) + int(across * 6)  # 32 maps, six in a row
        found = of_core("mnist_cnn", "conv1", unit)
        assert value(panel) == pytest.approx(found.value, rel=CLOSE, abs=CLOSE)
        tip = app.page.locator(".tip .where")
        expect(tip).to_have_text(f"channel {unit.channel}, row {unit.row}, column {unit.column}")
        over = app.page.locator(".stage .frame .over").first
        clear = over.evaluate(MARKED)
        seen = [unit.row - 1, unit.column - 1, unit.row + 2, unit.column + 2]
        assert clear == pytest.approx([edge / 28 for edge in seen], abs=0.008)
    assert frames == []


def test_playing_moves_the_mark_on_the_mosaics(app: App) -> None:
    panel = opened(app)
    over = app.page.locator(".stage .frame .over")
    looks = [over.nth(i).evaluate("c => c.toDataURL()") for i in (0, 1)]
    panel.get_by_role("button", name="Next unit").click()
    assert all(over.nth(i).evaluate("c => c.toDataURL()") != looks[i] for i in (0, 1))


def test_a_click_on_the_mosaic_takes_the_channel_with_it(app: App) -> None:
    panel = opened(app)
    canvas = mosaic(app, 1)
    app.page.wait_for_timeout(500)  # what comes in may still move it
    box = canvas.bounding_box()
    assert box
    canvas.click(position={"x": 0.42 * box["width"], "y": 0.25 * box["height"]})
    unit = place(panel)
    assert unit.channel == 8
    expect(app.page.locator("[data-testid=stCode]")).to_contain_text(
        f"run.output[0, {unit.channel}, {unit.row}, {unit.column}]"
    )
    expect(app.page.get_by_label("Output channel (0 to 31)", exact=True)).to_have_value("8")
    assert place(panel) == unit
    panel.get_by_role("button", name="Weight at row 0, column 0").click()
    app.page.get_by_text("Gradient =").wait_for()


def test_a_click_on_what_comes_in_draws_that_channel(app: App) -> None:
    panel = opened(app, layer="conv2")
    canvas = mosaic(app, 0)
    box = canvas.bounding_box()
    assert box
    canvas.click(position={"x": 0.42 * box["width"], "y": 0.25 * box["height"]})
    expect(panel.locator(".worked-input figcaption")).to_contain_text("channel 8 of 32")


def test_a_channel_whose_kernel_is_not_here_comes_with_a_click(app: App) -> None:
    panel = opened(app, layer="fc1")  # 1.6 MB of weights
    before = place(panel)
    canvas = mosaic(app, 1)
    box = canvas.bounding_box()
    assert box
    at = {"x": 0.5 * box["width"], "y": 0.5 * box["height"]}
    canvas.hover(position=at)
    assert place(panel) == before
    canvas.click(position=at)
    expect(panel.locator(".worked-where")).not_to_contain_text(f"Channel {before.channel},")
    unit = place(panel)
    found = of_core("mnist_cnn", "fc1", unit)
    assert value(panel) == pytest.approx(found.value, rel=CLOSE, abs=CLOSE)


def test_keys_on_the_mosaic_go_from_channel_to_channel(app: App) -> None:
    panel = opened(app)
    start = place(panel)
    mosaic(app, 1).focus()
    app.page.keyboard.press("ArrowRight")
    app.page.keyboard.press("ArrowDown")
    assert place(panel) == Unit(start.channel + 7, start.row, start.column)


def test_the_printed_numbers_add_up_to_the_value(app: App) -> None:
    panel = opened(app)
    hover(panel, 0.5, 0.3)
    cells = panel.locator(".worked-grid").nth(2).locator(".worked-cell")
    titles = [cells.nth(i).get_attribute("title") or "" for i in range(cells.count())]
    products = [float(text.replace("−", "-")) for text in titles]
    bias = (
        networks.load_network(networks.find_network("shipped-mnist_cnn"))
        .model.get_submodule("conv1")
        .bias
    )
    assert len(products) == 9
    assert sum(products) + bias[0].item() == pytest.approx(value(panel), abs=CLOSE)  # type: ignore[index]


def test_pointing_takes_a_frame_and_no_server(app: App) -> None:
    frames: list[object] = []
    app.page.on("websocket", lambda ws: ws.on("framesent", lambda _: frames.append(ws)))
    panel = opened(app, layer="conv2")
    app.page.wait_for_timeout(500)
    frames.clear()
    before = place(panel)
    milliseconds = panel.locator(".worked-output canvas").evaluate(
        """canvas => {
          const box = canvas.getBoundingClientRect();
          const took = [];
          for (let i = 0; i < 14; i++) { // each place another unit
            const start = performance.now();
            canvas.dispatchEvent(new PointerEvent("pointermove", {
              clientX: box.left + (box.width * (i + 0.5)) / 14,
              clientY: box.top + (box.height * (i + 0.5)) / 14, pointerType: "mouse" }));
            canvas.offsetHeight;
            took.push(performance.now() - start);
          }
          return took.sort((a, b) => a - b)[7];
        }"""
    )
    assert milliseconds < FRAME
    assert place(panel) != before
    assert frames == []


def test_steps_play_pause_and_keys_move_the_window(app: App) -> None:
    panel = opened(app)
    hover(panel, 0.5, 0.5)
    start = place(panel)
    panel.get_by_role("button", name="Next unit").click()
    assert place(panel) == Unit(start.channel, start.row, start.column + 1)
    panel.get_by_role("button", name="Previous unit").click()
    assert place(panel) == start
    app.page.mouse.move(2, 2)
    canvas = panel.locator(".worked-output canvas")
    canvas.focus()
    app.page.keyboard.press("ArrowDown")
    app.page.keyboard.press("ArrowLeft")
    assert place(panel) == Unit(start.channel, start.row + 1, start.column - 1)
    app.page.keyboard.press("Space")
    expect(panel.get_by_role("button", name="Pause")).to_be_visible()
    there = place(panel)
    expect(panel.locator(".worked-result")).not_to_contain_text(
        f"row {there.row}, column {there.column}:"
    )
    panel.get_by_role("button", name="Pause").click()
    stopped = place(panel)
    app.page.wait_for_timeout(1300)  # longer than a step, reduced motion included
    assert place(panel) == stopped


def test_a_click_writes_the_lines_of_that_unit(app: App) -> None:
    panel = opened(app)
    hover(panel, 0.3, 0.7)
    unit = place(panel)
    app.page.mouse.down()
    app.page.mouse.up()
    expect(app.page.locator("[data-testid=stCode]")).to_contain_text(
        f"run.output[0, {unit.channel}, {unit.row}, {unit.column}]"
    )
    assert place(panel) == unit


def test_all_input_channels_open(app: App) -> None:
    panel = opened(app, layer="conv2")
    expect(panel.locator(".worked-channel")).to_have_count(6)
    panel.get_by_role("button", name="Show all 32").click()
    expect(panel.locator(".worked-channel")).to_have_count(32)
    panel.get_by_role("button", name="input channel 7", exact=True).click()
    expect(panel.locator(".worked-input figcaption")).to_contain_text("channel 7 of 32")
    expect(panel.locator(".worked-grid figcaption").first).to_have_text("Patch of input channel 7")


def test_a_click_on_a_kernels_cell_opens_its_gradient(app: App) -> None:
    panel = opened(app)
    panel.get_by_role("button", name="Weight at row 2, column 1").click()
    app.page.get_by_text("Gradient =").wait_for()
    app.idle()
    network = networks.find_network("shipped-mnist_cnn")
    image = load_digits("embedded").test_images[0]
    found = unit_arithmetic.gradient_of_weight(
        networks.load_network(network), image, 0, "conv1", (0, 0, 2, 1)
    )
    assert found.difference < CLOSE
    text = app.page.locator("[data-testid=stMarkdown]").filter(has_text="Gradient =").inner_text()
    printed = re.search(r"Gradient = (\S+): the sum of 784 products.* gives (\S+)\.", text)
    assert printed
    assert [float(x) for x in printed.groups()] == pytest.approx([found.autograd] * 2, rel=CLOSE)


@pytest.mark.parametrize(
    "app", [{"viewport": {"width": 390, "height": 844}, "has_touch": True}], indirect=True
)
def test_a_finger_on_a_phone_moves_the_window_without_scrolling_sideways(app: App) -> None:
    panel = opened(app, layer="conv2")
    before = place(panel)
    canvas = panel.locator(".worked-output canvas")
    canvas.tap(position={"x": 20, "y": 20})
    assert place(panel) != before
    assert app.page.evaluate("document.documentElement.scrollWidth") <= 390
