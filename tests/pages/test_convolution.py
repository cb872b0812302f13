import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.data.mnist import load_digits
from cnnviz.inspection import unit_arithmetic
from cnnviz.inspection.unit_arithmetic import SOFTMAX, Unit
from cnnviz.training.runs import networks
from cnnviz.ui.components.component import unpack
from tests.pages.reading import App
from tests.pages.session import choose_elsewhere


@pytest.fixture
def page(app: App) -> AppTest:
    return app("convolution")


def shown(page: AppTest) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """What the panel is told, and the arrays, the layer's two maps as "input" and "output"."""
    assert not page.exception
    header, arrays = unpack(page.get("bidi_component")[0].proto.bytes)
    return header["worked"], arrays | {"input": arrays["stage0"], "output": arrays["stage1"]}


def choose(page: AppTest, network: str, layer: str) -> AppTest:
    page.selectbox(key="network").set_value(network).run()
    return page.selectbox(key="worked_layer").set_value(layer).run()


def test_the_first_convolution_is_shown_at_first(page: AppTest) -> None:
    header, arrays = shown(page)
    assert (header["layer"], header["rule"]) == ("conv1", "sum")
    digit = load_digits("embedded").test_images[0, 0]
    assert np.corrcoef(arrays["input"].ravel(), digit.ravel())[0, 1] == pytest.approx(1)
    assert header["rows"][0] == [-1, 0, 1]
    assert header["after"]["name"] == "ReLU"


def test_the_image_is_drawn_in_white_ink_where_a_layer_receives_it(page: AppTest) -> None:
    header, _ = unpack(page.get("bidi_component")[0].proto.bytes)
    stage = header["stages"][0]
    black, white = -0.1307 / 0.3081, (1 - 0.1307) / 0.3081  # MNIST's mean and deviation
    assert (stage["scale"], stage["black"], stage["limit"]) == (
        "ink",
        pytest.approx(black, abs=1e-4),
        pytest.approx(white, abs=1e-4),
    )
    assert header["worked"]["ink"] == pytest.approx([black, white], abs=1e-4)
    choose(page, "shipped-mnist_cnn", "conv2")
    header, _ = unpack(page.get("bidi_component")[0].proto.bytes)
    assert header["stages"][0]["scale"] == "sequential"  # maps after a ReLU
    assert header["worked"]["ink"] is None


@pytest.mark.parametrize(
    "network", ["mnist_cnn", "lenet5", "googlenet", "mobilenet_v3", "swin", "crossvit", "levit"]
)
def test_every_kind_of_layer_of_a_network_can_be_chosen(page: AppTest, network: str) -> None:
    model = networks.load_network(networks.find_network(f"shipped-{network}")).model
    kinds = {found.kind: found.layer for found in unit_arithmetic.supported_layers(model)}
    for kind, layer in kinds.items():
        header, arrays = shown(choose(page, f"shipped-{network}", layer))
        assert (header["layer"], header["kind"]) == (layer, kind)
        assert arrays["output"].shape[1:] == (len(header["rows"]), len(header["columns"]))
        compile(page.code[0].value, layer, "exec")


def test_what_is_sent_gives_the_value_that_the_core_works_out(page: AppTest) -> None:
    header, arrays = shown(choose(page, "shipped-mobilenet_v1", "blocks.1.depthwise"))
    _, row, column = header["unit"]
    network = networks.find_network("shipped-mobilenet_v1")
    found = unit_arithmetic.compute_unit(
        networks.load_network(network),
        load_digits("embedded").test_images[0],
        "blocks.1.depthwise",
        Unit(0, row, column),
    )
    patch = [
        [arrays["input"][0, i, j] if min(i, j) >= 0 else 0.0 for j in header["columns"][column]]
        for i in header["rows"][row]
    ]
    value = (np.array(patch) * arrays["kernel"][0, 0]).sum() + arrays["bias"][0]
    assert value == pytest.approx(found.value, abs=1e-5)
    assert json.loads(json.dumps(header))["groups"] == 16


def test_softmax_has_a_channel_for_each_class(page: AppTest) -> None:
    choose(page, "shipped-lenet5", SOFTMAX)
    page.number_input(key="worked_channel").set_value(9).run()
    header, arrays = shown(page)
    assert header["unit"][0] == 9
    exponentials = np.exp(arrays["input"].ravel().astype(float))
    share = exponentials[9] / exponentials.sum()
    assert share == pytest.approx(arrays["output"][9].item(), abs=1e-5)


def test_a_channel_beyond_the_next_layers_last_becomes_its_last(page: AppTest) -> None:
    page.number_input(key="worked_channel").set_value(31).run()
    header, _ = shown(choose(page, "shipped-lenet5", "c1"))
    assert header["unit"][0] == 5


