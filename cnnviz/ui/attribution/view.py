"""A component that shows the attribution maps of all methods side by side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Pixels
from cnnviz.plots import colors
from cnnviz.ui.attribution.assessment import Assessment
from cnnviz.ui.components.component import component, pack

if TYPE_CHECKING:
    from cnnviz.inspection.attribution.methods import Explanation, Method

_VIEW = component("attribution_view", beside=__file__)


def attribution_view(
    digit: Pixels,
    explanation: "Explanation",
    methods: "Mapping[str, Method]",
    assessments: Mapping[str, Assessment],
    *,
    score: str,
    notes: Mapping[str, str],
    key: str,
) -> None:
    """Show a digit and every method's map of it; pointing at a pixel reads its value in all.

    Args:
        digit: uint8, (28, 28).
        explanation: the maps.
        methods: by key, in the order to show.
        assessments: by the method's key.
        score: a sentence about the explained score.
        notes: on single maps, by the method's key.
        key: Streamlit's key of the component.
    """
    header = {
        "side": len(digit),
        "score": score,
        "maps": [
            {
                **_describe(method),
                "note": notes.get(method.key, ""),
                "verdict": assessments[method.key].verdict,
                "level": assessments[method.key].level,
                "results": assessments[method.key].results,
                "sentences": assessments[method.key].sentences,
            }
            for method in methods.values()
        ],
    }
    arrays: dict[str, NDArray[Any]] = {
        "ink": (digit / 255).astype(np.float32),
        **{name: explanation.maps[name] for name in methods},
        **colors.lookup_tables("sequential", "diverging", "ink"),
    }
    _VIEW(key=key, data=pack(header, arrays))


def _describe(method: "Method") -> dict[str, Any]:
    """Return a method's description for the browser."""
    return {
        "key": method.key,
        "title": method.title,
        "signed": method.signed,
        "unit": method.unit,
        "explanation": method.explanation,
        "paper": {"title": method.paper.title, "url": method.paper.url},
    }
