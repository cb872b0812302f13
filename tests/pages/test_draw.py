import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnnviz.data.ink import center
from cnnviz.data.mnist import load_digits
from cnnviz.evaluation.image_predictions import (
    EnsemblePrediction,
    ImagePrediction,
    misclassifications,
)
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks
from cnnviz.training.runs.store import Run
from cnnviz.ui.drawing import drawing, pad
from cnnviz.ui.shell.markdown import plain
from tests.on_disk import make_run
from tests.pages.reading import App

PAGE = "pages/draw.py"


@pytest.fixture
def page(app: App) -> AppTest:
    return app("draw")


def shown(page: AppTest) -> dict[str, Any]:
    """What the page sent to the pad."""
    assert not page.exception
    (found,) = page.get("bidi_component")
    return dict(json.loads(found.proto.json))


def received(page: AppTest) -> np.ndarray:
    image = np.frombuffer(base64.b64decode(shown(page)["image"]), np.uint8)
    return image.reshape(28, 28)


def send(page: AppTest, drawn: np.ndarray, **extra: object) -> AppTest:
    """Let the pad send a drawing."""
    message: dict[str, object] = {
        "seq": 1,
        "id": shown(page)["id"],
        "width": drawn.shape[1],
        "height": drawn.shape[0],
        "ink": base64.b64encode(drawn.tobytes()).decode(),
    }
    page.session_state[pad.PAD_KEY] = {"message": message | extra}
    return page.run()


def seven() -> np.ndarray:
    digits = load_digits("embedded")
    return digits.test_images[np.flatnonzero(digits.test_labels == 7)[0], 0]


def test_an_empty_pad_says_so_and_shows_no_probabilities(page: AppTest) -> None:
    data = shown(page)
    assert data["say"] == "The pad is empty"
    assert len(data["networks"]) == 3
    assert all(network["probabilities"] is None for network in data["networks"])


def test_the_page_runs_by_itself_once_a_session_is_routed(script: App) -> None:
    assert shown(script("draw"))["say"] == "The pad is empty"


def test_a_drawing_is_normalized_and_read_by_every_network(page: AppTest) -> None:
    ink = np.kron(seven(), np.ones((4, 4), np.uint8))
    data = shown(send(page, ink, ops=[{"width": 20, "points": [1, 2]}]))
    assert np.array_equal(received(page), center(ink))
    assert (data["say"], data["words"], data["ack"]) == ("7", False, 1)
    assert data["detail"] == "All 3 networks agree."
    assert data["ops"] == [{"width": 20, "points": [1, 2]}]
    for network in data["networks"]:
        assert sum(network["probabilities"]) == pytest.approx(1)
        assert np.argmax(network["probabilities"]) == 7


def test_while_the_pen_is_down_strokes_do_not_travel_back(page: AppTest) -> None:
    strokes = [{"width": 20, "points": [1, 2]}]
    assert "ops" not in shown(send(page, seven(), ops=strokes, live=True))
    page.switch_page("pages/overview.py").run()
    assert shown(page.switch_page(PAGE).run())["ops"] == strokes


