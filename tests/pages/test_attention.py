import numpy as np
import pytest

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.attention import AttentionMap, attention_maps
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks
from cnnviz.training.runs.store import Run
from cnnviz.ui.components.component import unpack
from cnnviz.ui.inside import sentences
from tests.on_disk import make_run
from tests.pages.reading import App


def trained(key: str) -> Run:
    """A run that has written weights."""
    return make_run(Settings(model=key), weights=1)


def test_a_vits_maps_and_their_rollout_go_to_the_browser(app: App) -> None:
    run = trained("vit")
    page = app("inside", network=run.id)
    assert "Attention" in [heading.value for heading in page.subheader]
    header, arrays = unpack(page.get("bidi_component")[1].proto.bytes)
    names = [layer["layer"] for layer in header["layers"]]
    assert names == [*(f"blocks.{i}.attn" for i in range(6)), "rollout"]
    digit = load_digits("embedded").test_images[0]
    maps = attention_maps(networks.load_network(networks.find_network(run.id)), digit)
    assert arrays["ink"] * 255 == pytest.approx(digit[0])
    for i, found in enumerate(maps):
        assert arrays[f"layer{i}"] == pytest.approx(found.values)
    assert [arrays[f"layer{i}"].size for i in (0, 6)] == [4 * 50 * 50, 50 * 50]
    assert "layer7" not in arrays


@pytest.mark.parametrize("key", ["shipped-lenet5", "mixer"])
def test_a_network_without_attention_has_no_such_section(app: App, key: str) -> None:
    page = app("inside", network=key if key.startswith("shipped") else trained(key).id)
    assert "Attention" not in [heading.value for heading in page.subheader]


def test_what_a_layer_looks_at_is_said_in_words() -> None:
    def said(queries: int, keys: int, **fields: int) -> str:
        values = np.zeros((1, 1, 1), np.float32)
        grids = (queries, queries), (keys, keys)
        return sentences.attention_sentence(AttentionMap("layer", values, *grids, **fields))

    assert said(7, 7) == "7 × 7 tokens all attend to each other."
    assert said(7, 7, query_classes=1, key_classes=1) == (
        "7 × 7 tokens and a class token all attend to each other."
    )
    assert said(14, 14, window=7, shift=3) == (
        "Each of 14 × 14 tokens attends to its own window of 7 × 7, shifted by 3."
    )
    assert said(0, 4, query_classes=1, key_classes=1) == (
        "Cross-attention: one branch's class token attends to the other's 4 × 4 tokens."
    )
    assert said(4, 7) == (
        "Subsampling: 4 × 4 queries, evenly spaced among 7 × 7 tokens, attend to all of them."
    )
