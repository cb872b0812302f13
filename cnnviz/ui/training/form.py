"""The form of a training: architecture, preset and every setting."""

import streamlit as st

from cnnviz.models.catalog import CATALOG, architecture
from cnnviz.training.engine.schedules import SCHEDULES
from cnnviz.training.engine.settings import (
    DEVICES,
    LIMITS,
    OPTIMIZERS,
    PRECISIONS,
    PRESETS,
    SOURCES,
    Settings,
)
from cnnviz.ui.components.folding_section import fold
from cnnviz.ui.pickers.digit_source import SOURCE_NAMES
from cnnviz.ui.pickers.optimizer import OPTIMIZER_NAMES
from cnnviz.ui.pickers.options import choose_key, select_key
from cnnviz.ui.pickers.run import start_and_show_run
from cnnviz.ui.shell import address, messages
from cnnviz.ui.shell.content_types import Assignments
from cnnviz.ui.shell.markdown import as_sentence
from cnnviz.ui.shell.parameters import TRAIN_ARCHITECTURE, TRAIN_PRESET, TRAIN_SETTINGS

_KEY = "train_"
FORM = "train_form"  # key of the section with the form
_FILLED = f"{_KEY}filled"  # architecture and preset that the settings were filled in for
_OFFERED = (
    *("epochs", "batch_size", "source", "optimizer", "learning_rate", "schedule", "weight_decay"),
    *("dropout", "augmentation", "precision", "device", "seed", "threads"),
)
_HELP = {
    "epochs": "Passes over all training digits.",
    "batch_size": "Digits that the network learns from in one step.",
    "source": "The 5,000 digits that come with cnnviz, or the full MNIST of 70,000.",
    "optimizer": "The rule by which a gradient changes the weights.",
    "learning_rate": "The size of the steps: too large, and the loss diverges; too small, and "
    "training takes too long.",
    "schedule": "How the learning rate changes during the training.",
    "weight_decay": "How strongly weights are pulled toward zero in each step.",
    "dropout": "The share of hidden units that are set to zero at random in each step.",
    "augmentation": "How strongly the training digits are rotated, shifted, scaled and sheared at "
    "random; 0 for not at all.",
    "precision": "The number format of the computation; bfloat16 is faster on some machines.",
    "device": "What computes: the processor, or a graphics card if there is one.",
    "seed": "Fixes all random choices: the same seed gives the same training.",
    "threads": "Processor cores that the training may use.",
}


def training_form() -> bool:
    """Show the form; return whether its settings are valid, and say why not."""
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    with left:
        model = select_key(
            "Architecture",
            {key: row.title for key, row in CATALOG.items()},
            TRAIN_ARCHITECTURE,
            help="Every network can be trained, tested on drawings and inspected.",
        )
    with right:
        preset = choose_key(
            "Preset",
            {key: preset.title for key, preset in PRESETS.items()},
            TRAIN_PRESET,
            help="Fills in the settings below.",
        )
    start = PRESETS[preset].settings(model)
    _fill_in()
    st.caption(f"{PRESETS[preset].words(model)} {architecture(model).note}")
    _take_over_link(start)
    with st.expander("Settings", icon=":material/tune:"):
        _settings(start)
    try:
        settings, _ = chosen()
    except ValueError as error:
        st.error(as_sentence(str(error)), icon=":material/error:")
        return False
    address.publish(TRAIN_SETTINGS, _differences(settings, start))
    return True


def _take_over_link(start: Settings) -> None:
    """Fill the settings of a link into the form, before its fields are drawn."""
    linked = address.read_foreign(TRAIN_SETTINGS, Assignments(_OFFERED))
    if linked is not None:
        try:
            settings = start.replace(
                **{name: _value(start, name, text) for name, text in linked}
            ).to_dict()
        except ValueError as error:
            st.info(f"Ignored in the link: {as_sentence(str(error))}.", icon=":material/info:")
        else:
            for name in _OFFERED:
                st.session_state[f"{_KEY}{name}"] = settings[name]
    address.show_complaint(TRAIN_SETTINGS)


