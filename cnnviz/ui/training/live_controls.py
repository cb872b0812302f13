"""Sliders that change a live run: learning rate, augmentation and pace."""

import math
from collections.abc import Callable, Sequence

import streamlit as st

from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from cnnviz.ui.pickers.run import request_run

FULL_SPEED = 0.0
_RATES = [m * 10.0**e for e in range(-6, 1) for m in (1, 2, 5)]
_STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
_PACES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)  # steps a second


def live_controls(run: Run, status: Status) -> None:
    """Show the sliders while the run is live and its trainer has written a status."""
    if not status.live or status.learning_rate is None:
        return
    control = run.control()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        _slider(
            run,
            "learning_rate",
            "Learning rate",
            _RATES,
            control.learning_rate or status.learning_rate,
            text="{:.2g}".format,
            help="Takes effect at the next step; a schedule still multiplies it.",
        )
        strength = control.augmentation
        if strength is None:
            strength = status.augmentation
        if strength is None:  # the trainer is of an older version
            strength = run.settings().augmentation
        _slider(
            run,
            "augmentation",
            "Augmentation",
            _STRENGTHS,
            strength,
            text="{:g}".format,
            help="How strongly the training digits are rotated, shifted, scaled and sheared at "
            "random. Takes effect at the next step.",
        )
        _slider(
            run,
            "pace",
            "Pace",
            (*_PACES, FULL_SPEED),
            control.pace,
            text=pace_text,
            order=lambda pace: pace or math.inf,
            help="How many steps a second to train at most, to watch them one by one. It does not "
            "change what the network learns.",
        )


def pace_text(pace: float) -> str:
    """Return a pace in words; 0 is full speed."""
    return f"{pace:g} step{'' if pace == 1 else 's'}/s" if pace else "full speed"


def _slider(
    run: Run,
    name: str,
    label: str,
    options: Sequence[float],
    value: float,
    *,
    text: Callable[[float], str],
    help: str,
    order: Callable[[float], float] = float,
) -> None:
    """Show a slider that requests a new value of one control from the run's trainer."""
    key = f"{name}_{run.id}_{value:g}"  # a change in any tab remounts it at the new value
    st.select_slider(
        label,
        sorted({*options, value}, key=order),
        value=value,
        format_func=text,
        key=key,
        on_change=lambda: request_run(run, **{name: st.session_state[key]}),
        help=help,
        width=250,
    )
