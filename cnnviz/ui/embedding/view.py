"""A component that shows a map of test digits for each layer of one or two networks."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.data.mnist import Pixels
from cnnviz.models.structure.counts import size_text
from cnnviz.plots import colors
from cnnviz.ui.components.component import component, pack

if TYPE_CHECKING:
    from cnnviz.ui.embedding.maps import Atlas, LayerMap, Sample

_STORE = component("digit_store", beside=__file__)
WAITING = "Showing PCA while t-SNE is computed."
_VIEW = component("embedding_view", beside=__file__)


def send_digits(shown: "Sample", *, key: str) -> None:
    """Send the images of the digits once; do not call it in a fragment that reruns."""
    pictures = {"pictures": shown.images[:, 0]}
    _STORE(data=pack({"name": shown.source}, pictures), key=key)


def embedding_view(
    atlases: "Sequence[Atlas]",
    shown: "Sample",
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
        shown: the digits on the maps.
        key: Streamlit's key of the component.
        first: name of the layer to begin with.
        subject: title of the user's own digit.
        image: of it, uint8, (28, 28); None for none.
        placed: how it was placed, in words, by kind of map.
        on_layer: called with the layer's name when the user has chosen another.
    """
    from cnnviz.inspection.activations.embedding import NEIGHBORS

    header = {
        "key": " ".join(atlas.network.key for atlas in atlases),
        "sample": shown.source,
        "first": first,
        "subject": subject,
        "neighbors": NEIGHBORS,
        "colors": colors.DIGITS,
        "networks": [
            {
                "title": atlas.network.title,
                "layers": [_describe(atlas, name, placed) for name in atlas.layers],
            }
            for atlas in atlases
        ],
    }
    arrays: dict[str, NDArray[Any]] = {
        "labels": shown.labels.astype(np.uint8),
        "index": shown.index.astype(np.int16),
    }
    if image is not None:
        arrays["subject"] = image.ravel()
    for n, atlas in enumerate(atlases):
        for i, name in enumerate(atlas.layers):
            if (one := atlas.maps.get(name)) is not None:
                arrays[f"places{n}-{i}"] = one.places
                arrays[f"near{n}-{i}"] = one.embedding.neighbors
    _VIEW(
        data=pack(header, arrays),
        key=key,
        on_layer_change=lambda: on_layer(st.session_state[key]["layer"]),
    )


def layer_title(one: "LayerMap") -> str:
    """Return a layer's name, kind and shape."""
    found = one.embedding
    name = f"{found.layer} · {found.kind}" if found.layer else "Input"
    return f"{name} · {size_text(found.shape)}"


def _describe(atlas: "Atlas", name: str, placed: Mapping[str, str]) -> dict[str, Any]:
    """Return a layer's captions; the name alone of one that is not finished."""
    described = {"name": name, "short": name or "Input", "title": name or "Input", "ready": False}
    one = atlas.maps.get(name)
    if one is None:
        return described
    share = one.embedding.separation
    return described | {
        "ready": True,
        "title": layer_title(one),
        "facts": _facts(one),
        "separation": [share.value, share.low, share.high],
        "subject": None if one.subject is None else one.subject.tolist(),
        "placed": placed["t-SNE" if one.signs is None else "PCA"],
        "near": one.near,
        "exact": one.exact,
        "waiting": _waiting(one, atlas.mode),
    }


def _facts(one: "LayerMap") -> str:
    found = one.embedding
    size = f"{len(found.pca.mean):,} values per digit"
    if found.cells:
        size = f"averaged to {size_text(found.cells)} cells, {size}"
    facts = f"{size[0].upper()}{size[1:]}."
    if one.signs is not None:
        across, upwards = (*found.pca.shares, 0.0)[:2]
        facts += f" Horizontal: {across:.0%} of the variance; vertical: {upwards:.0%}."
    else:
        facts += " Axes and distances between groups carry no meaning."
    facts += f" Trustworthiness {one.trust:.2f}."
    return facts


def _waiting(one: "LayerMap", mode: str) -> str:
    """Return the note on a map that stands in for one still being computed."""
    return "" if (one.signs is not None) == (mode == "PCA") else WAITING