def test_the_lines_are_of_the_unit_that_was_clicked(page: AppTest) -> None:
    page.query_params["unit"] = "conv1-3-7-9"
    choose_elsewhere(page, channel="3")
    page.run()
    assert "run.output[0, 3, 7, 9]" in page.code[0].value
    assert shown(page)[0]["unit"] == [3, 7, 9]
    page.selectbox(key="worked_layer").set_value("conv2").run()
    assert "run.output[0, 3, 7, 9]" not in page.code[0].value


def test_the_layer_and_the_channel_of_other_pages_are_worked_out(app: App) -> None:
    page = app("convolution", network="shipped-lenet5", layer="tanh3", channel="6")
    header, _ = shown(page)
    assert (header["layer"], header["unit"][0]) == ("tanh3", 6)


def test_any_channel_can_be_worked_out_unless_its_kernels_are_too_much_to_send(
    page: AppTest,
) -> None:
    model = networks.load_network(networks.find_network("shipped-mnist_cnn")).model
    for layer, count in (("conv2", 64), ("fc1", 1)):
        header, arrays = shown(choose(page, "shipped-mnist_cnn", layer))
        assert len(header["channels"]) == count
        weight = model.get_parameter(f"{layer}.weight")
        sent = arrays["kernel"].reshape(count, *weight.shape[1:])
        assert (sent == weight[header["channels"]].numpy()).all()
        assert len(arrays["output"]) == len(weight)


@pytest.mark.parametrize(
    ("network", "layer", "unit", "box"),
    [
        ("mnist_cnn", "conv1", (0, 5), [0, 4, 1, 6]),  # padding 1 is not of the map
        ("lenet5", "c1", (27, 27), [27, 27, 31, 31]),
        ("mnist_cnn", "pool1", (3, 2), [6, 4, 7, 5]),
        ("mnist_cnn", "relu1", (3, 2), [3, 2, 3, 2]),
    ],
)
def test_the_box_on_what_comes_in_is_the_window(
    page: AppTest, network: str, layer: str, unit: tuple[int, int], box: list[int]
) -> None:
    _, arrays = shown(choose(page, f"shipped-{network}", layer))
    assert arrays["field1-0"][unit].tolist() == box


def test_backward_shows_the_cores_gradient_and_step(page: AppTest) -> None:
    page.segmented_control(key="direction").set_value("backward").run()
    assert not page.exception
    network = networks.find_network("shipped-mnist_cnn")
    loaded = networks.load_network(network)
    image = load_digits("embedded").test_images[0]
    weight = unit_arithmetic.steepest_weight(loaded, image, 0, "conv1", 0)
    keys = ("worked_within", "worked_row", "worked_column")
    assert tuple(page.number_input(key=key).value for key in keys) == weight[1:]
    page.number_input(key="worked_row").set_value(2).run()
    page.number_input(key="worked_rate").set_value(0.5).run()
    weight = (0, 0, 2, weight[3])
    found = unit_arithmetic.gradient_of_weight(loaded, image, 0, "conv1", weight)
    step = unit_arithmetic.weight_update(loaded, image, 0, found, 0.5)
    assert f"Gradient = {found.gradient:.6g}" in page.markdown[2].value
    assert [metric.value for metric in page.metric] == [
        f"{step.after:.6g}",
        f"{step.predicted:.4g}",
        f"{step.real:.4g}",
        f"{step.ratio:.4f}",
    ]
    terms = page.dataframe[0].value
    assert terms["Product"].sum() == pytest.approx(found.gradient)
    assert len(terms) == 784


def test_a_negative_learning_rate_is_refused_in_a_sentence(page: AppTest) -> None:
    page.segmented_control(key="direction").set_value("Backward").run()
    page.number_input(key="worked_rate").set_value(-0.5).run()
    assert [error.value for error in page.error] == ["Learning rate must be 0 or more, got -0.5."]
    assert not page.exception
    page.number_input(key="worked_rate").set_value(0.5).run()
    assert not page.error


def test_a_weight_that_teaches_nothing_is_said_to(page: AppTest) -> None:
    page.segmented_control(key="direction").set_value("backward").run()
    choose(page, "shipped-mnist_cnn", "fc1")
    page.number_input(key="worked_within").set_value(0).run()
    assert not page.exception
    assert "This digit does not change the weight" in page.caption[-1].value


def test_a_layer_without_weights_sends_the_user_to_one_that_has_some(page: AppTest) -> None:
    page.segmented_control(key="direction").set_value("backward").run()
    choose(page, "shipped-mnist_cnn", "relu1")
    assert not page.exception
    assert "Choose a convolution or a fully connected layer" in page.info[0].value


def test_without_networks_there_is_a_sentence_and_a_way_out(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "networks", lambda *_: [])
    page.run()
    assert not page.exception
    assert page.info[0].value == "There is no trained network yet."
