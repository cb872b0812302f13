"""One component that shows where the tokens of a network look, over the digit."""

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
    """Show a digit and, over it, the attention of a token, a layer and a head of choice.

    All maps go to the browser, so that choosing and pointing need no server.

    Args:
        digit: uint8, (28, 28), which the tokens' grids cover.
        maps: at least one, in the order of execution.
        key: Streamlit's key of the component.
    """
    header = {
        "side": len(digit),
        "color": colors.rgb(colors.CATEGORICAL[1]),
        "layers": [_describe(found) for found in maps],
    }
    arrays = {"ink": (digit / 255).astype(np.float32)}
    arrays |= {f"layer{i}": found.values for i, found in enumerate(maps)}
    _VIEW(key=key, data=pack(header, arrays))


def _describe(found: "AttentionMap") -> dict[str, Any]:
    """Return what the browser needs to know of a map beside its values."""
    heads, queries, keys = found.values.shape
    many = "all blocks" if found.layer == sentences.ROLLOUT else f"{heads} head{'s' * (heads > 1)}"
    return {
        "layer": found.layer,
        "title": f"{found.layer} ({many})",
        "about": sentences.attention(found),
        "heads": heads,
        "queries": queries,
        "keys": keys,
        "queryGrid": found.query_grid,
        "keyGrid": found.key_grid,
        "queryClasses": found.query_classes,
        "keyClasses": found.key_classes,
    }
