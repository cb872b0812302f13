"""What an optimized image maximizes: a channel's mean, a class's logit, or a difference of two."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import CLASSES, Digits
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, layer_outputs
from cnnviz.ui.channels import tested_digits

if TYPE_CHECKING:
    from cnnviz.inspection.activations.map_layers import MapLayer
    from cnnviz.inspection.interventions.objectives import Objective

_GOAL, _LESS = "channels_goal", "channels_less"
_RELUS = ("ReLU", "ReLU6")
_CHANNEL, _NONE = "channel", "none"


@dataclass(frozen=True)
class Goal:
    """What is maximized.

    Attributes:
        layer: of the channel; None for a class.
        index: of the channel, or the class.
        less: class whose logit is subtracted; None for none.
        rectified: whether `layer` is the activation after the layer that the user chose.
    """

    layer: "MapLayer | None"
    index: int
    less: int | None = None
    rectified: bool = False

    @property
    def title(self) -> str:
        """Name of the maximized value."""
        if self.layer is not None:
            after = f" after {self.layer.name}" if self.rectified else ""
            return f"mean of the channel{after}"
        less = "" if self.less is None else f" minus that of {self.less}"
        return f"logit of {self.index}{less}"

    def objective(self) -> "Objective":
        """Return the value as a function of the network's outputs."""
        from cnnviz.inspection.interventions import objectives

        if self.layer is not None:
            return objectives.channel_objective(self.layer, self.index)
        logit = objectives.logit_objective(self.index)
        if self.less is None:
            return logit
        return objectives.difference_objective(logit, objectives.logit_objective(self.less))

    def best_test_value(self, network: TrainedNetwork, digits: Digits) -> float:
        """Return the largest value over the tested digits."""
        from cnnviz.inspection.interventions import objectives

        if self.layer is not None:
            top = tested_digits.top_activating(network, digits, self.layer)
            return float(top.means[self.index])
        logits = tested_digits.tested_logits(network, digits)  # (N, 10)
        return objectives.best_logit(logits, self.index, self.less)

    def in_words(self, value: float, best: float, count: int) -> str:
        """Return how an image's value compares with the best of that many test digits."""
        reached = f"{self.title}: {value:.2f}"
        if best <= 0:
            return f"{reached}; at most {best:.2f} for {count:,} test digits"
        return f"{reached}, {value / best:.1f} times the best of {count:,} test digits ({best:.2f})"


def choose_goal(
    network: TrainedNetwork, digits: Digits, layer: "MapLayer", channel: int
) -> Goal | None:
    """Return the goal that the user chooses; None for a dead channel."""
    classes = {str(digit): digit for digit in range(CLASSES)}
    left, right = st.columns(2)
    chosen = left.selectbox(
        "Maximize",
        [_CHANNEL, *classes],
        format_func=lambda key: f"logit of class {key}" if key in classes else "this channel",
        key=_GOAL,
        persist_state="session",
        help="What the image is optimized for: the mean of this channel, or the logit of a class.",
    )
    if chosen not in classes:
        dead = tested_digits.is_dead(network, digits, layer, channel)
        return None if dead else _channel_goal(network, digits, layer, channel)
    if st.session_state.get(_LESS) == chosen:
        st.session_state[_LESS] = _NONE
    less = right.selectbox(
        "Minus",
        [_NONE, *(key for key in classes if key != chosen)],
        format_func=lambda key: "nothing" if key == _NONE else f"logit of class {key}",
        key=_LESS,
        persist_state="session",
        help="Optimizes the difference of two logits: what tells one class from the other.",
    )
    return Goal(None, classes[chosen], classes.get(less))


def _channel_goal(network: TrainedNetwork, digits: Digits, layer: "MapLayer", channel: int) -> Goal:
    """Return the channel's mean, after the ReLU that follows its layer if there is one.

    Before a ReLU the mean of a convolution is the mean of the image times the sum of the weights:
    where that is negative, nothing exceeds a black image, which says nothing of the channel.
    """
    rectified = _rectified(network, layer)
    if rectified is None or tested_digits.is_dead(network, digits, rectified, channel):
        return Goal(layer, channel)
    return Goal(rectified, channel, rectified=True)


def _rectified(network: TrainedNetwork, layer: "MapLayer") -> "MapLayer | None":
    """Return the ReLU that follows a layer, directly or after its batch normalization."""
    from cnnviz.inspection.activations.layer_activations import chain_of

    layers = {other.name: other for other in layer_outputs.map_layers(network)}
    chain = chain_of(layer.name, architectures.trace(network.architecture_key))
    for name in chain[chain.index(layer.name) + 1 :]:
        if name not in layers or layers[name].kind not in (*_RELUS, "BatchNorm2d"):
            return None
        if layers[name].kind in _RELUS:
            return layers[name]
    return None
