from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from torch import nn

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.forward_pass import forward_pass
from cnnviz.models.catalog import CATALOG
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint, networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.training.runs.store import Run
from cnnviz.ui.components.component import unpack
from cnnviz.ui.pickers.networks import with_unique_titles
from tests.kinds import KINDS
from tests.on_disk import make_run
from tests.pages.reading import App


@pytest.fixture
def page(app: App) -> AppTest:
    return app("inside")


def test_every_kind_of_network_can_be_chosen_and_shows_its_three_layers(page: AppTest) -> None:
    assert "shipped-detr" not in page.selectbox(key="network").options
    for key in KINDS:
        page.selectbox(key="network").set_value(f"shipped-{key}").run()
        assert not page.exception
        header, arrays = unpack(page.get("bidi_component")[0].proto.bytes)
        assert [stage["title"] for stage in header["stages"]] == [
            "Input",
            "Early",
            "Middle",
            "Late",
        ]
        assert [len(stage["notes"]) for stage in header["stages"][1:]] == [1, 1, 1]
        figures = [len(stage["figures"]) for stage in header["stages"][1:]]
        pooled = key == "mnist_cnn"  # its late maps are its middle ones, pooled
        assert figures == ([4, 5, 3] if pooled else [4, 5, 5])  # a further one: what changed
        assert arrays["probabilities"].argmax() == header["answer"]["truth"] == 0


@pytest.mark.parametrize("key", ["googlenet", "mobilenet_v3", "resnet152"])
def test_branches_gates_and_depth_are_shown_like_any_other_network(
    page: AppTest, key: str, only_network: Callable[[TrainedNetwork], None], tmp_path: Path
) -> None:
    row = CATALOG[key]
    weights = tmp_path / "weights.safetensors"
    checkpoint.save_checkpoint(weights, row.build().state_dict(), {})
    network = TrainedNetwork(f"untrained-{key}", row.title, key, weights, "0", None, "")
    only_network(network)
    page.run()
    assert not page.exception
    header, _ = unpack(page.get("bidi_component")[0].proto.bytes)
    assert [s["layer"] for s in header["stages"]] == ["", row.early, row.middle, row.late]
    assert [len(stage["notes"]) for stage in header["stages"][1:]] == [1, 1, 1]
    assert [len(stage["figures"]) for stage in header["stages"][1:]] == [4, 5, 5]
    for way in ("Every layer", "Forward pass", "Compare"):
        page.session_state["view"] = way
        page.run()
        assert not page.exception
    page.session_state["view"] = "Forward pass"
    assert page.run().code[0].value.endswith("→ [N, 10]")


def test_the_shapes_are_a_line_and_a_table(page: AppTest) -> None:
    page.session_state["view"] = "Forward pass"
    page.selectbox(key="network").set_value("shipped-lenet5").run()
    assert page.code[0].value.startswith("[N, 1, 32, 32] → [N, 6, 28, 28] → ")
    table = page.dataframe[0].value
    assert list(table["Output"])[-1] == "[N, 10]"
    assert table["Parameters"].sum() == 61_706


def test_another_digit_is_one_of_another_class(page: AppTest) -> None:
    before, _ = unpack(page.get("bidi_component")[0].proto.bytes)
    page.button[0].click().run()
    assert not page.exception
    after, arrays = unpack(page.get("bidi_component")[0].proto.bytes)
    digits, index = load_digits("embedded"), page.number_input(key="digit").value
    assert after["answer"]["truth"] == digits.test_labels[index] != before["answer"]["truth"]
    assert arrays["stage0"][0] * 255 == pytest.approx(digits.test_images[index, 0])


def test_the_address_says_which_network_and_which_digit(app: App) -> None:
    page = app("inside", network="shipped-lenet5", digit="612")
    header, _ = unpack(page.get("bidi_component")[0].proto.bytes)
    assert header["stages"][1]["layer"] == "tanh1"
    assert header["answer"]["truth"] == load_digits("embedded").test_labels[612]


def test_a_number_beyond_the_last_digit_is_dropped(app: App) -> None:
    page = app("inside", network="AlexNet", digit="999999")
    assert page.number_input(key="digit").value == 0
    assert page.selectbox(key="network").value == networks.shipped()[0].key


def test_without_networks_there_is_a_sentence_and_a_way_out(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "networks", lambda *_: [])
    page.run()
    assert not page.exception
    assert page.info[0].value == "There is no trained network yet."
    assert page.get("page_link")[0].proto.page == "train"


def test_a_damaged_file_is_a_sentence(page: AppTest, damaged_network: None) -> None:
    del damaged_network
    page.run()
    assert not page.exception
    assert "Choose another network" in page.error[0].value


@pytest.fixture
def run() -> Run:
    """A run with two moments and other weights by now."""
    settings = Settings(model="lenet5", epochs=1)
    return make_run(settings, state="stopped", steps=(0, 4), weights=9, step=9, total_steps=10)


