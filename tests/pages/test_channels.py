from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from cnnviz.data.mnist import load_digits
from cnnviz.data.normalization import normalize
from cnnviz.inspection.activations.map_layers import map_layers
from cnnviz.inspection.activations.partial_forward import all_logits
from cnnviz.inspection.interventions.edits import apply_edits
from cnnviz.inspection.interventions.effects import EditEffect
from cnnviz.inspection.interventions.feature_visualization import visualize
from cnnviz.training.runs import networks
from cnnviz.ui.channels import tested_digits
from cnnviz.ui.channels.channel_effect import consequence
from cnnviz.ui.shell import cache_budgets
from tests.kinds import KINDS
from tests.pages.reading import App
from tests.pages.session import choose_elsewhere


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tested_digits, "TESTED", 200)
    cache_budgets.clear()


def component(page: AppTest, name: str) -> Any:
    (found,) = [c for c in page.get("bidi_component") if c.proto.component_name == f"cnnviz_{name}"]
    return found.proto


def button(page: AppTest, label: str) -> Any:
    (labeled,) = [element for element in page.button if element.label == label]
    return labeled


def test_it_opens_on_the_first_kernels_with_nothing_edited(app: App) -> None:
    page = app("channels", network="shipped-lenet5")
    assert page.selectbox(key="channels_layer").value == "c1"
    assert "No edits yet." in component(page, "effect_view").json
    assert [button.label for button in page.button if button.disabled] == ["Undo", "Reset"]


def test_the_address_names_layer_and_channel(app: App) -> None:
    page = app("channels", network="shipped-lenet5", layer="tanh3", channel="7")
    assert (
        page.selectbox(key="channels_layer").value,
        page.number_input(key="channels_channel").value,
    ) == (
        "tanh3",
        7,
    )


@pytest.mark.parametrize(("layer", "channel"), [("nowhere", "99"), ("c1", "-3"), ("", "x")])
def test_an_address_that_names_nothing_is_put_right(app: App, layer: str, channel: str) -> None:
    page = app("channels", network="shipped-lenet5", layer=layer, channel=channel)
    assert page.selectbox(key="channels_layer").value == "c1"
    assert 0 <= page.number_input(key="channels_channel").value <= 5


def test_edits_of_the_session_are_shown_undone_and_reset(app: App) -> None:
    from cnnviz.inspection.interventions.edits import Scale

    page = app("channels", network="shipped-lenet5")
    network = networks.find_network("shipped-lenet5")
    mute = tuple(Scale("c1", channel, 0.0) for channel in range(5))
    page.session_state["channels_edits"] = {(network.key, network.version): mute}
    page.run()
    assert not page.exception
    assert "c1, channel 4 muted" in page.caption[0].value
    assert " became wrong and " in component(page, "effect_view").json
    for _ in mute:
        page.button[1].click().run()
    assert "No edits yet." in component(page, "effect_view").json


def test_edits_are_in_the_address_and_a_link_makes_them(app: App) -> None:
    page = app("channels", network="shipped-lenet5", edits=["c1-2-0", "c1-4-0.5", "nope-0-0"])
    assert "c1, channel 4 × 0.50 · c1, channel 2 muted" in page.caption[0].value
    assert "got 1 that do not" in page.info[0].value
    assert page.query_params["edits"] == ["c1-2-0", "c1-4-0.5"]
    button(page, "Undo").click().run()
    assert page.query_params["edits"] in ("c1-2-0", ["c1-2-0"])
    assert "c1, channel 2 muted" in page.caption[0].value
    button(page, "Reset").click().run()
    assert "edits" not in page.query_params


def sentences(page: AppTest) -> list[str]:
    return [text.value for text in page.markdown]


def test_muting_the_channel_shown_first_visibly_changes_the_answer(app: App) -> None:
    from cnnviz.inspection.interventions.edits import Scale

    page = app("channels", network="shipped-lenet5")
    channel = page.number_input(key="channels_channel").value
    assert any(f"without channel {channel} the answer" in text for text in sentences(page))
    network = networks.find_network("shipped-lenet5")
    page.session_state["channels_edits"] = {
        (network.key, network.version): (Scale("c1", channel, 0.0),)
    }
    page.run()
    image = load_digits("embedded").test_images[0]
    loaded = networks.load_network(network)
    muted = apply_edits(loaded, [Scale("c1", channel, 0.0)], map_layers(loaded))
    before, after = (
        all_logits(one, image[None]).softmax(dim=1).numpy()[0] for one in (loaded, muted)
    )
    assert abs(after - before).sum() / 2 > 0.5
    assert consequence(EditEffect(before, after, 0, 0, 0, 0), "0") in sentences(page)


