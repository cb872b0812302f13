"""Controls for an ImageNet network and a photograph, and the network's response to it.

Only one network at a time stays in memory: the largest takes half a gigabyte.
"""

import threading
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data import photographs
from cnnviz.data.photographs import Photograph
from cnnviz.models.pretrained import (
    EXTRA,
    PRETRAINED,
    Pretrained,
    WeightsError,
    download_weights,
    has_weights,
    weights_path,
)
from cnnviz.system import files
from cnnviz.system.extras import install_command
from cnnviz.ui.components.upload import upload, uploaded
from cnnviz.ui.pickers.options import choose_in_session
from cnnviz.ui.shell import address, page_links
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import PHOTOGRAPH_NETWORK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

    from cnnviz.inspection.photographs.layer_response import PhotographResponse
    from cnnviz.inspection.receptive_field.fields import Field

_PHOTOGRAPH = "photograph"
_FILE, _UPLOAD = "photo_file", "upload"
_LOADING = threading.Lock()  # one network at a time


def choose_pretrained() -> Pretrained | None:
    """Return the network that the user chooses; None, with a way to get it, if it is missing."""
    here = [key for key, row in PRETRAINED.items() if has_weights(row)]
    order = [*here, *(key for key in PRETRAINED if key not in here)]
    titles = {key: PRETRAINED[key].title for key in order}
    key = st.selectbox(
        "Network, trained on ImageNet",
        order,
        format_func=lambda key: _title(PRETRAINED[key]),
        **address.bind(PHOTOGRAPH_NETWORK, OneOf(titles), default=order[0]),
        help="It knows 1,000 classes of objects and animals.",
    )
    row = PRETRAINED[str(key)]
    if has_weights(row):
        return row
    _offer_weights(row)
    return None


def choose_photograph() -> Photograph | None:
    """Return the photograph that the user chooses; None before an upload."""
    titles = {key: photographs.photograph(key).title for key in photographs.installed_photographs()}
    titles[_UPLOAD] = "Your own"
    key = choose_in_session(
        "Photograph",
        titles,
        key=_PHOTOGRAPH,
        default=next(iter(titles)),
        help="One of those that come with cnnviz, or your own.",
    )
    return _upload() if key == _UPLOAD else photographs.photograph(key)


def current_photograph() -> Photograph | None:
    """Return the photograph chosen last, or the first installed; None if there is none."""
    key = st.session_state.get(_PHOTOGRAPH)
    if key == _UPLOAD and (own := uploaded(_FILE)) is not None:
        photograph: Photograph = own
        return photograph
    here = photographs.installed_photographs()
    return photographs.photograph(key if key in here else here[0]) if here else None


def link_to_page(architecture: str) -> None:
    """Link to the page Photographs if weights for that architecture are published."""
    row = next((row for row in PRETRAINED.values() if row.architecture == architecture), None)
    if row is not None:
        page_links.page_link(
            "photographs",
            {PHOTOGRAPH_NETWORK: row.key},
            label=f"See how {row.title} responds to a photograph",
            icon="photo_camera",
        )


def response_or_offer(row: Pretrained, photograph: Photograph) -> "PhotographResponse":
    """Return the network's response to the photograph, the same object for all sessions.

    If the weights are damaged, say so, offer to download them again and end the page.
    """
    try:  # a cached response needs no network, which may have left the memory since
        return layer_response(row, files.stamp(weights_path(row)), photograph)
    except WeightsError as error:
        st.error(plain(str(error)), icon=":material/error:")
        _offer_weights(row)
        st.stop()


def filter_images(row: Pretrained) -> "NDArray[np.uint8] | None":
    """Return the filters of the first layer as images, (C, h, w, 3); None if it has none."""
    return filters_of_first_layer(row, files.stamp(weights_path(row)))


def _title(row: Pretrained) -> str:
    if has_weights(row):
        return row.title
    return f"{row.title} ({row.weights.megabytes:.0f} MB to {_verb(row)})"


def _verb(row: Pretrained) -> str:
    return "download" if row.weights.url else "install"


def _offer_weights(row: Pretrained) -> None:
    """Say how to get the weights; download them on a click."""
    if not row.weights.url:
        st.info(
            f"{row.title} is an optional extra of {row.weights.megabytes:.0f} MB: install it and "
            "reload this page.",
            icon=":material/info:",
        )
        st.code(install_command(EXTRA), language="sh")
        return
    st.markdown(
        f"The weights of {row.title} are published by {row.weights.source}, "
        f"{row.weights.megabytes:.0f} MB. They are stored in PyTorch's cache on this machine. "
        f"Terms: {row.weights.terms}."
    )
    label = f"Download ({row.weights.megabytes:.0f} MB)"
    if st.button(label, icon=":material/download:", key="photo_download"):
        _download(row)


def _download(row: Pretrained) -> None:
    text = f"Downloading {row.title}"
    bar = st.progress(0.0, text=text)
    try:
        for share in download_weights(row):
            bar.progress(share, text=f"{text}: {share:.0%}")
    except WeightsError as error:
        bar.empty()
        st.error(plain(str(error)), icon=":material/error:")
    else:
        st.rerun()


def _upload() -> Photograph | None:
    return upload(
        "A photograph",
        key=_FILE,
        read=photographs.read_photograph,
        help="PNG or JPEG, at most 5 MB and 16 megapixels. The network sees the central square. "
        "It is not stored.",
    )


@cached(spinner="Loading the network's weights…")
def pretrained_model(row: Pretrained, stamp: files.Stamp) -> "nn.Module":
    """Return a network with its downloaded weights; the stamp identifies the file."""
    del stamp  # another file has other weights
    from cnnviz.models.pretrained import load_pretrained

    with _LOADING:
        pretrained_model.make_room(int(row.weights.megabytes * 1e6))
        return load_pretrained(row)


@cached
def filters_of_first_layer(row: Pretrained, stamp: files.Stamp) -> "NDArray[np.uint8] | None":
    """Return a network's first filters as images; the stamp identifies the weights."""
    from cnnviz.inspection.photographs.layer_response import color_filters, filter_pictures

    weights = color_filters(pretrained_model(row, stamp))
    return None if weights is None else filter_pictures(weights)


@cached(spinner="Running the network on the photograph…")
def layer_response(
    row: Pretrained, stamp: files.Stamp, photograph: Photograph
) -> "PhotographResponse":
    """Return a network's response to a photograph; the stamp identifies the weights."""
    from cnnviz.inspection.photographs.layer_response import photograph_response
    from cnnviz.models.loaded_network import PretrainedNetwork

    return photograph_response(PretrainedNetwork(pretrained_model(row, stamp), row), photograph)


@cached
def photograph_fields(row: Pretrained) -> "dict[str, Field]":
    """Return the receptive fields of the network's three layers on the photograph."""
    from cnnviz.inspection.receptive_field.fields import receptive_fields
    from cnnviz.models.loaded_network import PretrainedNetwork

    return receptive_fields(
        PretrainedNetwork(row.build(), row),
        (3, row.crop.side, row.crop.side),
        layers=(row.early, row.middle, row.late),
    )