def test_a_run_can_be_looked_at_as_it_was_and_the_address_says_when(
    page: AppTest, run: Run
) -> None:
    assert not page.run().select_slider
    page.selectbox(key="network").set_value(run.id).run()
    slider = page.select_slider(key="network_moment")
    assert slider.options == ["step 0 (epoch 0)", "step 4 (epoch 0.4)", "newest"]
    assert slider.value == run.id
    assert page.query_params["network"] == run.id
    now = unpack(page.get("bidi_component")[0].proto.bytes)[1]["probabilities"]
    slider.set_value(f"{run.id}@4").run()
    assert not page.exception
    assert page.query_params["network"] == f"{run.id}@4"
    found = unpack(page.get("bidi_component")[0].proto.bytes)[1]["probabilities"]
    then = networks.load_network(networks.find_network(f"{run.id}@4"))
    digit = load_digits("embedded").test_images[0]
    expected = forward_pass(then, digit)
    assert found == pytest.approx(expected.probabilities, abs=1e-6)
    assert found != pytest.approx(now, abs=1e-6)
    page.selectbox(key="network").set_value("shipped-lenet5").run()
    assert not page.select_slider


@pytest.mark.parametrize(("step", "infos"), [("4", 0), ("5", 1), ("../weights", 1)])
def test_a_link_to_a_moment_opens_it_or_the_newest_weights_with_a_word(
    app: App, run: Run, step: str, infos: int
) -> None:
    page = app("inside", network=f"{run.id}@{step}")
    assert page.selectbox(key="network").value == run.id
    expected = run.id if infos else f"{run.id}@4"
    assert page.select_slider(key="network_moment").value == expected
    assert len(page.info) == infos


def test_two_checkpoints_of_one_run_stand_side_by_side_with_their_difference(
    page: AppTest, run: Run
) -> None:
    page.session_state["view"] = "Compare"
    page.query_params["inside_with"] = "weights"
    page.run()
    page.selectbox(key="network").set_value(run.id).run()
    options = page.selectbox(key="inside_other").options
    steps = ["step 0 (epoch 0)", "step 4 (epoch 0.4)"]
    assert options[:3] == [
        "Untrained (seed 0)",
        *(f"{run.title()}, {step}" for step in steps),
    ]
    page.select_slider(key="network_moment").set_value(f"{run.id}@4").run()
    assert run.title() in page.selectbox(key="inside_other").options  # the newest weights
    page.selectbox(key="inside_other").set_value(f"{run.id}@0").run()
    assert not page.exception
    header, arrays = unpack(page.get("bidi_component")[0].proto.bytes)
    assert [stage["title"] for stage in header["stages"][:2]] == [
        f"{run.title()}, {step}" for step in reversed(steps)
    ]
    digit = load_digits("embedded").test_images[0]
    first, second = (
        forward_pass(networks.load_network(networks.find_network(f"{run.id}@{step}")), digit)
        for step in (4, 0)
    )
    for i, (a, b) in enumerate(zip(first.maps, second.maps, strict=True), 1):
        assert arrays[f"stage{3 * i}"] == pytest.approx(a.values, abs=1e-6)
        assert arrays[f"stage{3 * i + 1}"] == pytest.approx(b.values, abs=1e-6)
        assert arrays[f"stage{3 * i + 2}"] == pytest.approx(b.values - a.values, abs=1e-6)
        assert abs(b.values - a.values).max() > 1e-3


def test_networks_of_one_title_are_told_apart() -> None:
    keys = ("20260102-030405-abcdef", "20261231-235959-abcdef")
    same = [TrainedNetwork(key, "Mine", "lenet5", Path(), "0", None, "") for key in keys]
    other = TrainedNetwork("c", "Other", "lenet5", Path(), "0", None, "")
    assert [network.title for network in with_unique_titles([*same, other]).values()] == [
        "Mine (03:04:05 on 2 Jan)",
        "Mine (23:59:59 on 31 Dec)",
        "Other",
    ]


def test_all_layers_of_a_deep_network_come_in_pages(app: App) -> None:
    page = app("inside", network="shipped-resnet152", view="glance")
    assert not page.exception
    header, arrays = unpack(page.get("bidi_component")[0].proto.bytes)
    first = header["rows"]
    assert len(first) == 40
    model = CATALOG["resnet152"].build()
    convolution = next(m for m in model.modules() if isinstance(m, nn.Conv2d))
    assert first[0]["kind"] == "Conv2d"
    assert first[0]["shape"].startswith(f"{convolution.out_channels} × ")
    assert arrays["maps0"].shape[0] == min(12, convolution.out_channels)
    page.session_state["glance_page"] = 2
    header, _ = unpack(page.run().get("bidi_component")[0].proto.bytes)
    assert not {row["title"] for row in first} & {row["title"] for row in header["rows"]}
