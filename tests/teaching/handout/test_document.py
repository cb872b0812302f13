import base64
import html
import io
import json
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from cnnviz.data.mnist import load_digits
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.plots.colors import lookup_table
from cnnviz.teaching.handout.contents import Answer, Handout, handout
from cnnviz.teaching.handout.document import handout_html
from cnnviz.training.runs.networks import find_network, load_network

ATTACK = "<img src=x onerror=alert(1)>\"'&"


def made(network: LoadedNetwork, **values: object) -> Handout:
    image = load_digits("embedded").test_images[5]
    given = {"title": "MnistCNN", "version": "abc", "source": "Test digit 5", "date": "2026-01-02"}
    return handout(network, image, **{**given, **values})  # type: ignore[arg-type]


def document(page: Handout) -> str:
    tables = {name: lookup_table(name, "light") for name in ("ink", "sequential", "diverging")}
    return handout_html(page, tables)


@pytest.fixture(scope="module")
def network() -> LoadedNetwork:
    return load_network(find_network("shipped-mnist_cnn"))


def test_the_unit_is_the_largest_of_the_first_convolution(network: LoadedNetwork) -> None:
    page = made(network)
    assert page.unit is not None
    state = network.model.state_dict()
    x = (torch.from_numpy(page.image[None]).float() / 255 - 0.1307) / 0.3081
    output = F.conv2d(x, state["conv1.weight"], state["conv1.bias"], padding=1)[0]
    assert page.unit.tensor == pytest.approx(float(output.flatten()[output.abs().argmax()]), 1e-5)
    assert f"<b>{page.unit.value:.5f}</b>" in document(page)


def test_maps_are_the_strongest_and_their_pictures_and_numbers_are_their_values(
    network: LoadedNetwork,
) -> None:
    page = made(network)
    state = network.model.state_dict()
    x = (torch.from_numpy(page.image[None]).float() / 255 - 0.1307) / 0.3081
    relu1 = F.relu(F.conv2d(x, state["conv1.weight"], state["conv1.bias"], padding=1))[0].numpy()
    peaks = relu1.max(axis=(1, 2))
    assert page.layers[0].channels[0] == int(peaks.argmax())
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)" data-values="([^"]+)"',
                          document(page))  # fmt: skip
    assert len(pictures) == 1 + 3 * 8
    picture, numbers = pictures[1]
    values = np.array(json.loads(html.unescape(numbers)))
    strongest = relu1[int(peaks.argmax())]
    np.testing.assert_allclose(values, strongest, rtol=1e-3, atol=1e-6)
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("L"), float)
    assert pixels.shape == (28, 28)
    assert np.corrcoef(pixels.ravel(), strongest.ravel())[0, 1] < -0.9  # the larger, the darker


def test_nothing_of_the_learner_is_markup_and_nothing_is_loaded(network: LoadedNetwork) -> None:
    answer = Answer(ATTACK, ATTACK, ATTACK, ATTACK, ATTACK)
    page = made(network, author=ATTACK, notes=ATTACK, source=ATTACK, title=ATTACK, answers=[answer])
    text = document(page)
    assert "<img src=x" not in text
    assert not re.search(r"""(src|href)=["'](?!data:)""", text)
    assert "default-src 'none'" in text


def test_predictions_are_listed_with_what_was_computed(network: LoadedNetwork) -> None:
    answers = [
        Answer("Zeros", "How many?", "none", "half", "Because."),
        Answer("Size", "How wide?", "7", "7", "Since."),
    ]
    text = document(made(network, answers=answers, notes="First.\n\nSecond."))
    assert "Predictions: 1 of 2 correct" in text
    assert "Predicted: none. Computed: <b>half</b>. Because." in text
    assert "<p>First.</p><p>Second.</p>" in text


def test_curves_are_drawn_from_first_to_last_without_what_is_not_finite(
    network: LoadedNetwork,
) -> None:
    curves = {"Training loss": [(0.0, 2.3), (0.5, float("nan")), (1.0, 0.2)], "One": [(0.0, 1.0)]}
    text = document(made(network, curves=curves))
    assert "Training loss: from 2.3 to 0.2 in 1 epochs" in text
    assert text.count("<polyline") == 1


def test_long_notes_are_refused(network: LoadedNetwork) -> None:
    with pytest.raises(ValueError, match=r"notes must have at most 20,000 characters, got 20,001"):
        made(network, notes="x" * 20_001)
