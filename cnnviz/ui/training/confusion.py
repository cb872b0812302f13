"""The confusion matrix of a run, and the digits of the cell that the user chooses."""

from functools import partial

import numpy as np
import streamlit as st

from cnnviz.data import mnist
from cnnviz.training.runs import networks
from cnnviz.training.runs.history import History
from cnnviz.training.runs.store import Run
from cnnviz.ui.cached.predictions import all_predictions
from cnnviz.ui.components.confusion_view import ConfusionCell, Matrix, confusion_view
from cnnviz.ui.pickers.digit_gallery import cell_digits
from cnnviz.ui.shell.markdown import plain

_CELL = "run_cell"  # the chosen cell: run, true and predicted class


def run_confusion(run: Run, history: History, task: str) -> None:
    """Show the confusion matrix of the last epoch on the test set."""
    if not history.epochs:
        st.caption("The confusion matrix appears after the first epoch.")
        return
    last, classifies = history.epochs[-1], task == "classify"
    which = "" if classifies else "of the detected digits "
    chosen = _chosen_cell(run)
    when = f"after epoch {last['epoch']}" if last["epoch"] else "of the uploaded weights"
    st.markdown(f"**Confusion matrix** {which}{when}: mistakes are colored")
    confusion_view(
        [
            Matrix(
                "Test digits" if classifies else "Test canvases",
                "click a cell to see its digits" if classifies else "",
                np.array(last["confusion"]),
            )
        ],
        chosen=(0, *chosen) if chosen else None,
        on_choose=partial(_choose_cell, run) if classifies else None,
        key="run_confusion",
    )


def _choose_cell(run: Run, cell: ConfusionCell) -> None:
    _, true, predicted = cell
    st.session_state[_CELL] = run.id, true, predicted


def _chosen_cell(run: Run) -> tuple[int, int] | None:
    """Return the true and the predicted class of the cell that the user clicked in this run."""
    of, *classes = st.session_state.get(_CELL, (None,))
    return (classes[0], classes[1]) if of == run.id else None


def chosen_digits(run: Run, task: str) -> None:
    """Show the digits of the chosen cell, as the network of the last checkpoint classifies them."""
    cell = _chosen_cell(run)
    if cell is None or task != "classify":
        return
    try:
        network = networks.find_network(run.id)
        digits = mnist.load_digits(run.settings().source)
        predictions = all_predictions(network, digits)
    except ValueError as error:  # no checkpoint yet, or not finite
        st.caption(f"The digits of this cell cannot be shown: {plain(str(error))}")
        return
    cell_digits(
        digits,
        {network.key: predictions},
        {network.key: "the last checkpoint"},
        (network.key, *cell),
        key="run_cell_digits",
    )
