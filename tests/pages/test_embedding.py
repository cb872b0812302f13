"""The maps that the page sends are the core's own, and grow layer by layer."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.embedding.layer_embedding import embed
from cnnviz.inspection.embedding.layer_maps import LayerEmbeddings
from cnnviz.inspection.embedding.layer_vectors import layers_to_embed, vectors
from cnnviz.training.runs import networks
from cnnviz.ui.cached.digit_samples import sample_digits
from cnnviz.ui.components.component import unpack
from cnnviz.ui.embedding import atlas
from tests.pages.reading import App, promises, settled

LENET = "shipped-lenet5"
FEW = 60

Sent = tuple[dict[str, Any], dict[str, NDArray[Any]]]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atlas, "MAPPED_DIGITS", FEW)


def sent(page: AppTest) -> Sent:
    return unpack(page.get("bidi_component")[-1].proto.bytes)


def test_every_layer_comes_with_the_cores_points_and_neighbors(app: App) -> None:
    header, arrays = sent(settled(app("embedding", network=LENET)))
    digits = load_digits("embedded")
    network = networks.find_network("shipped-lenet5")
    index = arrays["index"].astype(int)
    assert len(set(index)) == FEW
    assert (arrays["labels"] == digits.test_labels[index]).all()
    loaded = networks.load_network(network)
    found = vectors(
        loaded,
        digits.test_images[index],
        layers_to_embed(loaded),
    )
    (shown,) = header["networks"]
    assert [layer["name"] for layer in shown["layers"]] == [v.layer for v in found]
    for i, (layer, vector) in enumerate(zip(shown["layers"], found, strict=True)):
        expected = embed(vector, digits.test_labels[index])
        assert np.abs(arrays[f"places0-{i}"]) == pytest.approx(
            np.abs(expected.points[:, :2]), abs=1e-4
        )
        assert (arrays[f"near0-{i}"] == expected.neighbors).all()
        assert layer["separation"][0] == expected.separation.value


def test_a_digit_of_the_sample_lies_on_its_own_point_and_another_on_its_projection(
    app: App,
) -> None:
    page = settled(app("embedding", network=LENET, digit="0"))  # the walk begins there
    header, arrays = sent(page)
    for i, layer in enumerate(header["networks"][0]["layers"]):
        assert layer["subject"] == pytest.approx(arrays[f"places0-{i}"][0].tolist())
    digits = load_digits("embedded")
    other = next(i for i in range(1000) if i not in arrays["index"].tolist())
    header, arrays = sent(settled(page.number_input(key="digit").set_value(other).run()))
    first = header["networks"][0]["layers"][0]
    pixels = digits.test_images[arrays["index"].astype(int)].reshape(FEW, -1) / 255
    axes = np.linalg.svd(pixels - pixels.mean(axis=0), full_matrices=False)[2][:2]
    expected = axes @ (digits.test_images[other].ravel() / 255 - pixels.mean(axis=0))
    assert np.abs(first["subject"]) == pytest.approx(np.abs(expected), abs=1e-3)


def test_tsne_places_the_subject_among_its_neighbors(app: App) -> None:
    header, arrays = sent(settled(app("embedding", network=LENET, map="t-SNE", digit="3")))
    for i, layer in enumerate(header["networks"][0]["layers"]):
        near = arrays[f"places0-{i}"][layer["near"]]
        assert (near.min(axis=0) - 1e-3 <= layer["subject"]).all()
        assert (layer["subject"] <= near.max(axis=0) + 1e-3).all()
        assert "distances between groups carry no meaning" in layer["facts"]


def test_the_network_before_training_stands_beside_it(app: App) -> None:
    page = settled(app("embedding", network=LENET))
    page.segmented_control(key="beside").set_value("Untrained").run()
    header, arrays = sent(settled(page))
    trained, fresh = header["networks"]
    assert fresh["title"] == "Untrained"
    assert [layer["name"] for layer in fresh["layers"]] == [
        layer["name"] for layer in trained["layers"]
    ]
    assert (arrays["places0-0"] == arrays["places1-0"]).all()  # the pixels are the same
    assert trained["layers"][-1]["separation"][0] > fresh["layers"][-1]["separation"][0]


def test_any_layer_can_be_added_and_stays_while_another_is_looked_at(app: App) -> None:
    page = settled(app("embedding", network="shipped-resnet20", layer="layer2.1.conv1"))
    header, arrays = sent(page)
    names = [layer["name"] for layer in header["networks"][0]["layers"]]
    assert header["first"] == "layer2.1.conv1"
    place = names.index("layer2.1.conv1")
    assert (names[place - 1], names[place + 1]) == ("layer1", "layer2")  # it is inside layer2
    network = networks.find_network("shipped-resnet20")
    digits = load_digits("embedded")
    index = arrays["index"].astype(int)
    (_, vector) = vectors(
        networks.load_network(network), digits.test_images[index], ["layer2.1.conv1"]
    )
    expected = embed(vector, digits.test_labels[index])
    assert np.abs(arrays[f"places0-{place}"]) == pytest.approx(
        np.abs(expected.points[:, :2]), abs=1e-3
    )
    page.query_params["layer"] = "layer3"
    header, _ = sent(settled(page.run()))
    assert header["first"] == "layer3"
    assert [layer["name"] for layer in header["networks"][0]["layers"]] == names


def test_until_a_tsne_is_ready_the_pca_is_shown_and_says_so(
    app: App,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = threading.Event()
    monkeypatch.setattr(atlas, "MAPPED_DIGITS", FEW - 1)  # of which no t-SNE is kept
    monkeypatch.setattr(atlas, "_tsne_map", lambda *_: gate.wait(60))
    page = app("embedding", network=LENET, map="t-SNE", digit="7")
    first, rest = list(promises(page).values())[:2]
    assert len(first.result(60).embeddings) == 1
    rest.result(60)
    header, arrays = sent(page.run())
    gate.set()
    for i, layer in enumerate(header["networks"][0]["layers"]):
        assert layer["waiting"] == "Showing PCA while t-SNE is computed."
        assert f"places0-{i}" in arrays
    assert "0 of" in page.get("progress")[0].proto.text


def test_the_layer_that_is_looked_at_comes_first() -> None:
    network = networks.find_network("shipped-lenet5")
    sample = sample_digits(load_digits("embedded"), FEW)
    loaded = networks.load_network(network)
    names = layers_to_embed(loaded)
    steps = list(atlas._embed(loaded, sample, names, names[2], {}))
    assert steps[0].embeddings.keys() == {"", names[2]}
    assert steps[0].names == ("", *names)
    assert [len(step.embeddings) for step in steps] == [*range(2, len(names) + 2)]


def test_without_networks_there_is_a_sentence_and_a_way_out(
    app: App,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(networks, "networks", lambda *_: [])
    page = app("embedding")
    assert page.info[0].value == "There is no trained network yet."
    assert page.get("page_link")[0].proto.page == "train"


def test_without_a_drawing_there_is_a_map_without_one(app: App) -> None:
    page = settled(app("embedding", network=LENET))
    page.segmented_control(key="subject").set_value("My drawing").run()
    header, arrays = sent(settled(page))
    assert "subject" not in arrays
    assert all(layer["subject"] is None for layer in header["networks"][0]["layers"])


def test_every_visitor_has_a_first_map_before_anyone_has_the_rest(
    app: App,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    gate = threading.Event()

    def told(name: str, *before: Callable[[], object]) -> Callable[..., LayerEmbeddings]:
        def call(key: tuple[str, ...], *_: object) -> LayerEmbeddings:
            [wait() for wait in before]
            done.append(f"{name} {key[1]}")
            return LayerEmbeddings((), {})

        return call

    monkeypatch.setattr(atlas, "MAPPED_DIGITS", FEW - 2)  # of which nothing is kept
    monkeypatch.setattr(atlas, "_embed_first", told("first", lambda: gate.wait(60)))
    monkeypatch.setattr(atlas, "_embed_rest", told("rest"))
    apps = []
    for key in ("shipped-lenet5", "shipped-mnist_cnn"):
        apps.append(app("embedding", network=key))
    gate.set()
    for page in apps:
        for promise in promises(page).values():
            promise.result(60)
    one, other = "shipped-lenet5", "shipped-mnist_cnn"
    assert done == [f"first {one}", f"first {other}", f"rest {one}", f"rest {other}"]


def test_a_layer_and_a_network_that_are_not_there_are_said_and_leave_the_address(app: App) -> None:
    page = app("embedding", network=LENET, layer="zz", other="nope")
    assert [info.value for info in page.info[:2]] == [
        "Ignored in the link: layer must be one of those offered here, got “zz”.",
        "Ignored in the link: other network must exist, got “nope”: it may have been deleted.",
    ]
    assert not {"layer", "other"} & page.query_params.keys()
