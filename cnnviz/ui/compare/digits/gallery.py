"""Digits that have something in common, with what networks answer, each a way to look closer."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.components.pagination import paged
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.pickers.image import test_digit
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameters import COMPARE_VIEW

if TYPE_CHECKING:
    from cnnviz.evaluation.predictions import Predictions

_LOOK = "compare_look"  # whether a digit was chosen to be looked at side by side
_SHOWN = 24  # digits at once
_NAMED = 4  # networks whose answers stand below each digit; of more their number does


def leave_if_chosen() -> None:
    """Have the whole page drawn once a digit was chosen; where a fragment that shows any begins."""
    if st.session_state.pop(_LOOK, False):
        st.rerun()


def digits(
    choice: Choice,
    inside: NDArray[np.bool_],
    worth: NDArray[np.floating],
    title: str,
    note: str,
    label: Callable[[int], str],
    *,
    key: str,
) -> bool:
    """Show a set of digits, a page at a time; a click looks at one side by side.

    Args:
        choice: whose digits.
        inside: which of them, (N,).
        worth: of each, (N,); the largest come first.
        title: what they have in common.
        note: what stands below each, and why in this order.
        label: what to write below the digit at a place.
        key: of the widgets.

    Returns:
        whether there are any.
    """
    places = np.flatnonzero(inside)
    places = places[np.argsort(-worth[places], kind="stable")]
    if not len(places):
        return False
    some = paged([int(place) for place in places], _SHOWN, key=f"{key} {title} {len(places)}")
    labels = choice.digits.test_labels
    shown = [
        Tile(
            choice.digits.test_images[place, 0] / 255,
            f"Test digit {place}, true {labels[place]}, look at it side by side",
            label(place),
        )
        for place in some
    ]
    tiles(
        [Row(f"{title}: {len(places):,}", shown, note=f"{note}; click one", scale=2)],
        key=key,
        on_choose=lambda _, tile: _look_at(some[tile]),
    )
    return True


def _look_at(place: int) -> None:
    """Go to that digit side by side."""
    address.write({COMPARE_VIEW: "digit", **test_digit(place)})
    st.session_state[_LOOK] = True


def whose(titles: Mapping[str, str], found: "Mapping[str, Predictions]") -> str:
    """Return in words whose answers stand below each digit."""
    if len(found) > _NAMED:
        return "how many networks are right"
    return (
        f"the answer{'s' if len(found) > 1 else ''} of {' · '.join(titles[key] for key in found)}"
    )


def answered(found: "Mapping[str, Predictions]", place: int, true: int) -> str:
    """Return what the networks answer to a digit; of many, how many are right."""
    answers = [int(one.digits[place]) for one in found.values()]
    if len(answers) > _NAMED:
        return f"{answers.count(true)} of {len(answers)}"
    return " ".join(map(str, answers))
