"""The form for a page to hand in, and its download."""

from datetime import UTC, datetime

import streamlit as st

from cnnviz.plots.colors import lookup_table
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.training.runs.store import find_run
from cnnviz.ui.cached import histories, loading
from cnnviz.ui.pickers.image import InputImage, choose_network_and_image
from cnnviz.ui.shell import warmup
from cnnviz.ui.teaching.predict_first import committed_answers

_CURVES = {"loss": "Training loss", "test_accuracy": "Test accuracy"}


def handout_view() -> None:
    """Show the form and the download."""
    network, image = choose_network_and_image()
    left, right = st.columns([1, 2])
    author = left.text_input(
        "Name", key="handout_author", max_chars=100, persist_state="session", help="May stay empty."
    )
    left.metric(
        "Predictions to hand in",
        len(committed_answers()),
        help="Those that you committed to on any page in this visit; see “Predict first, then "
        "see”.",
    )
    notes = right.text_area(
        "Notes",
        key="handout_notes",
        max_chars=20_000,
        height=160,
        persist_state="session",
        placeholder="What did you try, what did you expect, and what did you see?",
        help="Part of the page that you hand in; stored nowhere else.",
    )
    warmup.wait_for_pytorch()
    loading.model(network)
    st.download_button(
        "Download my page (HTML)",
        _document(network, image, author, notes),
        "my-page.html",
        "text/html",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
        help="One file that opens without a network: the digit, maps of three layers with their "
        "values under the pointer, one unit worked out, the training, predictions and notes.",
    )


def _document(network: TrainedNetwork, image: InputImage, author: str, notes: str) -> str:
    from cnnviz.teaching.handout.contents import handout
    from cnnviz.teaching.handout.document import handout_html

    contents = handout(
        loading.loaded_network(network),
        image.pixels[None],  # (1, 28, 28)
        title=network.title,
        version=network.version[:16],
        source=image.title,
        date=datetime.now(UTC).isoformat(timespec="minutes"),
        author=author,
        curves=_curves(network),
        answers=committed_answers(),
        notes=notes,
    )
    tables = {name: lookup_table(name, "light") for name in ("ink", "sequential", "diverging")}
    return handout_html(contents, tables)


def _curves(network: TrainedNetwork) -> dict[str, list[tuple[float, float]]]:
    """Return loss and accuracy of the network's run; nothing for a network that ships."""
    if network.shipped:
        return {}
    history = histories.history(find_run(network.key.partition("@")[0]))
    rows = {"loss": history.intervals, "test_accuracy": history.epochs}
    return {
        title: [(row["epoch"], row[name]) for row in rows[name] if row.get(name) is not None]
        for name, title in _CURVES.items()
    }
