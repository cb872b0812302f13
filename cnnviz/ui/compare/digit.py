"""Several networks looking at one and the same image."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz.catalogue import architecture
from cnnviz.networks import Network
from cnnviz.plots.agreement import what_they_say
from cnnviz.ui import cache, drawing
from cnnviz.ui.addressed import addressed
from cnnviz.ui.compare import material
from cnnviz.ui.compare.choice import Choice
from cnnviz.ui.field.facts import both
from cnnviz.ui.later import soon
from cnnviz.ui.maps_view import Stage, digit_stage, maps_view
from cnnviz.ui.pad import drawing_goes_on, pad, received
from cnnviz.ui.paged import paged
from cnnviz.ui.pulse import pulse
from cnnviz.ui.subject import Subject, choose_subject, take

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz.attribution import Method
    from cnnviz.forward_pass import ForwardPass
    from cnnviz.receptive_field import Field

_DEPTHS = ("Early", "Middle", "Late")
_COLUMNS = 3  # input, maps and what speaks for the answer
_AT_ONCE = 6  # networks with their pictures; the answers of all are shown
_ALONG = 4  # networks that read along while the pen moves
_DRAWN = "compare_drawn"  # the drawing that the page shows, as bytes


def show(choice: Choice) -> None:
    """Show what each network makes of the image that the user chooses."""
    st.session_state[_DRAWN] = received().image.tobytes()
    subject = choose_subject(choice.digits, board=partial(_board, choice.networks[:_ALONG]))
    if subject is None:
        return
    if subject.index is not None and len(choice.networks) > 1:
        _next_difference(choice, subject.index)
    found = {network: cache.forward_pass(network, subject.image) for network in choice.networks}
    st.plotly_chart(
        what_they_say(
            np.stack([seen.probabilities for seen in found.values()]),
            [network.title for network in found],
            label=subject.label,
            theme=st.context.theme.type or "light",
        ),
        key="compare_say",
        config={"displayModeBar": False},
    )
    _look(choice, subject)


@st.fragment
def _look(choice: Choice, subject: Subject) -> None:
    """Show one depth of each network; another depth or method leaves the rest of the page alone."""
    from cnnviz.attribution import METHODS

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
    stages: list[Stage] = []
    with st.spinner("Asking each network why…"):
        for network in paged(choice.networks, _AT_ONCE, key="compare_digit_page"):
            place = _DEPTHS.index(str(level))
            seen = cache.forward_pass(network, subject.image)
            stages += _row(network, subject, seen, place, METHODS[chosen], len(stages))
    maps_view(
        stages,
        key="compare_maps",
        subject=f"{choice.key} {level} {chosen} {subject.title}",
        tools=True,
        columns=_COLUMNS,
    )
    st.caption(
        f"{subject.title}. {METHODS[chosen].explanation} A frame on the input holds what the "
        "layer's middle unit sees; point at another unit for its own."
    )


@st.fragment(key="compare_board")
def _board(along: Sequence[Network]) -> None:
    """Show the pad with what networks read; the page follows when the pen is lifted."""
    found = received()
    pad(found, along, drawing.reading(found.image, along))
    if not drawing_goes_on() and st.session_state.get(_DRAWN) != found.image.tobytes():
        st.rerun()


@st.fragment
def _next_difference(choice: Choice, index: int) -> None:
    """Offer the next test digit that not all networks answer alike, once all have answered."""
    from cnnviz.agreement import disputed

    calls = material.answer_calls(choice)
    ready = soon(calls)
    found = material.answers(choice, ready)
    if len(ready) < len(calls):
        st.caption(
            f"Looking for digits that they answer differently: {len(ready)} of {len(calls)} parts."
        )
        pulse(material.AGAIN, key="compare_dispute_pulse")
        return
    places = np.flatnonzero(disputed(list(found.values())))
    if not len(places):
        st.caption(f"They answer all {material.tested(choice)} alike.")
        return
    following = int(places[np.searchsorted(places, index, side="right") % len(places)])
    if st.button(
        f"Next of {len(places):,} that they answer differently",
        on_click=take,
        args=(following,),
        icon=":material/alt_route:",
        key="compare_next_difference",
    ):
        st.rerun()


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
    answer = int(seen.probabilities.argmax())
    values, layer = _explained(network, subject, method, answer)
    return [
        Stage(
            network.title,
            "",
            given.values,
            (_answer(seen, subject.label), *given.notes),
            box=_middle(field) if field else None,
        ),
        Stage(
            f"{maps.role.capitalize()}: {network.title}",
            maps.layer,
            maps.values,
            (_depth(row.key, maps.layer), *_field_notes(field, row.input_size)),
            fields={start: field.boxes[""]} if field else {},
        ),
        Stage(
            f"{method.title}: {network.title}",
            layer if method.needs_layer else "input",
            values[None],
            (f"What speaks for its answer, {answer}.",),
        ),
    ]


def _explained(
    network: Network, subject: Subject, method: "Method", answer: int
) -> "tuple[NDArray[np.float32], str]":
    from cnnviz.places import propose

    layer = propose(cache.places(network))[0].layer
    return cache.explained_by(network, subject.image, answer, layer, method.key), layer


def _answer(seen: "ForwardPass", label: int | None) -> str:
    first, second = (int(digit) for digit in np.argsort(-seen.probabilities)[:2])
    sure, other = (sureness(float(seen.probabilities[digit])) for digit in (first, second))
    wrong = f" It is labelled {label}." if label not in (None, first) else ""
    return f"Read as {first}, {sure} sure; then {second}, {other}.{wrong}"


def sureness(share: float) -> str:
    """Return a probability in percent; never all of it, and never nothing."""
    if share < 0.0005:  # would be shown as 0.0%
        return "under 0.1%"
    return f"{share:.1%}" if share < 0.9995 else "over 99.9%"


def _depth(key: str, layer: str) -> str:
    """Return how deep a layer lies, in words."""
    done, every = cache.structure(key, published=False).count.depth(layer)
    return f"After {done} of its {every} convolutions and linear layers."


def _middle(field: "Field") -> tuple[int, int, int, int]:
    top, left, bottom, right = map(int, field.boxes[""][field.centre])
    return top, left, bottom, right


def _field_notes(field: "Field | None", side: int) -> tuple[str, ...]:
    if field is None:
        return ()
    if field.sees_everything:
        return (f"Its middle unit sees the whole {side} × {side}.",)
    size = f"{both(field.theoretical)} pixels a side" if field.theoretical else "no fixed size"
    return (f"A unit sees {size}; the middle one {field.share:.0%} of the input.",)
