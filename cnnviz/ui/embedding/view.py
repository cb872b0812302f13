"""A component that shows a map of test digits for each layer of one or two networks."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from cnnviz.data.mnist import Pixels
from cnnviz.models.structure.counts import size_text
from cnnviz.plots import colors
from cnnviz.stats.percentages import percent
from cnnviz.ui.components.component import component, pack
from cnnviz.ui.components.received import Name, pass_on

if TYPE_CHECKING:
    from cnnviz.data.digit_sample import DigitSample
    from cnnviz.inspection.embedding.layer_maps import EmbeddingMap
    from cnnviz.ui.embedding.atlas import Atlas

_STORE = component("digit_store", beside=__file__)
WAITING = "Showing PCA while t-SNE is computed."
_VIEW = component("embedding_view", beside=__file__)


def send_digits(sample: "DigitSample", *, key: str) -> None:
    """Send the images of the digits once; do not call it in a fragment that reruns."""
    pictures = {"pictures": sample.images[:, 0]}
    _STORE(data=pack({"name": sample.source}, pictures), key=key)


def embedding_view(
    atlases: "Sequence[Atlas]",
    sample: "DigitSample",
    *,
    key: str,
    first: str,
    subject: str,
    image: Pixels | None,
    placed: Mapping[str, str],
    on_layer: Callable[[str], None],
) -> None:
    """Show the finished maps.

    Args:
        atlases: of one network or two.
        sample: the digits on the maps.
        key: Streamlit's key of the component.
        first: name of the layer to begin with.
        subject: title of the user's own digit.
        image: of it, uint8, (28, 28); None for none.
        placed: how it was placed, in words, by kind of map.
        on_layer: called with the layer's name when the user has chosen another.
    """
    from cnnviz.inspection.embedding.neighbors import NEIGHBORS

    header = {
        "key": " ".join(atlas.network.key for atlas in atlases),
        "sample": sample.source,
        "first": first,
        "subject": subject,
        "neighbors": NEIGHBORS,
        "colors": colors.DIGIT_COLORS,
        "networks": [
            {
                "title": atlas.network.title,
                "layers": [_describe(atlas, name, placed) for name in atlas.layers],
            }
            for atlas in atlases
        ],
    }
    _VIEW(
        data=pack(header, _arrays(atlases, sample, image)),
        key=key,
        on_layer_change=pass_on(key, "layer", Name, on_layer),
    )


def _arrays(
    atlases: "Sequence[Atlas]", sample: "DigitSample", image: Pixels | None
) -> dict[str, NDArray[Any]]:
    """Return labels, the user's digit, and positions and neighbors of each finished map."""
    arrays: dict[str, NDArray[Any]] = {
        "labels": sample.labels.astype(np.uint8),
        "index": sample.index.astype(np.int16),
    }
    if image is not None:
        arrays["subject"] = image.ravel()
    for n, atlas in enumerate(atlases):
        for i, name in enumerate(atlas.layers):
            if (layer_map := atlas.maps.get(name)) is not None:
                arrays[f"places{n}-{i}"] = layer_map.positions
                arrays[f"near{n}-{i}"] = layer_map.embedding.neighbors
    return arrays


def embedding_table(atlases: "Sequence[Atlas]") -> None:
    """Show the numbers of all finished maps as a table."""
    rows = [
        {
            "Network": atlas.network.title,
            "Layer": _layer_title(layer_map),
            "Class separation": percent(layer_map.embedding.separation.value),
            "Variance shown (PCA)": f"{sum(layer_map.embedding.pca.shares[:2]):.0%}",
            "Trustworthiness (PCA)": f"{layer_map.embedding.trust:.3f}",
            "Trustworthiness (t-SNE)": (
                f"{layer_map.trust:.3f}" if layer_map.signs is None else None
            ),
        }
        for atlas in atlases
        for layer_map in (atlas.maps[name] for name in atlas.layers if name in atlas.maps)
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="–")


def _layer_title(layer_map: "EmbeddingMap") -> str:
    """Return a layer's name, kind and shape."""
    embedding = layer_map.embedding
    name = f"{embedding.layer} · {embedding.kind}" if embedding.layer else "Input"
    return f"{name} · {size_text(embedding.shape)}"


def _describe(atlas: "Atlas", name: str, placed: Mapping[str, str]) -> dict[str, Any]:
    """Return a layer's captions; the name alone of one that is not finished."""
    described = {"name": name, "short": name or "Input", "title": name or "Input", "ready": False}
    layer_map = atlas.maps.get(name)
    if layer_map is None:
        return described
    separation = layer_map.embedding.separation
    return described | {
        "ready": True,
        "title": _layer_title(layer_map),
        "facts": _facts(layer_map),
        "separation": [separation.value, separation.low, separation.high],
        "subject": None if layer_map.subject is None else layer_map.subject.tolist(),
        "placed": placed["t-SNE" if layer_map.signs is None else "PCA"],
        "near": layer_map.near,
        "exact": layer_map.exact,
        "waiting": _waiting(layer_map, atlas.mode),
    }


def _facts(layer_map: "EmbeddingMap") -> str:
    """Return the caption of a map: what it keeps in plain words, then the exact terms."""
    embedding = layer_map.embedding
    count = embedding.neighbors.shape[1]
    neighbors = (
        f"of a point's {count} nearest neighbors on it, {layer_map.kept:.0%} are among its "
        f"{count} nearest in the layer (trustworthiness {layer_map.trust:.2f})."
    )
    if layer_map.signs is not None:
        horizontal, vertical = (*embedding.pca.shares, 0.0)[:2]
        kept = (
            f"This flat picture keeps {horizontal + vertical:.0%} of the differences between the "
            f"digits (variance: horizontal {horizontal:.0%}, vertical {vertical:.0%}); {neighbors}"
        )
    else:
        kept = (
            "Only neighbors mean something in this flat picture; axes and distances between groups "
            f"carry no meaning: {neighbors}"
        )
    size = f"{len(embedding.pca.mean):,} values per digit"
    if embedding.cells:
        size = f"averaged to {size_text(embedding.cells)} cells, {size}"
    return f"{kept} {size[0].upper()}{size[1:]}."


def _waiting(layer_map: "EmbeddingMap", mode: str) -> str:
    """Return the note on a map that stands in for one still being computed."""
    return "" if (layer_map.signs is not None) == (mode == "PCA") else WAITING
