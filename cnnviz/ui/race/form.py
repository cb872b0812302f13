"""The choices before a race: who runs, how far, and how often."""

import streamlit as st

from cnnviz.data import mnist
from cnnviz.models.catalogue import CATALOGUE
from cnnviz.training import launch
from cnnviz.training.engine.settings import LIMITS, PRESETS, SOURCES
from cnnviz.training.race import race
from cnnviz.training.runs.failures import error_message
from cnnviz.ui.race import selection as race_selection
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import Integer, OneOf, SomeOf
from cnnviz.ui.shell.parameters import (
    RACE_ARCHITECTURES,
    RACE_EPOCHS,
    RACE_PRESET,
    RACE_SEEDS,
    RACE_SOURCE,
)
from cnnviz.ui.training import session
from cnnviz.ui.training.form import SOURCE_NAMES

RACERS = [key for key, row in CATALOGUE.items() if row.task == "classify"]


def race_form() -> bool:
    """Show the choices; tell whether they make a race, else why not."""
    titles = {key: CATALOGUE[key].title for key in RACERS}
    models = st.multiselect(
        "Networks",
        RACERS,
        format_func=lambda key: titles[key],
        max_selections=race.NETWORK_COUNT[1],
        **address.bind(RACE_ARCHITECTURES, SomeOf(titles, most=race.NETWORK_COUNT[1])),
        help="Two to four. Each starts from its own random weights and its own learning rate.",
    )
    presets = {key: preset.title for key, preset in PRESETS.items()}
    low, high = int(LIMITS["epochs"].low), int(LIMITS["epochs"].high)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.segmented_control(
            "Preset",
            list(presets),
            format_func=lambda key: presets[key],
            **address.bind(RACE_PRESET, OneOf(presets)),
            required=True,
            help="Batches, optimizer, schedule and precision, the same for all.",
        )
        st.segmented_control(
            "Seeds",
            range(1, race.MAX_SEEDS + 1),
            **address.bind(RACE_SEEDS, Integer(1, race.MAX_SEEDS)),
            required=True,
            help="Each network runs so many times; the bands show how far its runs lie apart.",
        )
        st.number_input(
            "Passes",
            min_value=low,
            max_value=high,
            **address.bind(RACE_EPOCHS, Integer(low, high)),
            help="Over the training digits.",
            width=130,
        )
        st.selectbox(
            "Digits",
            SOURCES,
            format_func=lambda key: SOURCE_NAMES[key],
            **address.bind(RACE_SOURCE, OneOf(SOURCE_NAMES)),
            width=200,
        )
    if len(models) < race.NETWORK_COUNT[0]:
        st.caption(f"Choose {race.NETWORK_COUNT[0]} to {race.NETWORK_COUNT[1]} networks.")
        return False
    return True


def start_chosen() -> None:
    """Start the race that the form says, and show it; call it from a callback."""
    form = {
        parameter: st.session_state[parameter.name]
        for parameter in (RACE_ARCHITECTURES, RACE_PRESET, RACE_SEEDS, RACE_EPOCHS, RACE_SOURCE)
    }
    digits, damaged = mnist.digits_for_display()
    source = form[RACE_SOURCE]
    if damaged and source == "auto":  # train on what the page says is in use
        source = digits.source
    try:
        settings = race.plan(
            form[RACE_ARCHITECTURES],
            preset=form[RACE_PRESET],
            seeds=range(form[RACE_SEEDS]),
            epochs=form[RACE_EPOCHS],
            source=source,
        )
        race_selection.show(launch.start_race(settings, preset=form[RACE_PRESET]))
    except (ValueError, OSError) as error:
        session.say(error_message(error))
