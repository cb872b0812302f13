"""The choices before a training: architecture, preset and every setting."""

from typing import Any

import streamlit as st

from cnnviz.catalogue import CATALOGUE, architecture
from cnnviz.settings import (
    DEVICES,
    LIMITS,
    OPTIMIZERS,
    PRECISIONS,
    PRESETS,
    SCHEDULES,
    SOURCES,
    Settings,
)
from cnnviz.ui.plain import opening

_KEY = "train_"
_NAMES = {"adamw": "AdamW", "adam": "Adam", "sgd": "SGD with momentum"}
_SOURCE_NAMES = {"auto": "The best there are", "full": "Full MNIST", "embedded": "Embedded digits"}


def training_form() -> tuple[Settings | None, str]:
    """Show the choices; return the settings (None while they are invalid) and the preset's key."""
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    model = left.selectbox(
        "Architecture",
        list(CATALOGUE),
        format_func=lambda key: CATALOGUE[key].title,
        key=f"{_KEY}model",
        on_change=_apply_preset,
        bind="query-params",
        persist_state="session",
        help="Every network of the catalogue can be trained, drawn on and looked into.",
    )
    preset = right.segmented_control(
        "Preset",
        list(PRESETS),
        format_func=lambda key: PRESETS[key].title,
        default="quick",
        key=f"{_KEY}preset",
        on_change=_apply_preset,
        persist_state="session",
        required=True,
        help="A starting point: it fills in the settings below.",
    )
    start = PRESETS[preset].settings(model)
    st.caption(f"{PRESETS[preset].description} {architecture(model).note}")
    with st.expander("Settings", icon=":material/tune:"):
        changes = _settings(start)
    try:
        chosen = start.replace(**changes)
    except ValueError as error:
        st.error(opening(str(error)), icon=":material/error:")
        return None, preset
    return chosen, preset if chosen == start else ""


def fill_in(settings: Settings) -> None:
    """Put settings into the form, for a remedy or a repetition; call it from a callback."""
    for name, value in settings.to_dict().items():
        st.session_state[f"{_KEY}{name}"] = value


def _apply_preset() -> None:
    preset, model = st.session_state[f"{_KEY}preset"], st.session_state[f"{_KEY}model"]
    fill_in(PRESETS[preset].settings(model))


def _settings(start: Settings) -> dict[str, Any]:
    columns = st.columns(4)
    with columns[0]:
        first = {
            "epochs": _number(start, "epochs", "Epochs", step=1),
            "batch_size": _number(start, "batch_size", "Batch size", step=1),
            "source": _choice(start, "source", "Digits", SOURCES, _SOURCE_NAMES),
        }
    with columns[1]:
        first |= {
            "optimizer": _choice(start, "optimizer", "Optimizer", OPTIMIZERS, _NAMES),
            "learning_rate": _number(start, "learning_rate", "Learning rate", form="%.6g"),
            "schedule": _choice(start, "schedule", "Schedule", SCHEDULES),
        }
    with columns[2]:
        has_dropout = architecture(start.model).has_dropout
        first |= {
            "weight_decay": _number(start, "weight_decay", "Weight decay", form="%.4g"),
            "dropout": _number(start, "dropout", "Dropout") if has_dropout else 0.0,
            "augmentation": _number(start, "augmentation", "Augmentation", step=0.5),
        }
    with columns[3]:
        first |= {
            "precision": _choice(start, "precision", "Precision", PRECISIONS),
            "device": _choice(start, "device", "Device", DEVICES),
            "seed": _number(start, "seed", "Seed", step=1),
            "threads": _number(start, "threads", "Threads (0: spare a core, -1: all)", step=1),
        }
    return first


def _number(
    start: Settings,
    name: str,
    label: str,
    *,
    step: float | None = None,
    form: str | None = None,
) -> Any:
    limit = LIMITS[name]
    default = getattr(start, name)
    kind = type(default)
    st.session_state.setdefault(f"{_KEY}{name}", default)
    return st.number_input(
        label,
        min_value=kind(limit.low),
        max_value=kind(limit.high),
        step=step if step is None else kind(step),
        format=form,
        key=f"{_KEY}{name}",
        persist_state="session",
        help=f"{limit.low:g} to {limit.high:g}",
    )


def _choice(
    start: Settings,
    name: str,
    label: str,
    options: tuple[str, ...],
    names: dict[str, str] | None = None,
) -> Any:
    st.session_state.setdefault(f"{_KEY}{name}", getattr(start, name))
    return st.selectbox(
        label,
        options,
        format_func=lambda option: (names or {}).get(option, option),
        key=f"{_KEY}{name}",
        persist_state="session",
    )
