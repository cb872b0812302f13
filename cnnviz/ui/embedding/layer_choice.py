"""Widgets that choose the networks and layers whose maps are shown."""

import streamlit as st

from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.pickers.layer import (
    check_layer_of_link,
    chosen_layer,
    forget_layer,
    remember_layer,
)
from cnnviz.ui.pickers.network_keys import NetworkKey
from cnnviz.ui.pickers.networks import choose_network, with_unique_titles
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameters import EMBEDDING_OTHER

_ANY = "embedding_any"
_EXTRA = "embedding_extra"  # an architecture and its layer, kept while others are looked at


def choose_other(network: TrainedNetwork) -> TrainedNetwork | None:
    """Return the network to compare with a given one, initially the first other one."""
    keys = [other.key for other in networks.networks("classify") if other.key != network.key]
    return choose_network("Other network", EMBEDDING_OTHER, default=next(iter(keys), None))


def drop_missing(network: TrainedNetwork, *, beside: bool) -> None:
    """Drop an unknown layer or other network from the address, and say so.

    Args:
        network: whose layers there are.
        beside: whether the other network is chosen on the page, which says so by itself.
    """
    check_layer_of_link([name for name, _ in loading.model(network).model.named_modules() if name])
    if not beside:
        address.read(EMBEDDING_OTHER, NetworkKey(with_unique_titles(networks.networks("classify"))))
        address.show_complaint(EMBEDDING_OTHER)


def mapped_layers(network: TrainedNetwork) -> list[str]:
    """Return the layers that the slider steps through, without the input."""
    from cnnviz.inspection.embedding.layer_vectors import layers_to_embed

    return layers_to_embed(loading.model(network))


def choose_any_layer(network: TrainedNetwork) -> str:
    """Return a layer to add to those that the slider steps through; "" for none.

    It stays while others are looked at, until another one is chosen or the network.
    """
    from cnnviz.inspection.activations.layer_activations import computing_layers

    model, layers = loading.model(network).model, mapped_layers(network)
    linked, (key, extra) = chosen_layer(), st.session_state.get(_EXTRA, ("", ""))
    if linked and linked not in layers and linked in dict(model.named_modules()):
        key, extra = st.session_state[_EXTRA] = network.architecture_key, linked
    shown = extra if key == network.architecture_key else None
    options = dict.fromkeys(
        name for name in (shown, *computing_layers(model)) if name and name not in layers
    )
    if not options:
        return ""
    st.session_state[_ANY] = shown
    st.selectbox(
        "Any other layer",
        list(options),
        index=None,
        placeholder=f"Add one of {len(options)}",
        width=340,
        key=_ANY,
        on_change=_add_layer,
        args=(network.architecture_key,),
        help="Adds a layer to those that have a map already.",
    )
    return shown or ""


def _add_layer(key: str) -> None:
    extra = st.session_state[_ANY] or ""
    st.session_state[_EXTRA] = key, extra
    if extra:
        remember_layer(extra)
    else:
        forget_layer()
