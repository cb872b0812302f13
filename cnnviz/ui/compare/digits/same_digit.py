"""Several networks looking at one and the same image."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz.data.ink import padded
from cnnviz.data.mnist import CLASSES
from cnnviz.plots.agreement import class_probabilities
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, attributions, layer_outputs
from cnnviz.ui.compare import background_calls
from cnnviz.ui.compare.digits.layer_matching import Depth, choose_depth
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.components.maps_view import Stage, digit_stage, maps_view
from cnnviz.ui.components.pagination import paged
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.drawing import drawing
from cnnviz.ui.drawing.pad import drawing_goes_on, pad, received
from cnnviz.ui.field.sentences import both
from cnnviz.ui.pickers.image import DRAWN, Subject, choose_subject, take
from cnnviz.ui.shell import address
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.parameter_types import Coordinates, OneOf
from cnnviz.ui.shell.parameters import COMPARE_CLASS, COMPARE_METHOD, COMPARE_UNIT
from cnnviz.ui.shell.units import probability

if TYPE_CHECKING:
    from cnnviz.inspection.activations.forward_pass import ForwardPass
    from cnnviz.inspection.attribution.methods import Method
    from cnnviz.inspection.receptive_field.fields import Field

_OWN, _CLASSES = "own", tuple(map(str, range(CLASSES)))
_COLUMNS = 3  # input, maps and what speaks for the answer
_AT_ONCE = 6  # networks with their pictures; the answers of all are shown
_ALONG = 4  # networks that read along while the pen moves
_UNIT = "compare_unit"  # in the address: place of the maps, channel, row and column
_DRAWN = "compare_drawn"  # the drawing that the page shows, as bytes


@dataclass(frozen=True)
class _Question:
    """What is asked of each network.

    Attributes:
        method: of attribution.
        digit: the class that is to be explained; None for the network's own answer.
    """

    method: "Method"
    digit: int | None


def show(choice: Choice) -> None:
    """Show what each network makes of the image that the user chooses."""
    st.session_state[_DRAWN] = received().image.tobytes()
    subject = choose_subject(choice.digits, board=partial(_board, choice.networks[:_ALONG]))
    if subject is None:
        return
    if subject.index is not None and len(choice.networks) > 1:
        _next_difference(choice, subject.index)
    board_says = subject.title == DRAWN and len(choice.networks) <= _ALONG
    if not board_says:
        _say(choice, subject)
    _look(choice, subject)


def _say(choice: Choice, subject: Subject) -> None:
    """Show the probability that each network gives each class."""
    found = {
        network: layer_outputs.forward_pass(network, subject.image) for network in choice.networks
    }
    st.plotly_chart(
        class_probabilities(
            np.stack([seen.probabilities for seen in found.values()]),
            [network.title for network in found],
            label=subject.label,
            theme=st.context.theme.type or "light",
        ),
        key="compare_say",
        config={"displayModeBar": False},
    )


@st.fragment
def _look(choice: Choice, subject: Subject) -> None:
    """Show one depth of each network; another depth or method leaves the rest of the page alone."""
    from cnnviz.inspection.attribution.methods import METHODS

    left, right = st.columns([1, 1])
    with left:
        depth = choose_depth([network.architecture_key for network in choice.networks])
    target, method = right.columns(2)
    chosen = method.selectbox(
        "By",
        list(METHODS),
        format_func=lambda key: METHODS[key].title,
        **address.bind(
            COMPARE_METHOD, OneOf({key: method.title for key, method in METHODS.items()})
        ),
    )
    asked = target.selectbox(
        "What speaks for",
        [_OWN, *_CLASSES],
        format_func=lambda key: "its own answer" if key == _OWN else key,
        **address.bind(COMPARE_CLASS, OneOf.keys([_OWN, *_CLASSES])),
    )
    stages: list[Stage] = []
    with st.spinner("Asking each network why…"):
        for network in paged(choice.networks, _AT_ONCE, key="compare_digit_page"):
            question = _Question(METHODS[chosen], None if asked == _OWN else int(asked))
            stages += _row(network, subject, depth, question, len(stages))
    maps_view(
        stages,
        key="compare_maps",
        subject=f"{choice.key} {depth} {chosen} {asked} {subject.title}",
        tools=True,
        columns=_COLUMNS,
        keep=_kept(stages),
        on_keep=_keep,
    )
    st.caption(
        f"{subject.title}. {METHODS[chosen].explanation} A frame on the input holds what the "
        "layer's middle unit sees; point at another unit for its own."
    )


@st.fragment(key="compare_board")
def _board(along: Sequence[TrainedNetwork]) -> None:
    """Show the pad with what networks read; the page follows when the pen is lifted."""
    found = received()
    pad(found, along, drawing.reading(found.image, along), compact=True)
    if not drawing_goes_on() and st.session_state.get(_DRAWN) != found.image.tobytes():
        st.rerun()


@st.fragment
def _next_difference(choice: Choice, index: int) -> None:
    """Offer the next test digit that not all networks answer alike, once all have answered."""
    from cnnviz.evaluation.agreement import next_disagreement

    calls = background_calls.answer_calls(choice)
    ready = request(calls)
    found = background_calls.predictions(choice, ready)
    if len(ready) < len(calls):
        st.caption(
            f"Looking for digits that they answer differently: {len(ready)} of {len(calls)} parts."
        )
        pulse(background_calls.AGAIN, key="compare_dispute_pulse")
        return
    next_one = next_disagreement(list(found.values()), index)
    if next_one is None:
        st.caption(f"They answer all {background_calls.tested(choice)} alike.")
        return
    following, count = next_one
    if st.button(
        f"Next of {count:,} that they answer differently",
        on_click=take,
        args=(following,),
        icon=":material/alt_route:",
        key="compare_next_difference",
    ):
        st.rerun()


def _row(
    network: TrainedNetwork, subject: Subject, depth: Depth, question: _Question, start: int
) -> list[Stage]:
    """Return a network's input, one layer's maps and the map of what speaks for a class."""
    row = network.architecture
    seen = layer_outputs.forward_pass(network, subject.image)
    given = digit_stage(subject.image, row.input_size)
    level = depth.level(row.key)
    layer = level.layer
    field = architectures.fields(row.key, (layer.name,)).get(layer.name)
    return [
        Stage(
            network.title,
            "",
            given.values,
            (_answer(seen, subject.label), *given.notes),
            box=_middle(field) if field else None,
        ),
        Stage(
            f"{depth.title()}: {network.title}",
            layer.name,
            layer_outputs.layer_maps(network, subject.image, layer),
            (*depth.notes(level), *_field_notes(field, row.input_size)),
            fields={start: field.boxes[""]} if field else {},
        ),
        _explained(network, subject, question, int(seen.probabilities.argmax())),
    ]


def _explained(
    network: TrainedNetwork, subject: Subject, question: _Question, answer: int
) -> Stage:
    """Return what speaks for a class, on the same frame as the network's input."""
    from cnnviz.inspection.attribution.grad_cam_layers import propose

    method, place = question.method, propose(attributions.grad_cam_layers(network))[0]
    received = padded(subject.image, network.architecture.input_size)
    digit = answer if question.digit is None else question.digit
    values = attributions.attribution_map(network, received, digit, place.layer, method.key)
    return Stage(
        f"{method.title}: {network.title}",
        place.layer if method.needs_layer else "input",
        values[None],
        (f"What speaks for {'its answer, ' if digit == answer else ''}{digit}.",),
        enlarged=place.grid if method.needs_layer else None,
    )


