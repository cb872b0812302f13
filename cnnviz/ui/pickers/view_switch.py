"""The views of a page, and the switch between them; links name a view by its key."""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import streamlit as st

from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import Parameter


class Titled(Protocol):
    """A view that can be chosen."""

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


def choose_view(
    views: Sequence[T], parameter: Parameter[str], *, former: Mapping[str, str] | None = None
) -> T:
    """Return the view that the user chooses.

    Args:
        views: at least one, their keys and titles all different.
        parameter: of the address, which holds the view's key.
        former: keys by titles that older links contain.
    """
    titles = {view.key: view.title for view in views}
    chosen = choose_key("View", titles, parameter, label_visible=False, former=former)
    return next(view for view in views if view.key == chosen)


def choose_key(
    label: str,
    titles: Mapping[str, str],
    parameter: Parameter[str],
    *,
    help: str | None = None,
    label_visible: bool = True,
    former: Mapping[str, str] | None = None,
) -> str:
    """Return the key whose title the user chooses.

    Args:
        label: of the widget.
        titles: by key.
        parameter: of the address, which holds the key.
        help: what to know about the choice.
        label_visible: whether the label is shown.
        former: keys by other texts that older links contain.
    """
    chosen = st.segmented_control(
        label,
        list(titles),
        format_func=lambda key: titles[key],
        required=True,
        label_visibility="visible" if label_visible else "collapsed",
        help=help,
        **address.bind(parameter, OneOf(titles, former or {})),
    )
    return str(chosen)
