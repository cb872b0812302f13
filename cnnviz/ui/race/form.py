"""The form of a race: networks, preset, seeds, epochs and digits."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cnnviz.data import mnist
from cnnviz.models.catalog import CATALOG
from cnnviz.training import launch
from cnnviz.training.engine.settings import LIMITS, PRESETS, SOURCES
from cnnviz.training.race.plan import MAX_SEEDS, NETWORK_COUNT, plan_race
from cnnviz.training.race.race import Race
from cnnviz.ui.components.folding_section import fold, unfold
from cnnviz.ui.pickers.digit_source import FORMER_SOURCES, SOURCE_NAMES
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.pickers.visitor import claim
from cnnviz.ui.pickers.whole_number import whole_number
from cnnviz.ui.race import selection as race_selection
from cnnviz.ui.shell import address, messages
from cnnviz.ui.shell.parameter_types import Integer, OneOf, SomeOf
from cnnviz.ui.shell.parameters import (
    RACE,
    RACE_ARCHITECTURES,
    RACE_EPOCHS,
    RACE_PRESET,
    RACE_SEEDS,
    RACE_SOURCE,
    Parameter,
)

FORM = "race_form"  # key of the section with the form
_LINKED = "race_form_linked"  # what the address said of the form when it was drawn last
_FIELDS = (RACE_ARCHITECTURES, RACE_PRESET, RACE_SEEDS, RACE_EPOCHS, RACE_SOURCE)
RACERS = [key for key, row in CATALOG.items() if row.task == "classify"]


def unfold_if_set_up() -> None:
    """Open the form if a link, such as that of an experiment, has changed what it says."""
    linked = tuple(address.texts(field) for field in _FIELDS)
    before = st.session_state.get(_LINKED)
    st.session_state[_LINKED] = linked
    asks_for_race = before is None and any(linked) and not address.texts(RACE)
    if asks_for_race or (before is not None and linked != before):
        unfold(FORM)


def race_form() -> bool:
    """Show the form; return whether it is valid, and say why not."""
    titles = {key: CATALOG[key].title for key in RACERS}
    models = st.multiselect(
        "Networks",
        RACERS,
        format_func=lambda key: titles[key],
        max_selections=NETWORK_COUNT[1],
        wrap=True,
        **address.bind(RACE_ARCHITECTURES, SomeOf(titles, most=NETWORK_COUNT[1])),
        help="Two to four, each with its own random weights and learning rate.",
    )
    presets = {key: preset.title for key, preset in PRESETS.items()}
    low, high = int(LIMITS["epochs"].low), int(LIMITS["epochs"].high)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        choose_key(
            "Preset",
            presets,
            RACE_PRESET,
            help="Batch size, optimizer, schedule and precision, the same for all networks.",
        )
        st.segmented_control(
            "Seeds",
            range(1, MAX_SEEDS + 1),
            **address.bind(RACE_SEEDS, Integer(1, MAX_SEEDS)),
            required=True,
            help="Runs per network, each with its own seed; the bands show how much they differ.",
        )
        whole_number(
            "Epochs",
            low,
            high,
            **address.bind(RACE_EPOCHS, Integer(low, high)),
            help="Passes over the training digits.",
            width=130,
        )
        st.selectbox(
            "Digits",
            SOURCES,
            format_func=lambda key: SOURCE_NAMES[key],
            **address.bind(RACE_SOURCE, OneOf(SOURCE_NAMES, FORMER_SOURCES)),
            width=200,
            help="The 5,000 digits that come with cnnviz, or the full MNIST of 70,000.",
        )
    if len(models) < NETWORK_COUNT[0]:
        st.caption(f"Choose {NETWORK_COUNT[0]} to {NETWORK_COUNT[1]} networks.")
        return False
    return True


def start_race_in_form() -> None:
    """Start the race in the form and show it, from a callback."""
    form = {field: st.session_state[field.name] for field in _FIELDS}
    source = mnist.usable_source(form[RACE_SOURCE])
    if messages.attempt(lambda: race_selection.show_race(_start(form, source))):
        fold(FORM)


def _start(form: Mapping[Parameter[Any], Any], source: str) -> Race:
    settings = plan_race(
        form[RACE_ARCHITECTURES],
        preset=form[RACE_PRESET],
        seeds=range(form[RACE_SEEDS]),
        epochs=form[RACE_EPOCHS],
        source=source,
    )
    race = launch.start_race(settings, preset=form[RACE_PRESET])
    for job in (race, *race.present()):
        claim(job)
    return race
