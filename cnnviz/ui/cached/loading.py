"""Loaded networks, and the available digits."""

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from cnnviz.data import mnist
from cnnviz.data.mnist import Digits
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.markdown import plain

if TYPE_CHECKING:
    from cnnviz.models.loaded_network import LoadedNetwork


@cached
def loaded_network(network: TrainedNetwork) -> "LoadedNetwork":
    """Return the network with its weights, the same object for all sessions.

    Raises:
        ValueError: if the file is missing or damaged, or the run has been deleted.
    """
    return networks.load_network(networks.find_network(network.key))


def model(network: TrainedNetwork) -> "LoadedNetwork":
    """Return the loaded network; a damaged file is an error message, and ends the page."""
    try:
        return loaded_network(network)
    except ValueError as error:
        st.error(
            f"{plain(str(error).rstrip('.'))}. Choose another network, or train one.",
            icon=":material/error:",
        )
        raise StopException from error  # st.stop ends nothing in the thread of a cached function


def digits() -> Digits:
    """Return the available digits, with a warning on the page if the full MNIST is damaged."""
    available, problem = mnist.digits_for_display()
    if problem:
        st.warning(plain(problem), icon=":material/warning:")
    return available
