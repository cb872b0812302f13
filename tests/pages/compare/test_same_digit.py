"""One digit through several networks: their maps, boxes and notes."""

import base64
import json
import time
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from cnnviz.data.ink import center
from cnnviz.data.mnist import load_digits
from cnnviz.evaluation.predictions import predict
from cnnviz.inspection.attribution.methods import explain_by
from cnnviz.inspection.attribution.question import Target, question_about
from cnnviz.models.catalog import CATALOG
from cnnviz.training.runs import networks
from cnnviz.ui.compare.digits import same_digit
from cnnviz.ui.components.component import unpack
from cnnviz.ui.drawing import pad
from tests.pages.compare.compare_page import FOUR, TWO, Opened, sent

MIDDLE = {"compare_match": "role", "compare_depth": "Middle"}


def test_one_digit_brings_three_pictures_for_each_network_with_boxes(opened: Opened) -> None:
    page = opened(*TWO, way="Same digit", **MIDDLE)
    views = [view for view in page.get("bidi_component") if view.proto.bytes]
    header, arrays = unpack(views[-1].proto.bytes)
    assert len(header["stages"]) == 3 * len(TWO)
    assert [stage["layer"] for stage in header["stages"]][1::3] == [
        CATALOG["lenet5"].middle,
        CATALOG["sprint_cnn"].middle,
    ]
    assert "field1-0" in arrays  # a unit of the first network's map, on its own input
    assert "field4-3" in arrays


def drawn(page: AppTest, image: NDArray[np.uint8], *, live: bool = False) -> AppTest:
    """Let the pad send a drawing."""
    views = [view for view in page.get("bidi_component") if view.proto.json]
    message = {
        "seq": 1,
        "id": next(view["id"] for view in sent(views) if "ack" in view),
        "live": live,
        "width": image.shape[1],
        "height": image.shape[0],
        "ink": base64.b64encode(image.tobytes()).decode(),
    }
    page.session_state[pad.PAD_KEY] = {"message": message}
    return page.run()


def test_a_digit_drawn_here_goes_through_every_network(opened: Opened) -> None:
    page = opened(*TWO, way="Same digit", subject="My drawing")
    assert not [v for v in page.get("bidi_component") if v.proto.bytes]  # only the empty pad
    image = load_digits().test_images[0, 0]
    drawn(page, np.kron(image, np.ones((4, 4), np.uint8)))
    assert not page.exception
    header, arrays = unpack(
        [v for v in page.get("bidi_component") if v.proto.bytes][-1].proto.bytes
    )
    assert [stage["title"] for stage in header["stages"][::3]] == ["LeNet-5", "SprintCNN"]
    received = center(np.kron(image, np.ones((4, 4), np.uint8)))
    assert arrays["stage3"][0] == pytest.approx(received / 255)  # SprintCNN pads nothing
    assert page.caption[-1].value.startswith("Your drawing")