def test_a_digit_that_depends_on_the_channel_is_offered_if_this_one_does_not(app: App) -> None:
    page = app("channels")  # whose 0 no single channel decides
    assert any("can spare any one of the 32 channels of conv1" in text for text in sentences(page))
    channel = page.number_input(key="channels_channel").value
    page.button(key="channels_example").click().run()
    assert not page.exception
    assert page.number_input(key="digit").value != 0
    assert page.number_input(key="channels_channel").value == channel
    assert any(text.startswith("Press Mute and watch") for text in sentences(page))


def test_a_link_with_damaged_edits_changes_nothing(app: App) -> None:
    page = app("channels", network="shipped-lenet5", edits="c1-2-nan")
    assert "edits must be at most 24 of the form" in page.info[0].value
    assert "edits" not in page.query_params
    assert "No edits yet." in component(page, "effect_view").json


def test_without_networks_there_is_a_sentence_and_a_way_out(
    app: App,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(networks, "networks", lambda *_: [])
    page = app("channels")
    assert page.info[0].value == "There is no trained network yet."
    assert page.get("page_link")[0].proto.page == "train"


def test_a_damaged_file_is_a_sentence(app: App, damaged_network: None) -> None:
    del damaged_network
    page = app("channels")
    assert "Choose another network" in page.error[0].value


@pytest.mark.parametrize("key", KINDS)
def test_every_kind_of_network_opens(app: App, key: str) -> None:
    page = app("channels", network=f"shipped-{key}")
    assert component(page, "effect_view")


@pytest.mark.parametrize(("channel", "shown"), [("9" * 5000, 5), ("3", 3), ("٣", 3)])
def test_any_number_in_the_address_is_a_channel_of_the_layer(
    app: App, channel: str, shown: int
) -> None:
    page = app("channels", network="shipped-lenet5", layer="c1", channel=channel)
    assert page.number_input(key="channels_channel").value == shown


def test_a_channel_chosen_elsewhere_is_open_here(app: App) -> None:
    page = app("inside", network="shipped-lenet5")
    choose_elsewhere(page, layer="c3", channel="9")
    page.switch_page("pages/channels.py").run()
    assert not page.exception
    assert page.selectbox(key="channels_layer").value == "c3"
    assert page.number_input(key="channels_channel").value == 9


def test_a_class_and_the_difference_of_two_can_be_what_grows(app: App) -> None:
    page = app("channels", network="shipped-lenet5")
    page.selectbox(key="channels_goal").set_value("4").run()
    page.selectbox(key="channels_less").set_value("9").run()
    page.button(key="channels_optimize").click().run()
    assert not page.exception
    goal = page.session_state["channels_optimization"].goal
    assert (goal.title, goal.objective().layers) == ("logit of 4 minus that of 9", ("", ""))
    network = networks.find_network("shipped-lenet5")
    scores = tested_digits.tested_logits(network, load_digits("embedded"))
    assert scores.shape == (200, 10)
    best = float((scores[:, 4] - scores[:, 9]).max())
    assert page.session_state["channels_optimization"].best == pytest.approx(best)
    page.selectbox(key="channels_goal").set_value("9").run()  # a class less itself is nothing
    assert not page.exception
    assert page.selectbox(key="channels_less").value == "none"


def test_the_image_for_the_channel_shown_first_is_no_black_square(app: App) -> None:
    page = app("channels")
    page.button(key="channels_optimize").click().run()
    assert not page.exception
    goal = page.session_state["channels_optimization"].goal
    channel = page.number_input(key="channels_channel").value
    assert goal.title == "mean of the channel after relu1"
    network = networks.load_network(networks.find_network("shipped-mnist_cnn"))
    *_, last = visualize(network, goal.objective())
    weights = {name: t.double() for name, t in network.model.state_dict().items()}

    def mean(image: NDArray[np.float32]) -> float:  # of the rectified channel, by hand
        x = normalize(torch.from_numpy(image)[None, None].float(), size=28).double()
        one = slice(channel, channel + 1)
        maps = F.conv2d(x, weights["conv1.weight"][one], weights["conv1.bias"][one], padding=1)
        return float(maps.clamp(min=0).mean())

    digits = load_digits("embedded").test_images[:200, 0].astype(np.float32) / 255
    assert last.value == pytest.approx(mean(last.image), rel=1e-3)
    assert last.value > 1.2 * max(map(mean, digits))
    assert last.image.mean() > 0.05
