"""Several networks looking at one and the same image."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz.catalogue import architecture
from cnnviz.networks import Network
from cnnviz.plots.agreement import what_they_say
from cnnviz.ui import cache
from cnnviz.ui.addressed import addressed
from cnnviz.ui.compare.choice import Choice
from cnnviz.ui.field.facts import both
from cnnviz.ui.maps_view import Stage, digit_stage, maps_view
from cnnviz.ui.subject import Subject, choose_subject

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.attribution import Method
    from cnnviz.forward_pass import ForwardPass
    from cnnviz.receptive_field import Field

_DEPTHS = ("Early", "Middle", "Late")
_CERTAIN = 0.9995  # from here on 100.0% would be shown
_COLUMNS = 3  # input, maps and what speaks for the answer


def show(choice: Choice) -> None:
    """Show what each network makes of the image that the user chooses."""
    from cnnviz.attribution import METHODS

    subject = choose_subject(choice.digits)
    if subject is None:
        return
    depth, by = st.columns([2, 2], vertical_alignment="bottom")
    level = depth.segmented_control(
        "Depth",
        _DEPTHS,
        default=_DEPTHS[0],
        required=True,
        key="compare_depth",
        bind="query-params",
        persist_state="session",
    )
    chosen = by.selectbox(
        "What speaks for the answer",
        list(METHODS),
        format_func=lambda key: METHODS[key].title,
        **addressed("compare_method", list(METHODS), "grad_cam"),
    )
    found = {network: cache.forward_pass(network, subject.image) for network in choice.networks}
    st.plotly_chart(
        what_they_say(
            np.stack([seen.probabilities for seen in found.values()]),
            [network.title for network in found],
            theme=st.context.theme.type or "light",
        ),
        key="compare_say",
        config={"displayModeBar": False},
    )
    stages: list[Stage] = []
    with st.spinner("Asking each network why…"):
        for network, seen in found.items():
            place = _DEPTHS.index(str(level))
            stages += _row(network, subject, seen, place, METHODS[chosen], len(stages))
    maps_view(
        stages,
        key="compare_maps",
        subject=f"{choice.key} {level} {chosen} {subject.title}",
        tools=True,
        columns=_COLUMNS,
    )
    st.caption(f"{subject.title}. {METHODS[chosen].explanation}")


def _row(
    network: Network,
    subject: Subject,
    seen: "ForwardPass",
    place: int,
    method: "Method",
    start: int,
) -> list[Stage]:
    """Return a network's input, one layer's maps and the map of what speaks for its answer."""
    row = architecture(network.architecture)
    maps = seen.maps[place]
    given = digit_stage(subject.image, row.input_size)
    field = cache.fields(row.key, (maps.layer,)).get(maps.layer)
    values, layer = _explained(network, subject, method, int(seen.probabilities.argmax()))
    return [
        Stage(network.title, "", given.values, (_answer(seen), *given.notes)),
        Stage(
            f"{maps.role.capitalize()}: {network.title}",
            maps.layer,
            maps.values,
            _field_notes(field, row.input_size),
            fields={start: field.boxes[""]} if field else {},
        ),
        Stage(
            f"{method.title}: {network.title}",
            layer if method.needs_layer else "input",
            values[None],
            (f"What speaks for its answer, {int(seen.probabilities.argmax())}.",),
        ),
    ]


def _explained(
    network: Network, subject: Subject, method: "Method", answer: int
) -> "tuple[NDArray[np.float32], str]":
    from cnnviz.places import propose

    layer = propose(cache.places(network))[0].layer
    return cache.explained_by(network, subject.image, answer, layer, method.key), layer


def _answer(seen: "ForwardPass") -> str:
    first, second = (int(digit) for digit in np.argsort(-seen.probabilities)[:2])
    sure = float(seen.probabilities[first])
    certainty = f"{sure:.1%}" if sure < _CERTAIN else "over 99.9%"
    return f"Read as {first}, {certainty} sure; then {second}, {seen.probabilities[second]:.1%}."


def _field_notes(field: "Field | None", side: int) -> tuple[str, ...]:
    if field is None:
        return ()
    if field.sees_everything:
        return (f"Its middle unit sees the whole {side} × {side}.",)
    size = f"{both(field.theoretical)} pixels a side" if field.theoretical else "no fixed size"
    return (f"A unit sees {size}; the middle one {field.share:.0%} of the input.",)
