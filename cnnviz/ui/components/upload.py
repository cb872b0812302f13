"""A file uploader that reads each file once and says why a file was refused."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from cnnviz.training.runs.failures import error_message
from cnnviz.ui.shell.markdown import as_sentence

T = TypeVar("T")
_READ = "upload_read"  # id of the file that was read last


def upload(
    label: str,
    *,
    key: str,
    read: Callable[[bytes], T],
    help: str,
    then: Callable[[T], None] | None = None,
    types: Sequence[str] = ("png", "jpg", "jpeg"),
) -> T | None:
    """Return the content of the last readable file; None before the first.

    Args:
        label: of the uploader.
        key: Streamlit's key of the uploader.
        read: returns the content of a file's bytes; raises a ValueError if it refuses the file,
            an OSError if it cannot keep it.
        help: which files are accepted.
        then: called with the content of a new file.
        types: endings of the files that can be chosen.
    """
    st.file_uploader(
        label,
        type=list(types),
        key=key,
        on_change=_read,
        args=(key, read, then),
        help=help,
    )
    if refusal := st.session_state.get(_refusal(key)):
        st.error(as_sentence(refusal), icon=":material/error:")
    content: T | None = uploaded(key)
    return content


def uploaded(key: str) -> Any:
    """Return the content of an uploader's last readable file; None before the first."""
    return st.session_state.get(f"{key}_content")


def _read(key: str, read: Callable[[bytes], T], then: Callable[[T], None] | None) -> None:
    st.session_state.pop(_refusal(key), None)
    file = st.session_state[key]
    if file is None or st.session_state.get(_READ) == file.file_id:
        return  # an uploader with a new key sends the file of the one before it again
    st.session_state[_READ] = file.file_id
    try:
        content = read(file.getvalue())
    except (ValueError, OSError) as error:
        st.session_state[_refusal(key)] = error_message(error)
        return
    st.session_state[f"{key}_content"] = content
    if then is not None:
        then(content)


def _refusal(key: str) -> str:
    return f"{key}_refusal"
