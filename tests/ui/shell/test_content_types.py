import base64
import zlib
from typing import Any

import numpy as np
import pytest

from cnnviz.data.mnist import load_digits
from cnnviz.ui.shell.content_types import (
    MOST_EDITS,
    Assignments,
    ChannelEdit,
    ChannelEdits,
    GrayImage,
    LayerUnit,
)
from cnnviz.ui.shell.parameter_types import ParameterType


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(content)).decode().rstrip("=")


def test_a_digit_survives_an_address_in_a_few_hundred_characters() -> None:
    for image in load_digits("embedded").test_images[:50, 0]:
        [text] = GrayImage().format(image.tobytes())
        assert len(text) < 600
        assert text.replace("-", "").replace("_", "").isalnum()
        assert GrayImage().parse([text]).value == image.tobytes()


def test_an_empty_drawing_is_not_written() -> None:
    assert GrayImage().format(bytes(784)) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "%%%",
        "Größe",
        packed(bytes(784)),  # nothing drawn
        packed(b"\1" * 783),
        packed(b"\1" * 785),
        packed(b"\1" * 10_000_000)[:1500],  # expands to ten megabytes
        packed(b"\1" * 784)[:-4],
        packed(b"\1" * 784) + "AAAA",
        "A" * 5000,
    ],
)
def test_what_is_no_image_is_refused(text: str) -> None:
    parsed = GrayImage().parse([text])
    assert parsed.value is None
    assert parsed.rejected == (text,)


def test_a_small_text_never_expands_beyond_an_image() -> None:
    bomb = packed(b"\1" * 1_000_000)
    assert len(bomb) < 2 * 784 + 1000
    assert GrayImage().parse([bomb]).value is None


@pytest.mark.parametrize("text", ["conv1-3-4-5", "layer1.0.conv1-0-0-0"])
def test_a_unit_is_a_layer_and_three_numbers(text: str) -> None:
    value = LayerUnit().parse([text]).value
    assert value is not None
    assert LayerUnit().format(value) == [text]


@pytest.mark.parametrize(
    "text", ["", "conv1", "-1-2-3", "conv1-1-2", "conv1-1-2-x", "conv1-1--2-3"]
)
def test_what_is_no_unit_is_refused(text: str) -> None:
    assert LayerUnit().parse([text]).value is None


EDITS = (
    ChannelEdit("conv1", 3, 0.0),
    ChannelEdit("layer1.0.conv1", 63, 2.5),
    ChannelEdit("conv2", 0, source=7, values=(0.5, -1.25, 3e-5, 0.0)),
)


def test_edits_survive_an_address() -> None:
    texts = ChannelEdits().format(EDITS)
    assert texts[:2] == ["conv1-3-0", "layer1.0.conv1-63-2.5"]
    value = ChannelEdits().parse(texts).value
    assert value is not None
    assert value[:2] == EDITS[:2]
    assert value[2].values == tuple(np.array(EDITS[2].values, np.float32).tolist())
    assert ChannelEdits().format(value) == texts


NO_EDITS = """
    conv1 conv1-3 conv1-x-0 conv1-3-nan conv1-3-inf -3-0 conv1-3--1 conv1-3-0- conv1-3-0-AAA
    conv1-3-0-AADAfw
"""


@pytest.mark.parametrize("text", ["", *NO_EDITS.split(), f"conv1-3-0-{'A' * 1000}"])
def test_what_is_no_edit_is_refused(text: str) -> None:
    parsed = ChannelEdits().parse(["conv1-3-0", text])
    assert (parsed.value, parsed.rejected) == (None, (text,))


def test_more_edits_than_an_address_holds_are_refused() -> None:
    texts = [f"conv1-{channel}-0" for channel in range(MOST_EDITS + 1)]
    assert ChannelEdits().parse(texts[:-1]).value is not None
    assert ChannelEdits().parse(texts).rejected == (texts[-1],)


def test_settings_are_names_with_values() -> None:
    type_ = Assignments(("epochs", "learning_rate"))
    texts = ["learning_rate:0.02", "epochs:5", "shell:rm", "epochs", "epochs:" + "9" * 50]
    parsed = type_.parse(texts)
    assert parsed.value == (("learning_rate", "0.02"), ("epochs", "5"))
    assert parsed.rejected == ("shell:rm",)
    assert type_.parse(["shell:rm"]).value is None
    assert type_.format(parsed.value or ()) == texts[:2]


@pytest.mark.parametrize(
    ("type_", "text", "complaint"),
    [
        (GrayImage(), "x", "must be an image of 28 × 28 pixels that is not empty, got “x”."),
        (LayerUnit(), "x", "must be a layer and three whole numbers joined by “-”, got “x”."),
        (ChannelEdits(), "x", "must be at most 24 of the form layer-channel-factor, got “x”."),
        (Assignments(("seed",)), "x", "must be name:value with one of seed, got “x”."),
    ],
)
def test_a_complaint_says_what_must_hold(
    type_: ParameterType[Any], text: str, complaint: str
) -> None:
    sentence = type_.complaint("it", type_.parse([text]))
    assert sentence == f"Ignored in the link: it {complaint}"