def _value(start: Settings, name: str, text: str) -> int | float | str:
    """Return the value of a setting that a text of a link contains.

    Raises:
        ValueError: if it is no number, and must be one.
    """
    kind: type[int] | type[float] | type[str] = type(getattr(start, name))
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{LIMITS[name].name} must be a number, got {text!r}") from None


def _differences(settings: Settings, start: Settings) -> tuple[tuple[str, str], ...]:
    """Return the settings that differ from the preset's, by name."""
    return tuple(
        (name, str(getattr(settings, name)))
        for name in _OFFERED
        if getattr(settings, name) != getattr(start, name)
    )


def chosen() -> tuple[Settings, str]:
    """Return the settings of the form, and the preset's key if they equal the preset.

    Raises:
        ValueError: if the settings are not valid together.
    """
    state = st.session_state
    preset = state[TRAIN_PRESET.name]
    start = PRESETS[preset].settings(state[TRAIN_ARCHITECTURE.name])
    names = [name for name in _OFFERED if f"{_KEY}{name}" in state]
    if not architecture(start.model).has_dropout and "dropout" in names:
        names.remove("dropout")
    given = {name: state[f"{_KEY}{name}"] for name in names}
    settings = start.replace(**{name: v for name, v in given.items() if v is not None})
    return settings, preset if settings == start else ""


def start_run_in_form() -> None:
    """Start a training with the settings at the time of the click, from a callback.

    A number typed just before the click is not yet known when the button is drawn.
    """
    _fill_in()
    messages.attempt(lambda: start_and_show_run(*chosen()))
    if not messages.has_message():
        fold(FORM)


def _fill_in() -> None:
    """Fill in the settings once the user, or a link, has chosen a preset or an architecture."""
    state = st.session_state
    choice = state[TRAIN_ARCHITECTURE.name], state[TRAIN_PRESET.name]
    if state.get(_FILLED) == choice:
        return
    state[_FILLED] = choice
    model, preset = choice
    settings = PRESETS[preset].settings(model).to_dict()
    for name in _OFFERED:
        state[f"{_KEY}{name}"] = settings[name]


def _settings(start: Settings) -> None:
    columns = st.columns(4)
    with columns[0]:
        _number(start, "epochs", "Epochs", step=1)
        _number(start, "batch_size", "Batch size", step=1)
        _choice(start, "source", "Digits", SOURCES, SOURCE_NAMES)
    with columns[1]:
        _choice(start, "optimizer", "Optimizer", OPTIMIZERS, OPTIMIZER_NAMES)
        _number(start, "learning_rate", "Learning rate", step=1e-3, form="%.6g")
        _choice(start, "schedule", "Schedule", tuple(SCHEDULES))
    with columns[2]:
        _number(start, "weight_decay", "Weight decay", step=0.01, form="%.4g")
        if architecture(start.model).has_dropout:
            _number(start, "dropout", "Dropout", step=0.1)
        _number(start, "augmentation", "Augmentation", step=0.5)
    with columns[3]:
        _choice(start, "precision", "Precision", PRECISIONS)
        _choice(start, "device", "Device", DEVICES)
        _number(start, "seed", "Seed", step=1)
        _number(start, "threads", "Threads (0: all but one core, -1: all)", step=1)


def _number(
    start: Settings,
    name: str,
    label: str,
    *,
    step: float,
    form: str | None = None,
) -> None:
    limit = LIMITS[name]
    default = getattr(start, name)
    if st.session_state.get(f"{_KEY}{name}") is None:  # emptied: back to the preset's value
        st.session_state[f"{_KEY}{name}"] = default
    # no limits here: the widget would silently keep the old value; the settings check themselves
    st.number_input(
        label,
        value=None,
        step=type(default)(step),
        format=form,
        key=f"{_KEY}{name}",
        persist_state="session",
        help=f"{_HELP[name]} From {limit.low:g} to {limit.high:g}.",
    )


def _choice(
    start: Settings,
    name: str,
    label: str,
    options: tuple[str, ...],
    names: dict[str, str] | None = None,
) -> None:
    st.session_state.setdefault(f"{_KEY}{name}", getattr(start, name))
    st.selectbox(
        label,
        options,
        format_func=lambda option: (names or {}).get(option, option),
        key=f"{_KEY}{name}",
        persist_state="session",
        help=_HELP[name],
    )