def _kept(stages: Sequence[Stage]) -> tuple[int, int, int, int] | None:
    """Return the unit that the address names; None where these maps have no such unit."""
    kept = address.read(COMPARE_UNIT, Coordinates(4))
    address.show_complaint(COMPARE_UNIT)
    if kept is None:
        return None
    stage, *unit = kept
    values = stages[stage].values if stage < len(stages) else None
    if values is None or len(unit) != values.ndim or any(np.greater_equal(unit, values.shape)):
        return None
    channel, row, column = unit
    return stage, channel, row, column


def _keep(unit: tuple[int, int, int, int] | None) -> None:
    """Put a unit that the user clicks into the address, and take it out when it is let go."""
    address.write({COMPARE_UNIT: unit})


def _answer(seen: "ForwardPass", label: int | None) -> str:
    first, second = (int(digit) for digit in np.argsort(-seen.probabilities)[:2])
    sure, other = (sureness(float(seen.probabilities[digit])) for digit in (first, second))
    wrong = f" It is labeled {label}." if label not in (None, first) else ""
    return f"Read as {first}, {sure} sure; then {second}, {other}.{wrong}"


def sureness(share: float) -> str:
    """Return a probability in percent; never 100.0%, and never 0.0%."""
    if share < 0.0005:  # would be shown as 0.0%
        return "under 0.1%"
    return probability(share)


def _middle(field: "Field") -> tuple[int, int, int, int]:
    top, left, bottom, right = map(int, field.boxes[""][field.center])
    return top, left, bottom, right


def _field_notes(field: "Field | None", side: int) -> tuple[str, ...]:
    if field is None:
        return ()
    if field.sees_everything:
        return (f"Its middle unit sees the whole {side} × {side}.",)
    size = f"{both(field.theoretical)} pixels a side" if field.theoretical else "no fixed size"
    return (f"A unit sees {size}; the middle one {field.share:.0%} of the input.",)
