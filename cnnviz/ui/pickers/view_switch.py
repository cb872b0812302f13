"""The views of a page, and the switch between them; links name a view by its key."""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.shell.parameters import Parameter


class Titled(Protocol):
    """A view that can be chosen."""

    @property
    def key(self) -> str:
        """Key in an address."""

    @property
    def title(self) -> str:
        """Title on the page."""


T = TypeVar("T", bound=Titled)


@dataclass(frozen=True)
class View:
    """One view of a page.

    Attributes:
        key: its name in the address, which outlives a new title.
        title: its name on the page.
        draw: `module:function` that draws it, imported when it is first shown.
        help: how to read it, in Markdown that may mark terms of the glossary.
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
