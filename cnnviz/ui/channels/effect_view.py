"""A component that shows what edits change: the ten probabilities and the test accuracy."""

from typing import TYPE_CHECKING, Any

from cnnviz.plots import colors
from cnnviz.stats.significance import SIGNIFICANCE_LEVEL
from cnnviz.ui.components.component import component

if TYPE_CHECKING:
    from cnnviz.inspection.interventions.effects import EditEffect
    from cnnviz.stats.intervals import Interval

_VIEW = component("effect_view", beside=__file__)


def effect_view(
    effect: "EditEffect", *, of: int, edits: int, label: int | None, title: str, key: str
) -> None:
    """Show the effect of the edits.

    Args:
        effect: over the test digits that have been tested so far.
        of: how many will be tested.
        edits: how many edits there are.
        label: the image's class; None if it has no label.
        title: of the image.
        key: Streamlit's key of the component.
    """
    data = {
        "before": effect.before.tolist(),
        "after": effect.after.tolist(),
        "label": label,
        "title": title,
        "edits": edits,
        "tested": effect.tested,
        "of": of,
        "accuracy": [_bounds(effect.accuracy_before), _bounds(effect.accuracy_after)],
        "sentence": sentence(effect) if edits else "No edits yet.",
        "figures": figures(effect) if edits else "",
        "color": colors.CATEGORICAL[4],
    }
    _VIEW(key=key, data=data)


def sentence(effect: "EditEffect") -> str:
    """Return how many predictions became wrong and correct, and whether chance may explain it."""
    if not effect.lost and not effect.gained:
        return "No prediction for the test digits became correct or wrong."
    change = f"Of {effect.tested:,} test digits {effect.lost:,} became wrong and "
    change += f"{effect.gained:,} became correct"
    if effect.chance >= SIGNIFICANCE_LEVEL:
        return f"{change}: so few can be chance."
    return f"{change}."


def figures(effect: "EditEffect") -> str:
    """Return the change of the accuracy with its interval and p-value."""
    difference = effect.difference
    return (
        f"Accuracy {_points(difference.value)} points (95% interval {_points(difference.low)} to "
        f"{_points(difference.high)}); McNemar's p = {effect.chance:.2f}."
    )


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _bounds(interval: "Interval") -> list[Any]:
    return [interval.value, interval.low, interval.high]
