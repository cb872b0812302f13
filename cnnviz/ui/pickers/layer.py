"""The chosen layer and channel, shared by all pages and kept in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import streamlit as st

from cnnviz.ui.shell import address
from cnnviz.ui.shell.hidden import is_hidden, show_value
from cnnviz.ui.shell.parameter_types import Integer, Parsed, Text, one_of
from cnnviz.ui.shell.parameters import CHANNEL, LAYER


@dataclass(frozen=True)
class LayerName(Text):
    """The dotted name of a layer that a page offers, or of a module in or around one.

    Attributes:
        layers: those that the page offers.
    """

    layers: tuple[str, ...]
    carried: ClassVar[bool] = True

    def parse(self, texts: Sequence[str]) -> Parsed[str]:
        """Return the last text if it matches a layer."""
        name = texts[-1]
        matches = matching_layer(name, list(self.layers)) is not None
        return Parsed(name) if matches else Parsed(None, (name,))

    def rule(self) -> str:
        """Return the layers, unless there are many."""
        return f"must be {one_of({name: name for name in self.layers})}"


@dataclass(frozen=True)
class ChannelNumber(Integer):
    """A channel of the layer shown; a number that is too large stands for the last one."""

    carried: ClassVar[bool] = True

    def parse(self, texts: Sequence[str]) -> Parsed[int]:
        """Return the channel; a number that is too large is rejected too."""
        parsed, number = super().parse(texts), Integer(self.low).parse(texts).value
        if parsed.value is None and number is not None:
            return Parsed(self.high, parsed.rejected)
        return parsed

    def complaint(self, noun: str, parsed: Parsed[int]) -> str:
        """Return what a channel must be, and which one is shown instead."""
        instead = "" if parsed.value is None else " Showing the last channel."
        return f"{super().complaint(noun, parsed)}{instead}"


def chosen_layer() -> str:
    """Return the dotted name of the layer or module chosen last, "" for none.

    It may belong to another network than the page shows.
    """
    return address.read(LAYER, Text()) or ""


def check_layer_of_link(layers: Sequence[str]) -> None:
    """Drop an unknown layer from the address, and say so.

    A layer chosen earlier, for another network, stays and is not mentioned.

    Args:
        layers: dotted names that the page offers.
    """
    address.read(LAYER, LayerName(tuple(layers)))
    address.show_complaint(LAYER)


def remember_layer(layer: str) -> None:
    """Choose a layer on all pages; "" chooses none."""
    address.write({LAYER: layer or None})


def forget_layer() -> None:
    """Choose no layer, and no channel."""
    address.write({LAYER: None, CHANNEL: None})


def chosen_channel(count: int) -> int | None:
    """Return the channel chosen last, None for none.

    The number applies to whatever layer is shown, so that a convolution and the activation after
    it show the same channel.

    Args:
        count: of the layer's channels; a larger number becomes the last channel, with a message
            if a link names it.
    """
    channel = address.read(CHANNEL, ChannelNumber(high=count - 1))
    address.show_complaint(CHANNEL)
    return channel


def remember_channel(channel: int | None) -> None:
    """Choose a channel on all pages; None chooses none."""
    address.write({CHANNEL: channel})


def remember_map(layer: str, channel: int) -> None:
    """Choose a layer and one of its channels on all pages."""
    address.write({LAYER: layer, CHANNEL: channel})


def choose_layer(label: str, layers: Mapping[str, str], *, key: str, default: str) -> str:
    """Return the layer that the user chooses, at first the one chosen on another page.

    Args:
        label: of the widget.
        layers: what to show for each dotted name; at least one.
        key: Streamlit's key of the widget.
        default: the name to begin with if none was chosen, or one that this network does not have.
    """
    check_layer_of_link(list(layers))
    st.session_state[key] = matching_layer(chosen_layer(), list(layers)) or matching_layer(
        default, list(layers)
    )
    if is_hidden("layer"):
        name = str(st.session_state[key])
        show_value(label, layers[name])
        return name
    chosen: str = st.selectbox(
        label,
        list(layers),
        format_func=lambda name: layers[name],
        key=key,
        on_change=lambda: remember_layer(st.session_state[key]),
        help="The layer whose values are shown; the choice is kept on the other pages.",
    )
    return chosen


def matching_layer(wanted: str, layers: list[str]) -> str | None:
    """Return the wanted layer, else the last one inside that module, else the module around it."""
    if not wanted:
        return None
    if wanted in layers:
        return wanted
    inside = [name for name in layers if name.startswith(f"{wanted}.")]
    around = [name for name in layers if wanted.startswith(f"{name}.")]
    return next(reversed(inside or around), None)
