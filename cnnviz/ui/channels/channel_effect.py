"""What muting the chosen channel does to this image's prediction, in one sentence."""

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import Digits
from cnnviz.stats.percentages import probability
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import layer_outputs
from cnnviz.ui.channels import tested_digits
from cnnviz.ui.pickers.image import InputImage, test_digit
from cnnviz.ui.shell import address
from cnnviz.ui.shell.hidden import is_hidden
from cnnviz.ui.shell.parameters import CHANNEL, LAYER

if TYPE_CHECKING:
    from cnnviz.inspection.activations.map_layers import MapLayer
    from cnnviz.inspection.interventions.channel_importance import ChannelImportance
    from cnnviz.inspection.interventions.edits import Edit
    from cnnviz.inspection.interventions.effects import EditEffect


def invitation(importance: "ChannelImportance", channel: int, noun: str) -> str:
    """Return what muting a channel would do to the prediction for an image.

    Args:
        importance: of the layer's channels for the image.
        channel: of the layer.
        noun: for the image, such as "0".
    """
    if importance.visible[channel]:
        return (
            f"Press Mute and watch the bars: without channel {channel} the answer for this {noun} "
            "changes."
        )
    if importance.visible.any():
        return (
            f"Muting channel {channel} hardly changes what the network reads in this {noun}; "
            f"channel {importance.largest_change} changes it most."
        )
    return (
        f"The network can spare any one of the {len(importance.changes)} channels of "
        f"{importance.layer} here: whichever is muted, it reads {importance.predicted} "
        f"about as surely as before ({probability(importance.certainty)})."
    )


def consequence(effect: "EditEffect", noun: str) -> str:
    """Return what edits did to the prediction for an image.

    Args:
        effect: of the edits.
        noun: for the image, such as "0".
    """
    before, after = effect.before, effect.after
    was, now = effect.predicted_before, effect.predicted_after
    fall = f"{probability(before[was])} to {probability(after[was])}"
    if now != was:
        return (
            f"With the edit, the network reads this {noun} as {now} ({probability(after[now])}); "
            f"{was} goes from {fall}."
        )
    if probability(before[was]) == probability(after[was]):
        return f"The network still reads {was} with {probability(after[was])}."
    direction = "less" if after[was] < before[was] else "more"
    return f"The network still reads {was}, but is {direction} certain: from {fall}."


def headline(
    effect: "EditEffect",
    edits: "tuple[Edit, ...]",
    importance: "ChannelImportance",
    channel: int,
    noun: str,
) -> str:
    """Return what the edits did to the image's prediction, or what muting the channel would do."""
    if edits:
        return consequence(effect, noun)
    return invitation(importance, channel, noun)


def offer_changed_digit(
    network: TrainedNetwork,
    digits: Digits,
    layer: "MapLayer",
    channel: int,
    image: InputImage,
    effect: "EditEffect",
) -> None:
    """Offer a digit whose prediction depends on the channel, if that of the image does not.

    Args:
        network: on the page.
        digits: the test digits.
        layer: on the page.
        channel: of the layer.
        image: on the page.
        effect: of the edits, of which none but this channel's factor matters here.
    """
    importance = layer_outputs.channel_importance(network, image.pixels, layer)
    if effect.visible or importance.visible[channel] or is_hidden("image"):
        return
    from cnnviz.inspection.interventions.effects import VISIBLE

    index, share = tested_digits.changed_digit(network, digits, layer, channel)
    if share < VISIBLE or index == image.index:
        st.caption(f"No test digit depends on channel {channel} alone.")
        return
    label = digits.test_labels[index]
    if st.button(
        f"Try the {label} at index {index:,}: it depends on channel {channel}",
        key="channels_example",
        icon=":material/arrow_forward:",
        on_click=_choose,
        args=(index, layer.name, channel),
    ):
        st.rerun()  # the whole page: a fragment keeps the digit that it was drawn with


def _choose(index: int, layer: str, channel: int) -> None:
    address.write({**test_digit(index), LAYER: layer, CHANNEL: channel})
