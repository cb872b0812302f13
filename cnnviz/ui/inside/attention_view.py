"""A component that shows attention weights over the digit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.data.mnist import Pixels
from cnnviz.plots import colors
from cnnviz.ui.components.component import component, pack
from cnnviz.ui.inside import sentences

if TYPE_CHECKING:
    from cnnviz.inspection.activations.attention import AttentionMap

_VIEW = component("attention_view", beside=__file__)


def attention_view(digit: Pixels, maps: "Sequence[AttentionMap]", *, key: str) -> None:
    """Show a digit and, over it, the attention of a chosen token, layer and head.

    All maps are sent to the browser, so that choosing and pointing need no server.

    Args:
        digit: uint8, (28, 28), which the tokens' grids cover.
        maps: at least one, in the order of execution.
        key: Streamlit's key of the component.
    """
    header = {
        "side": len(digit),
        "color": colors.rgb(colors.CATEGORICAL[1]),
        "layers": [_describe(attention) for attention in maps],
    }
    arrays = {"ink": (digit / 255).astype(np.float32)}
    arrays |= {f"layer{i}": attention.values for i, attention in enumerate(maps)}
    _VIEW(key=key, data=pack(header, arrays))


def _describe(attention: "AttentionMap") -> dict[str, Any]:
    """Return the metadata of an attention map for the browser."""
    heads, queries, keys = attention.values.shape
    many = (
        "all blocks" if attention.layer == sentences.ROLLOUT else f"{heads} head{'s' * (heads > 1)}"
    )
    return {
        "layer": attention.layer,
        "title": f"{attention.layer} ({many})",
        "about": sentences.attention_sentence(attention),
        "heads": heads,
        "queries": queries,
        "keys": keys,
        "queryGrid": attention.query_grid,
        "keyGrid": attention.key_grid,
        "queryClasses": attention.query_classes,
        "keyClasses": attention.key_classes,
    }