def test_a_late_message_does_not_overwrite_what_the_page_has_put_there(page: AppTest) -> None:
    stale = shown(page)["id"]
    page.button[0].click().run()
    loaded = received(page)
    send(page, seven() // 2 + 1, id=stale)
    assert np.array_equal(received(page), loaded)


@pytest.mark.parametrize(
    "message",
    [
        {"width": 3, "height": 3, "ink": "AAAA"},
        {"width": 10**9, "height": 10**9, "ink": "AAAA"},
        {"width": "a", "height": 1, "ink": "AA=="},
        {"width": -1, "height": -3, "ink": "AAAA"},
        {"width": 1, "height": 1, "ink": "%%%"},
        {"width": 1, "height": 1, "ink": None},
    ],
)
def test_a_message_that_no_pad_sends_is_an_empty_pad(
    page: AppTest, message: dict[str, object]
) -> None:
    assert shown(send(page, seven(), **message))["say"] == "The pad is empty"


def test_the_drawing_is_still_there_after_another_page(page: AppTest) -> None:
    send(page, seven(), ops=[{"width": 20, "points": [1, 2]}])
    page.switch_page("pages/overview.py").run()
    assert pad.PAD_KEY not in page.session_state  # what the pad itself has sent is gone
    data = shown(page.switch_page(PAGE).run())
    assert data["say"] == "7"
    assert data["ops"] == [{"width": 20, "points": [1, 2]}]


def test_a_test_digit_of_the_chosen_class_is_received_as_it_is(page: AppTest) -> None:
    page.selectbox(key="draw_class").select(4).run()
    page.button[0].click().run()
    data, digits = shown(page), load_digits("embedded")
    image = received(page)
    (index,) = np.flatnonzero((digits.test_images[:, 0] == image).all(axis=(1, 2)))
    assert digits.test_labels[index] == 4
    assert data["note"] == f"Test digit at index {index:,}, labeled 4."
    (op,) = data["ops"]
    assert base64.b64decode(op["picture"]["ink"]) == image.tobytes()


def test_the_next_mistake_is_one_with_its_label_and_answer(page: AppTest) -> None:
    network, digits = networks.shipped()[0], load_digits("embedded")
    wrong = misclassifications(networks.load_network(network), digits)
    for position in range(len(wrong) + 1):  # and round again
        page.button[1].click().run()
        mistake = wrong[position % len(wrong)]
        data = shown(page)
        assert np.array_equal(received(page), digits.test_images[mistake.index, 0])
        assert f"Mistake {position % len(wrong) + 1} of {len(wrong)}" in data["note"]
        assert (
            f"labeled {mistake.label}, is classified as {mistake.prediction.digit} with"
            in data["note"]
        )
        assert np.argmax(data["networks"][0]["probabilities"]) == mistake.prediction.digit


def test_an_upload_lands_on_the_pad(page: AppTest) -> None:
    buffer = io.BytesIO()
    Image.fromarray(255 - seven()).resize((280, 280)).save(buffer, "PNG")
    page.file_uploader(key="draw_upload").upload("seven.png", buffer.getvalue(), "image/png").run()
    assert shown(page)["say"] == "7"
    assert shown(page)["note"] == "From your image."
    assert not page.error


def test_a_bad_upload_is_a_sentence_and_loses_nothing(page: AppTest) -> None:
    send(page, seven(), ops=[])
    page.file_uploader(key="draw_upload").upload("seven.png", b"no picture", "image/png").run()
    (error,) = page.error
    assert "must be a PNG or JPEG\\, got another format" in error.value
    assert shown(page)["say"] == "7"


def test_networks_are_chosen_by_link_and_none_is_possible(app: App) -> None:
    linked = app("draw", draw_networks="shipped-lenet5")
    assert [network["title"] for network in shown(linked)["networks"]] == ["LeNet-5"]
    linked.multiselect[0].set_value([]).run()
    send(linked, seven())
    assert shown(linked)["say"] == "No network chosen"
    assert linked.button[1].disabled


def trained(seed: int) -> Run:
    """A run that has written weights."""
    return make_run(Settings(model="lenet5", seed=seed), weights=seed)


def test_own_networks_read_along_also_two_of_one_name(app: App) -> None:
    made = [trained(1), trained(2)]
    page = app("draw")
    labels = ["LeNet-5 · Lecture, seed 1", "LeNet-5 · Lecture, seed 2"]
    page.multiselect[0].set_value([run.id for run in made]).run()
    send(page, seven())
    first, second = shown(page)["networks"]
    assert [first["title"], second["title"]] == labels
    assert first["probabilities"] != second["probabilities"]


def test_a_run_in_its_first_epoch_is_not_said_to_be_deleted(app: App) -> None:
    run = make_run(Settings(model="lenet5"), state="running")
    with run.lock():
        page = app("draw", draw_networks=run.id)
    assert plain(run.title()) in page.info[0].value
    assert "must have weights, which are written after the first epoch" in page.info[0].value
    assert "deleted" not in page.info[0].value


def test_a_network_that_is_gone_is_no_longer_chosen_and_the_page_says_so(app: App) -> None:
    run = trained(1)
    page = app("draw")
    page.multiselect[0].set_value([run.id, "shipped-lenet5"]).run()
    assert len(shown(page)["networks"]) == 2
    assert not page.info
    (run.path / "weights.safetensors").unlink()
    page.run()
    assert [network["title"] for network in shown(page)["networks"]] == ["LeNet-5"]
    assert page.info[0].value == f"“{plain(run.id)}” no longer exists: it may have been deleted."
    page.run()
    assert not page.info


def test_a_damaged_network_is_left_out_and_the_others_read_on(app: App) -> None:
    run = trained(1)
    (run.path / "weights.safetensors").write_bytes(b"no weights")
    page = app("draw")
    page.multiselect[0].set_value([run.id, "shipped-lenet5"]).run()
    assert not page.exception
    assert "was left out" in page.warning[0].value
    send(page, seven())
    assert [network["title"] for network in shown(page)["networks"]] == ["LeNet-5"]
    assert shown(page)["say"] == "7"


def test_a_link_outlives_a_new_name(app: App) -> None:
    run = trained(1)
    run.rename("Before")
    page = app("draw")
    page.multiselect[0].set_value([run.id]).run()
    link = page.query_params["draw_networks"]
    run.rename("After")
    linked = app("draw", draw_networks=link)
    assert [network["title"] for network in shown(linked)["networks"]] == ["After"]


def answer(digit: int, confidence: float) -> ImagePrediction:
    return ImagePrediction(
        tuple(confidence if i == digit else (1 - confidence) / 9 for i in range(10))
    )


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (
            EnsemblePrediction((answer(7, 0.99),), answer(7, 0.99), None),
            ("7", "LeNet-5", "Probability 99.0%"),
        ),
        (
            EnsemblePrediction((answer(7, 0.9), answer(1, 0.6)), answer(7, 0.6), None),
            ("7", "1 of 2 networks agree.", "Mean probability 60.0%"),
        ),
        (
            EnsemblePrediction((answer(7, 0.9999),) * 2, answer(7, 0.9999), None),
            ("7", "Both agree.", "Mean probability >99.9%"),
        ),
        (
            EnsemblePrediction((answer(7, 1),), answer(7, 1), "this is a blot"),
            ("Not a digit", "This is a blot.", ""),
        ),
    ],
)
def test_the_verdict_in_words(reading: EnsemblePrediction, words: tuple[str, str, str]) -> None:
    lenet5 = networks.find_network("shipped-lenet5")
    said = pad.prediction_text(seven(), [lenet5] * len(reading.members), reading)
    assert (said.say, said.detail, said.certainty) == words


