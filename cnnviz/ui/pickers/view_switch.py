"""The views of a page, and the switch between them; links name a view by its key."""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import streamlit as st

from cnnviz.ui.shell.markdown import plain


class Titled(Protocol):
    """A way of looking that can be chosen."""

    @property
    def key(self) -> str:
        """To name it in an address."""

    @property
    def title(self) -> str:
        """To choose it by."""


T = TypeVar("T", bound=Titled)


@dataclass(frozen=True)
class View:
    """One view of a page.

    Attributes:
        key: its name in the address, which outlives a new title.
        title: its name on the page.
        draw: `module:function` that draws it, imported when it is first shown.
        help: how to read it, in Markdown.
        weights: whether it needs trained weights, which published networks come without.
    """

    key: str
    title: str
    draw: str
    help: str
    weights: bool = False

    def show(self, *arguments: Any) -> None:
        """Draw the view on the page, passing the arguments on to its function."""
        draw: Callable[..., None] = pkgutil.resolve_name(self.draw)
        draw(*arguments)


def choose_way(ways: Sequence[T], *, key: str) -> T:
    """Return the way that the user chooses, by default the first.

    Args:
        ways: at least one, their keys and titles all different.
        key: Streamlit's key, and the choice's name in the address.
    """
    titles = {way.key: way.title for way in ways}
    chosen = choose_title("View", titles, key=key, visible=False)
    return next(way for way in ways if way.key == chosen)


def choose_title(
    label: str, titles: Mapping[str, str], *, key: str, tip: str = "", visible: bool = True
) -> str:
    """Return the key of the title that the user chooses; a link may name either.

    Args:
        label: of the widget.
        titles: by key, the first one being the default.
        key: Streamlit's key, and the choice's name in the address.
        tip: what to know about the choice.
        visible: whether the label is shown.
    """
    keys = {**{title: name for name, title in titles.items()}, **{name: name for name in titles}}
    linked = st.query_params.get(key)
    if linked is not None and linked not in keys:
        st.info(
            f"There is no “{plain(linked)}” to choose here: it is {', '.join(titles.values())}.",
            icon=":material/info:",
        )
        st.query_params.pop(key)
        linked = None
    first = next(iter(titles))
    found = keys.get(linked or "") or keys.get(st.session_state.get(key, "")) or first
    st.session_state[key] = found
    if found not in (first, linked) or (linked and linked != found):  # or emptied by the menu
        st.query_params[key] = found
    chosen = st.segmented_control(
        label,
        list(titles),
        format_func=lambda name: titles[name],
        required=True,
        key=key,
        on_change=_write_link,
        args=(key,),
        persist_state="session",
        label_visibility="visible" if visible else "collapsed",
        help=tip or None,
    )
    return str(chosen)


def _write_link(key: str) -> None:
    st.query_params[key] = st.session_state[key]
