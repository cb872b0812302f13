"""The networks to compare, and how the user chooses them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from cnnviz.data.mnist import Digits
from cnnviz.models.catalog import CATALOG, Architecture, architecture
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.pickers.networks import MAX_CHOSEN, choose_networks, usable
from cnnviz.ui.shell import address, warmup
from cnnviz.ui.shell.parameter_types import SomeOf
from cnnviz.ui.shell.parameters import COMPARE_ARCHITECTURES, COMPARE_NETWORKS, COMPARE_PUBLISHED

_CHARACTER, _PADDING = 6.5, 26  # pixels of a character in a table, and around it
_WIDEST = 250  # pixels of a column of names, beside which a number still fits on a phone
_LINE = 21  # pixels of a further line in a cell
_ROW = 35  # pixels of a row with one line
_FIRST = 4


@dataclass(frozen=True, eq=False)
class Choice:
    """The networks to compare.

    Attributes:
        networks: trained networks at the scale of MNIST; none if the published ones are compared.
        rows: their architectures in the order chosen.
        published: whether the published networks are compared, as their authors built them.
        digits: of this machine.
    """

    networks: tuple[TrainedNetwork, ...]
    rows: tuple[Architecture, ...]
    published: bool
    digits: Digits

    @property
    def key(self) -> str:
        """Identifies the choice; a part of widgets' keys."""
        names = [n.key for n in self.networks] or [row.key for row in self.rows]
        return f"{'published' if self.published else 'mnist'} {' '.join(names)}"

    @property
    def detectors(self) -> tuple[str, ...]:
        """Titles of the detectors, which find several digits and do not classify a single one."""
        return tuple(network.title for network in self.networks if network.task == "detect")

    def classifiers(self) -> "Choice":
        """Return the choice without detectors."""
        some = tuple(n for n in self.networks if n.task == "classify")
        return replace(self, networks=some, rows=tuple(n.architecture for n in some))


def choose(digits: Digits) -> Choice:
    """Return the networks that the user chooses; the choice is kept in the address."""
    pick, scale = st.columns([4, 1], vertical_alignment="bottom")
    published = scale.toggle(
        "As published",
        **address.bind_flag(COMPARE_PUBLISHED),
        help="The networks as their authors built them for ImageNet. Their costs are counted, and "
        "latency is measured with random weights on request. Their accuracies are cited.",
    )
    with pick:
        if published:
            rows = _choose_rows()
            return Choice((), rows, published, digits)
        chosen = choose_networks("Networks", COMPARE_NETWORKS, first=_FIRST, task=None)
    every = networks.networks()
    offered = tuple(network.key for network in every[:MAX_CHOSEN])
    scale.button(
        f"All {len(every)} networks"
        if len(every) <= MAX_CHOSEN
        else f"First {MAX_CHOSEN} networks",
        on_click=address.write,
        args=({COMPARE_NETWORKS: offered},),
        disabled=set(offered) <= {network.key for network in chosen},
        help=f"At most {MAX_CHOSEN} networks can be compared at once: first those that come with "
        "cnnviz, then the newest runs.",
    )
    warmup.wait_for_pytorch()  # weights are loaded from here on
    loadable = tuple(usable(chosen))
    return Choice(loadable, tuple(n.architecture for n in loadable), published, digits)


def name_column(names: Sequence[str], *, pinned: bool = True, help: str | None = None) -> Any:
    """Return the configuration of a table's column of names, wide enough for the longest."""
    width = min(_width(names), _WIDEST)
    return st.column_config.TextColumn(width=width, pinned=pinned, help=help)


def name_row_height(names: Sequence[str]) -> int:
    """Return the height of a table's rows in pixels: names too long for one line wrap."""
    lines = math.ceil(_width(names) / _WIDEST)
    wraps = 1 if lines > 1 else 0  # words leave the ends of lines free
    return _ROW + _LINE * (lines - 1 + wraps)


def _width(names: Sequence[str]) -> int:
    return math.ceil(_CHARACTER * max(map(len, names), default=0) + _PADDING)


def rerun_if_deleted(choice: Choice) -> None:
    """Rerun the whole page if a network was deleted; call it where a fragment begins.

    A fragment keeps the choice that it was first drawn with.
    """
    if not all(network.weights.exists() for network in choice.networks):
        st.rerun()


def _choose_rows() -> tuple[Architecture, ...]:
    """Return the architectures of the published networks that the user chooses; all by default."""
    names = {key: row.published.name for key, row in CATALOG.items() if row.published}
    chosen = st.multiselect(
        "Published networks",
        list(names),
        format_func=names.__getitem__,
        wrap=True,
        **address.bind(COMPARE_ARCHITECTURES, SomeOf(names), default=tuple(names)),
        help="Networks as their authors built them for ImageNet.",
    )
    return tuple(architecture(key) for key in chosen)
