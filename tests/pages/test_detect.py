import base64
import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.data.canvases import held_out_canvases
from cnnviz.data.ink import place_on_canvas
from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.object_queries import QueryPredictions, query_predictions
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks
from cnnviz.ui.components.component import unpack
from cnnviz.ui.drawing import pad
from tests.on_disk import make_run
from tests.pages.reading import App


def shown(page: AppTest) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """What the page sent to the component: header, canvas and attention."""
    assert not page.exception
    header, arrays = unpack(page.get("bidi_component")[-1].proto.bytes)
    assert [array.shape for array in arrays.values()] == [(64, 64), (8, 8, 8)]
    return header, arrays["ink"] / 255, arrays["attention"]


def expected(index: int, layer: int = -1) -> QueryPredictions:
    canvas = held_out_canvases(load_digits("embedded")).images[index]
    return query_predictions(networks.load_network(networks.find_network("shipped-detr")), canvas)[
        layer
    ]


def assert_shows(page: AppTest, look: QueryPredictions) -> None:
    header, _, attention = shown(page)
    assert [query["digit"] for query in header["queries"]] == look.labels.tolist()
    found = [place for place, query in enumerate(header["queries"]) if query["found"]]
    assert found == sorted(look.detected)
    for query, box, nothing in zip(header["queries"], look.boxes, look.nothing, strict=True):
        assert query["box"] == pytest.approx(box, abs=1e-5)
        assert query["nothing"] == pytest.approx(nothing, abs=1e-5)
    assert attention == pytest.approx(look.attention.mean(axis=0), abs=1e-5)


def test_the_page_opens_with_three_digits_and_shows_what_the_network_says(app: App) -> None:
    page, made = app("detect"), held_out_canvases(load_digits("embedded"))
    index = page.number_input(key="detect_canvas").value
    assert (made.labels[index] >= 0).all()
    assert shown(page)[1] == pytest.approx(made.images[index, 0] / 255)
    assert_shows(page, expected(index))
    assert expected(index).digits == made.digits(index)
    first, second, third = made.digits(index)
    sentence = f"**DETR reads all 3 digits correctly, {first}, {second} and {third}**: "
    assert any(
        text.value.startswith(f"{sentence}the network has 8 search slots") for text in page.markdown
    )


def test_a_layer_before_the_last_gives_its_own_answer(app: App) -> None:
    page = app("detect")
    index = page.number_input(key="detect_canvas").value
    page.get("button_group")[0].set_value(0).run()
    assert_shows(page, expected(index, 0))


def test_another_canvas_is_another_one_and_a_link_names_it(app: App) -> None:
    page = app("detect")
    before = page.number_input(key="detect_canvas").value
    page.button[0].click().run()
    after = page.number_input(key="detect_canvas").value
    assert after != before
    assert_shows(page, expected(after))


def test_only_detectors_are_offered(app: App) -> None:
    for model in ("detr", "lenet5"):
        make_run(Settings(model=model), state="stopped", weights=0)
    page = app("detect")
    assert page.selectbox(key="detect_network").options == ["DETR", "DETR · Lecture"]


def test_without_a_detector_the_page_leads_to_training(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "shipped", list)
    page = app("detect")
    assert not page.exception
    assert "There is no trained detector yet." in [info.value for info in page.info]


def test_the_page_runs_by_itself_once_a_session_is_routed(script: App) -> None:
    assert shown(script("detect"))[0]["side"] == 64


# On the Draw page


def sent(page: AppTest, drawn: np.ndarray, place: object) -> AppTest:
    """Let the pad send ink and where it lies."""
    board = json.loads(page.get("bidi_component")[0].proto.json)
    ink = base64.b64encode(drawn.tobytes()).decode()
    size = {"width": drawn.shape[1], "height": drawn.shape[0]}
    message = {"seq": 1, "id": board["id"], "ink": ink, "place": place, **size}
    page.session_state[pad.PAD_KEY] = {"message": message}
    return page.run()


def test_the_pad_hands_a_drawing_of_several_digits_to_the_detector(app: App) -> None:
    page, digits = app("draw"), load_digits("embedded")
    one, seven = (digits.test_images[np.flatnonzero(digits.test_labels == d)[3], 0] for d in (1, 7))
    drawn = np.concatenate([one, seven], axis=1)  # side by side, in the middle of the pad
    page.toggle(key="draw_several").set_value(True)
    sent(page, drawn, [4 / 64, 18 / 64, 56 / 64, 28 / 64])
    header, canvas, _ = shown(page)
    assert (canvas[18:46, 4:60] * 255).round() == pytest.approx(drawn)
    assert canvas.sum() * 255 == pytest.approx(drawn.sum(), rel=1e-4)
    assert sorted(query["digit"] for query in header["queries"] if query["found"]) == [1, 7]


@pytest.mark.parametrize("place", [None, "left", [0, 0, 2, 1], ["a", 0, 1, 1], [0, 0, 1]])
def test_a_place_that_no_pad_sends_leaves_no_error(app: App, place: object) -> None:
    page = app("draw")
    page.toggle(key="draw_several").set_value(True)
    sent(page, np.full((8, 8), 255, np.uint8), place)
    assert not page.exception


def test_an_empty_pad_invites_to_draw(app: App) -> None:
    page = app("draw")
    page.toggle(key="draw_several").set_value(True).run()
    assert len(page.get("bidi_component")) == 1
    assert any("draw two or three digits" in caption.value for caption in page.caption)


def test_a_test_digit_goes_to_the_detector_as_large_as_the_pad_shows_it(app: App) -> None:
    page = app("draw")
    page.toggle(key="draw_several").set_value(True)
    page.button[0].click().run()
    board = json.loads(page.get("bidi_component")[0].proto.json)
    digit = np.frombuffer(base64.b64decode(board["image"]), np.uint8).reshape(28, 28)
    assert digit.any()
    assert (shown(page)[1] * 255).round() == pytest.approx(
        place_on_canvas(digit, (0, 0, 1, 1), side=64)
    )


def test_without_a_detector_draw_offers_no_search(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [network for network in networks.shipped() if network.task == "classify"]
    monkeypatch.setattr(networks, "shipped", lambda: found)
    page = app("draw")
    assert not page.exception
    assert not page.toggle


def test_the_shipped_detector_reads_no_single_digits_along(app: App) -> None:
    page = app("draw")
    assert "DETR" not in page.multiselect[0].options