def test_the_frame_on_each_input_is_what_the_middle_unit_sees(opened: Opened) -> None:
    early = {"compare_match": "role"}
    header, arrays = shown_stages(opened(*TWO, way="Same digit", **early))
    first, second = header["stages"][0], header["stages"][3]
    # the middle of 28 x 28 units, each of which sees 5 x 5 pixels of a padded or a bare input
    assert first["box"] == [14, 14, 18, 18]
    row, column = (side // 2 for side in arrays["stage4"].shape[1:])
    assert second["box"] == arrays["field4-3"][row, column].tolist()
    assert header["led"]


def test_a_wrong_answer_and_the_depth_are_said(opened: Opened) -> None:
    digits, network = load_digits(), networks.find_network(TWO[0])
    found = predict(networks.load_network(network), digits.test_images)
    wrong = int(np.flatnonzero(found.digits != digits.test_labels)[0])
    early = {"compare_match": "role"}
    page = opened(*TWO, way="Same digit", digit=str(wrong), **early)
    header, _ = shown_stages(page)
    notes = header["stages"][0]["notes"]
    assert notes[0].startswith(f"Predicted {found.digits[wrong]} (")
    assert notes[0].endswith(f"The label is {digits.test_labels[wrong]}.")
    assert header["stages"][1]["notes"][0] == "After 1 of 5 convolutions and linear layers, 20%."


def test_layers_are_matched_by_depth_size_or_field_and_what_is_far_is_said(opened: Opened) -> None:
    keys = ("shipped-lenet5", "shipped-mnist_cnn")
    header, _ = shown_stages(opened(*keys, way="Same digit"))
    first, second = header["stages"][1::3]
    assert (first["layer"], second["layer"]) == ("tanh3", "relu2")  # 2 of 5, and 2 of 4
    assert second["notes"][0] == "After 2 of 4 convolutions and linear layers, 50%."

    page = opened(*keys, way="Same digit", compare_match="share", compare_share="90")
    first, second = shown_stages(page)[0]["stages"][1::3]
    assert first["notes"][0].endswith("60%.")
    assert second["notes"][:2] == [
        "After 2 of 4 convolutions and linear layers, 50%.",
        "No layer with maps is nearer to 90%.",
    ]

    page = opened(*keys, way="Same digit", compare_match="size", compare_size="7")
    header, arrays = shown_stages(page)
    assert [arrays[f"stage{i}"].shape[1:] for i in (1, 4)] == [(5, 5), (7, 7)]
    assert "None of its maps are 7 × 7." in header["stages"][1]["notes"]
    assert len(header["stages"][4]["notes"]) == 2  # how deep, and what a unit sees
    assert page.query_params["compare_size"] == "7"

    by_field = {"compare_match": "field", "compare_field": "15"}  # 16/15 is less than 15/14
    header, _ = shown_stages(opened(*keys, way="Same digit", **by_field))
    assert header["stages"][1]["notes"][1].startswith("Receptive field: 16 pixels")
    assert (
        header["stages"][4]["notes"][1] == "No unit has a receptive field of about 15 × 15 pixels."
    )


def test_what_speaks_for_a_class_lies_on_the_input_as_it_is_received(opened: Opened) -> None:
    page = opened(*TWO, way="Same digit", compare_for="3")
    header, arrays = shown_stages(page)
    assert arrays["stage0"].shape == arrays["stage2"].shape == (1, 32, 32)  # LeNet-5 pads
    assert arrays["stage3"].shape == arrays["stage5"].shape == (1, 28, 28)
    assert header["stages"][2]["notes"] == ["For class 3."]
    assert header["stages"][2]["enlarged"] == [5, 5]  # of s4
    network, image = networks.find_network(TWO[0]), load_digits().test_images[0]
    question = question_about(networks.load_network(network), Target(3), "s4")
    inside = explain_by(question, image, "grad_cam")
    assert arrays["stage2"][0, 2:-2, 2:-2] == pytest.approx(inside, abs=1e-6)


def test_a_unit_that_is_kept_stands_in_the_address(opened: Opened) -> None:
    page = opened(*TWO, way="Same digit")
    page.query_params["compare_unit"] = "1-3-4-5"
    assert shown_stages(page.run())[0]["keep"] == [1, 3, 4, 5]
    for none in ("1-3-4-500", "99-0-0-0", "1-2", "a-b-c-d"):
        page.query_params["compare_unit"] = none
        assert shown_stages(page.run())[0]["keep"] is None


def test_a_drawing_that_all_read_on_the_pad_needs_no_table_of_their_answers(opened: Opened) -> None:
    page = opened(*TWO, way="Same digit", subject="My drawing")
    drawn(page, np.kron(load_digits().test_images[0, 0], np.ones((4, 4), np.uint8)))
    assert not page.get("plotly_chart")
    assert len(shown_stages(page)[0]["stages"]) == 6


def test_the_next_digit_is_one_that_they_answer_differently(opened: Opened) -> None:
    digits = load_digits()
    both = [
        predict(networks.load_network(networks.find_network(key)), digits.test_images)
        for key in TWO
    ]
    differ = np.flatnonzero(both[0].digits != both[1].digits)
    page = opened(*TWO, way="Same digit", digit=str(differ[-1]))
    while not [b for b in page.button if b.key == "compare_next_difference"]:
        time.sleep(0.1)
        page.run()
    button = page.button(key="compare_next_difference")
    assert f"of {len(differ)} " in button.label
    button.click().run()
    assert page.number_input(key="digit").value == differ[0]  # after the last comes the first


def test_many_networks_are_looked_at_a_few_at_a_time(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(same_digit, "_PER_PAGE", 2)
    page = opened(*FOUR[:3], way="Same digit")
    assert len(shown_stages(page)[0]["stages"]) == 3 * 2
    [pages] = page.get("pagination")
    assert pages.proto.num_pages == 2
    [said] = page.get("plotly_chart")
    assert len(json.loads(said.proto.spec)["data"][0]["y"]) == 3  # the answers of all


def shown_stages(page: AppTest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the view of maps was sent."""
    return unpack([v for v in page.get("bidi_component") if v.proto.bytes][-1].proto.bytes)
