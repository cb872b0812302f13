"""One component that shows maps of what speaks for an answer, side by side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Pixels
from cnnviz.plots import colors
from cnnviz.ui.attribution.verdicts import Belief
from cnnviz.ui.components.component import component, pack

if TYPE_CHECKING:
    from cnnviz.inspection.attribution.methods import Explanation, Method

_VIEW = component("attribution_view", beside=__file__)


def attribution_view(
    digit: Pixels,
    found: "Explanation",
    methods: "Mapping[str, Method]",
    beliefs: Mapping[str, Belief],
    *,
    score: str,
    notes: Mapping[str, str],
    key: str,
) -> None:
    """Show a digit and every method's map of it; a pixel pointed at in one is read in all.

    Args:
        digit: uint8, (28, 28).
        found: the maps.
        methods: by key, in the order to show.
        beliefs: by the method's key.
        score: what is explained, in words.
        notes: what to know about a method's map here, by its key.
        key: Streamlit's key of the component.
    """
    header = {
        "side": len(digit),
        "score": score,
        "maps": [
            {
                **_describe(method),
                "note": notes.get(method.key, ""),
                "verdict": beliefs[method.key].verdict,
                "level": beliefs[method.key].level,
                "sentences": beliefs[method.key].sentences,
            }
            for method in methods.values()
        ],
    }
    arrays: dict[str, NDArray[Any]] = {
        "ink": (digit / 255).astype(np.float32),
        **{name: found.maps[name] for name in methods},
        **colors.lookup_tables("sequential", "diverging", "ink"),
    }
    _VIEW(key=key, data=pack(header, arrays))


def _describe(method: "Method") -> dict[str, Any]:
    """Return what the browser needs to know of a method."""
    return {
        "key": method.key,
        "title": method.title,
        "signed": method.signed,
        "unit": method.unit,
        "explanation": method.explanation,
        "paper": {"title": method.paper.title, "url": method.paper.url},
    }
