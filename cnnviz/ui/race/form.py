"""The choices before a race: who runs, how far, and how often."""

import streamlit as st

from cnnviz.data import mnist
from cnnviz.models.catalogue import CATALOGUE
from cnnviz.training import launch
from cnnviz.training.engine.settings import LIMITS, PRESETS, SOURCES
from cnnviz.training.race import race
from cnnviz.training.runs.failures import sentence
from cnnviz.ui.pickers.url_state import addressed, addressed_many
from cnnviz.ui.race import selection as race_selection
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.training import session
from cnnviz.ui.training.form import SOURCE_NAMES

_KEY = "race_"
_START = ["mnist_cnn", "lenet5", "resnet8"]
_PASSES = 3
RACERS = [key for key, row in CATALOGUE.items() if row.task == "classify"]


def race_form() -> bool:
    """Show the choices; tell whether they make a race, else why not."""
    titles = {key: CATALOGUE[key].title for key in RACERS}
    tied, dropped = addressed_many(f"{_KEY}models", titles, _START, most=race.NETWORKS[1])
    models = st.multiselect(
        "Networks",
        RACERS,
        format_func=lambda key: titles[key],
        max_selections=race.NETWORKS[1],
        **tied,
        help="Two to four. Each starts from its own random weights and its own learning rate.",
    )
    if dropped:
        st.warning(
            plain(f"The link also names {', '.join(dropped)}: unknown here, or one too many."),
            icon=":material/warning:",
        )
    presets = {key: preset.title for key, preset in PRESETS.items()}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.segmented_control(
            "Preset",
            list(presets),
            format_func=lambda key: presets[key],
            **addressed(f"{_KEY}preset", list(presets), "quick", titles=presets),
            required=True,
            help="Batches, optimizer, schedule and precision, the same for all.",
        )
        st.segmented_control(
            "Seeds",
            range(1, race.SEEDS + 1),
            default=1,
            key=f"{_KEY}seeds",
            bind="query-params",
            persist_state="session",
            required=True,
            help="Each network runs so many times; the bands show how far its runs lie apart.",
        )
        st.number_input(
            "Passes",
            value=_PASSES,
            min_value=int(LIMITS["epochs"].low),
            max_value=int(LIMITS["epochs"].high),
            key=f"{_KEY}epochs",
            bind="query-params",
            persist_state="session",
            help="Over the training digits.",
            width=130,
        )
        st.selectbox(
            "Digits",
            SOURCES,
            format_func=lambda key: SOURCE_NAMES[key],
            **addressed(f"{_KEY}source", SOURCES, SOURCES[0], titles=SOURCE_NAMES),
            width=200,
        )
    if len(models) < race.NETWORKS[0]:
        st.caption(f"Choose {race.NETWORKS[0]} to {race.NETWORKS[1]} networks.")
        return False
    return True


def start_chosen() -> None:
    """Start the race that the form says, and show it; call it from a callback."""
    state = st.session_state
    digits, damaged = mnist.digits_for_display()
    source = state[f"{_KEY}source"]
    if damaged and source == "auto":  # train on what the page says is in use
        source = digits.source
    try:
        settings = race.plan(
            state[f"{_KEY}models"],
            preset=state[f"{_KEY}preset"],
            seeds=range(state[f"{_KEY}seeds"]),
            epochs=state[f"{_KEY}epochs"],
            source=source,
        )
        race_selection.show(launch.start_race(settings, preset=state[f"{_KEY}preset"]))
    except (ValueError, OSError) as error:
        session.say(sentence(error))
