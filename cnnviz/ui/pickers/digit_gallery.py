"""Gallery of test digits with their predictions, and the digits of a confusion matrix's cell."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import Digits
from cnnviz.ui.components.pagination import paged
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.shell.markdown import plain

if TYPE_CHECKING:
    from cnnviz.evaluation.predictions import Predictions

_PER_PAGE = 24  # digits
_MOST_NAMED = 4  # networks whose predictions are shown below each digit; of more, a count


def digit_gallery(
    digits: Digits,
    indices: Sequence[int],
    title: str,
    note: str,
    label: Callable[[int], str],
    *,
    key: str,
    on_open: Callable[[int], None] | None = None,
) -> None:
    """Show test digits page by page.

    Args:
        digits: whose test digits.
        indices: of the digits, at least one, in the order in which they are shown.
        title: what they have in common.
        note: what is written below each, and how they are sorted.
        label: function from an index to the text below the digit.
        key: of the widgets.
        on_open: called with the index of the digit that is clicked, which opens it in Same digit;
            None if digits cannot be clicked.
    """
    page = paged(indices, _PER_PAGE, key=f"{key} {title} {len(indices)}")
    opens = on_open is not None
    shown = [
        Tile(
            digits.test_images[index, 0] / 255,
            f"{digits.title(index)}{', open it in Same digit' if opens else ''}",
            label(index),
        )
        for index in page
    ]
    note = f"{note}; click one to open it" if opens else note
    tiles(
        [Row(f"{title}: {len(indices):,}", shown, note=note, scale=2)],
        key=key,
        on_choose=(lambda _, tile: on_open(page[tile])) if on_open else None,
    )


def cell_digits(
    digits: Digits,
    predictions: "Mapping[str, Predictions]",
    titles: Mapping[str, str],
    cell: tuple[str, int, int],
    *,
    key: str,
    on_open: Callable[[int], None] | None = None,
) -> None:
    """Show the digits that a cell of a confusion matrix counts.

    Args:
        digits: whose test digits.
        predictions: of all networks that are shown, by their keys.
        titles: of the networks by their keys.
        cell: the key of the matrix's network, the true and the predicted class.
        key: of the widgets.
        on_open: as for `digit_gallery`.
    """
    from cnnviz.evaluation.predictions import confusion_mask, ranked_digits

    network, true, predicted = cell
    labels, correct = digits.test_labels, true == predicted
    what = "classified correctly" if correct else f"classified as {predicted} by {titles[network]}"
    indices = ranked_digits(
        confusion_mask(predictions[network], labels, true, predicted),
        predictions[network].confidence,
        lowest_first=correct,
    )
    if not indices:
        st.info(
            f"There are no digits with true class {true} {plain(what)}.", icon=":material/info:"
        )
        return
    digit_gallery(
        digits,
        indices,
        f"True {true}, {what}",
        f"{'lowest' if correct else 'highest'} confidence of {titles[network]} first; below each: "
        f"{predictions_legend(titles, predictions)}",
        lambda index: predictions_text(predictions, index, labels[index]),
        key=key,
        on_open=on_open,
    )


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
