"""Gallery of a set of test digits with their predictions; a click opens the view Same digit."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.components.pagination import paged
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.pickers.image import test_digit
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameters import COMPARE_VIEW

if TYPE_CHECKING:
    from cnnviz.evaluation.predictions import Predictions

_CHOSEN = "compare_look"  # whether a digit was clicked
_PER_PAGE = 24  # digits
_MOST_NAMED = 4  # networks whose predictions are shown below each digit; of more, a count


def rerun_if_chosen() -> None:
    """Rerun the whole page once a digit was clicked; call it where the fragment begins."""
    if st.session_state.pop(_CHOSEN, False):
        st.rerun()


def digit_gallery(
    choice: Choice,
    indices: Sequence[int],
    title: str,
    note: str,
    label: Callable[[int], str],
    *,
    key: str,
) -> None:
    """Show test digits page by page; a click opens one in the view Same digit.

    Args:
        choice: whose digits.
        indices: of the digits, at least one, in the order in which they are shown.
        title: what they have in common.
        note: what is written below each, and how they are sorted.
        label: function from an index to the text below the digit.
        key: of the widgets.
    """
    page = paged(indices, _PER_PAGE, key=f"{key} {title} {len(indices)}")
    shown = [_tile(choice, index, label(index)) for index in page]
    tiles(
        [Row(f"{title}: {len(indices):,}", shown, note=f"{note}; click one to open it", scale=2)],
        key=key,
        on_choose=lambda _, tile: _open_digit(page[tile]),
    )


def _tile(choice: Choice, index: int, label: str) -> Tile:
    name = f"Test digit {index}, true {choice.digits.test_labels[index]}, open it in Same digit"
    return Tile(choice.digits.test_images[index, 0] / 255, name, label)


def _open_digit(index: int) -> None:
    """Open a test digit in the view Same digit."""
    address.write({COMPARE_VIEW: "digit", **test_digit(index)})
    st.session_state[_CHOSEN] = True


def predictions_legend(titles: Mapping[str, str], predictions: "Mapping[str, Predictions]") -> str:
    """Return in words which predictions `predictions_text` returns."""
    if len(predictions) > _MOST_NAMED:
        return "number of correct networks"
    several = "s" if len(predictions) > 1 else ""
    return f"prediction{several} of {' · '.join(titles[key] for key in predictions)}"


def predictions_text(predictions: "Mapping[str, Predictions]", index: int, true: int) -> str:
    """Return the networks' predictions for a digit; of many, how many are correct."""
    digits = [int(network.digits[index]) for network in predictions.values()]
    if len(digits) > _MOST_NAMED:
        return f"{digits.count(true)} of {len(digits)}"
    return " ".join(map(str, digits))