def test_nothing_is_read_on_an_empty_pad_or_without_networks() -> None:
    empty = np.zeros((28, 28), np.uint8)
    assert drawing.predict_drawing(empty, networks.networks("classify")) is None
    assert drawing.predict_drawing(seven(), []) is None


def test_a_link_to_a_detector_says_why_it_does_not_read_along(app: App) -> None:
    def said(*keys: str) -> str:
        page = app("draw", draw_networks=keys)
        assert page.multiselect(key="draw_networks").value == ["shipped-lenet5"]
        return str(page.info[0].value)

    alone, both = (
        said("shipped-detr", "shipped-lenet5"),
        said("shipped-detr", "gone", "shipped-lenet5"),
    )
    task = "Ignored in the link: networks must classify single digits here, got “DETR”: "
    assert alone == f"{task}see the page Detect."
    assert both == (
        f"{task}see the page Detect. Ignored in the link: networks must exist, got “gone”: it may "
        "have been deleted."
    )


def test_a_link_leads_to_the_layers_of_the_same_networks_on_the_drawing(page: AppTest) -> None:
    assert not [found for found in page.get("page_link") if "Compare" in found.proto.label]
    send(page, seven())
    [link] = [found.proto for found in page.get("page_link") if "Compare" in found.proto.label]
    keys = page.multiselect(key="draw_networks").value
    assert link.page == "compare"
    assert link.query_string == "&".join(
        [*(f"compare={key}" for key in keys), "compare_view=digit", "subject=drawing"]
    )


def test_a_link_leads_to_the_layers_of_the_first_network_with_the_drawing(page: AppTest) -> None:
    assert not [link for link in page.get("page_link") if link.proto.page == "inside"]
    send(page, seven())
    [link] = [link.proto for link in page.get("page_link") if link.proto.page == "inside"]
    first = page.multiselect(key="draw_networks").value[0]
    assert link.query_string == f"network={first}&subject=drawing"
