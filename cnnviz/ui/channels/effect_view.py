"""One component that shows what edits change: the ten bars, and how often the network is right."""

from typing import TYPE_CHECKING, Any

from cnnviz.plots import colors
from cnnviz.ui.components.component import component

if TYPE_CHECKING:
    from cnnviz.inspection.interventions.effects import Effect
    from cnnviz.stats.intervals import Interval

_VIEW = component("effect_view", beside=__file__)


def effect_view(effect: "Effect", *, of: int, edits: int, label: int | None, key: str) -> None:
    """Show what edits change.

    Args:
        effect: over as many test digits as have been tested by now.
        of: how many there will be.
        edits: how many edits hold.
        label: the image's true class; None for what nobody has labeled.
        key: Streamlit's key of the component.
    """
    data = {
        "before": effect.before.tolist(),
        "after": effect.after.tolist(),
        "label": label,
        "edits": edits,
        "tested": effect.tested,
        "of": of,
        "accuracy": [_bounds(effect.accuracy_before), _bounds(effect.accuracy_after)],
        "sentence": sentence(effect) if edits else "Nothing is edited yet.",
        "color": colors.CATEGORICAL[4],
    }
    _VIEW(key=key, data=data)


def sentence(effect: "Effect") -> str:
    """Return in words by how much the accuracy changed, and whether chance may have done it."""
    if not effect.lost and not effect.gained:
        return "Not one answer on the test digits changed between right and wrong."
    found = effect.difference
    change = f"{_points(found.value)} points (95% interval {_points(found.low)} to "
    change += f"{_points(found.high)}): {effect.lost} lost, {effect.gained} gained."
    if effect.chance > 0.05:
        return f"{change} Chance alone would do this easily (McNemar's p = {effect.chance:.2f})."
    return change


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _bounds(interval: "Interval") -> list[Any]:
    return [interval.value, interval.low, interval.high]
