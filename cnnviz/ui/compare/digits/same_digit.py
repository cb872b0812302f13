"""View Same digit: input, feature maps and attribution of several networks for one image."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz.data.ink import padded
from cnnviz.data.mnist import CLASSES
from cnnviz.plots.agreement import class_probabilities
from cnnviz.stats.percentages import percent, probability
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, attributions, layer_outputs
from cnnviz.ui.compare import background_calls
from cnnviz.ui.compare.digits.layer_matching import LayerChoice, choose_layers
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.components.figures import color_scheme, show_figure
from cnnviz.ui.components.maps_view import Actions, MapStage, digit_stage, maps_view
from cnnviz.ui.components.pagination import paged
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.drawing import drawing
from cnnviz.ui.drawing.pad import pad, pen_is_down, take_over_pad
from cnnviz.ui.pickers.image import DRAWN, InputImage, choose_image, choose_test_digit
from cnnviz.ui.pickers.options import select_key
from cnnviz.ui.shell import address
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.parameter_types import Coordinates
from cnnviz.ui.shell.parameters import COMPARE_CLASS, COMPARE_METHOD, COMPARE_UNIT
from cnnviz.ui.shell.units import format_pair, quantity

if TYPE_CHECKING:
    from cnnviz.inspection.activations.forward_pass import ForwardPass
    from cnnviz.inspection.attribution.methods import Method
    from cnnviz.inspection.receptive_field.fields import Field

_OWN = "own"
_TARGETS = {_OWN: "predicted class"} | {str(digit): str(digit) for digit in range(CLASSES)}
_COLUMNS = 3  # input, feature maps, attribution
_PER_PAGE = 6  # networks with images; the predictions of all are shown
_MOST_LIVE = 4  # networks that classify while the pen moves
_DRAWN = "compare_drawn"  # the drawing shown on the page, as bytes


@dataclass(frozen=True)
class _Explained:
    """What is explained by which method.

    Attributes:
        method: attribution method.
        digit: the class to explain; None for the predicted one.
    """

    method: "Method"
    digit: int | None


def same_digit_view(choice: Choice) -> None:
    """Show predictions, feature maps and attribution for the image that the user chooses."""
    st.session_state[_DRAWN] = take_over_pad().image.tobytes()
    image = choose_image(choice.digits, board=partial(_board, choice.networks[:_MOST_LIVE]))
    if image is None:
        return
    if image.index is not None and len(choice.networks) > 1:
        _next_disagreement_button(choice, image.index)
    shown_on_pad = image.title == DRAWN and len(choice.networks) <= _MOST_LIVE
    if not shown_on_pad:
        _show_probabilities(choice, image)
    _show_maps(choice, image)


def _show_probabilities(choice: Choice, image: InputImage) -> None:
    """Show the probability that each network gives each class."""
    passes = {
        network: layer_outputs.forward_pass(network, image.pixels) for network in choice.networks
    }
    figure = class_probabilities(
        np.stack([forward_pass.probabilities for forward_pass in passes.values()]),  # (K, 10)
        [network.title for network in passes],
        label=image.label,
        theme=color_scheme(),
    )
    show_figure(figure, key="compare_say")


@st.fragment
def _show_maps(choice: Choice, image: InputImage) -> None:
    """Show one layer of each network, and the attribution; a fragment of its own."""
    left, right = st.columns([1, 1])
    with left:
        layers = choose_layers([network.architecture_key for network in choice.networks])
    with right:
        explained = _choose_explained()
    stages: list[MapStage] = []
    with st.spinner("Computing the attribution of each network…"):
        for network in paged(choice.networks, _PER_PAGE, key="compare_digit_page"):
            stages += _row(network, image, layers, explained, len(stages))
    maps_view(
        stages,
        key="compare_maps",
        subject=f"{choice.key} {layers} {explained.method.key} {explained.digit} {image.title}",
        tools=True,
        columns=_COLUMNS,
        keep=_linked_unit(stages),
        actions=Actions(keep=_link_unit),
    )
    st.caption(
        f"{image.title}. {explained.method.explanation} The frame on the input is the receptive "
        "field of the layer's middle unit; hover over another unit to see its own."
    )


def _choose_explained() -> _Explained:
    """Return the class to explain and the attribution method that the user chooses."""
    from cnnviz.inspection.attribution.methods import METHODS

    left, right = st.columns(2)
    with right:
        titles = {key: method.title for key, method in METHODS.items()}
        method = select_key(
            "Method", titles, COMPARE_METHOD, help="How the contribution of each pixel is computed."
        )
    with left:
        target = select_key(
            "Attribution for",
            _TARGETS,
            COMPARE_CLASS,
            help="The class that the maps explain: each network's own prediction, or the same "
            "class for all.",
        )
    return _Explained(METHODS[method], None if target == _OWN else int(target))


@st.fragment(key="compare_board")
def _board(live: Sequence[TrainedNetwork]) -> None:
    """Show the pad with predictions; the rest of the page follows when the pen is lifted."""
    drawn = take_over_pad()
    pad(drawn, live, drawing.predict_drawing(drawn.image, live), compact=True)
    if not pen_is_down() and st.session_state.get(_DRAWN) != drawn.image.tobytes():
        st.rerun()


@st.fragment
def _next_disagreement_button(choice: Choice, index: int) -> None:
    """Offer the next test digit that not all networks classify alike, once all are predicted."""
    from cnnviz.evaluation.agreement import next_disagreement

    calls = background_calls.prediction_calls(choice)
    ready = request(calls)
    predictions = background_calls.predictions(choice, ready)
    if len(ready) < len(calls):
        st.caption(
            f"Looking for digits classified differently: {len(ready)} of "
            f"{quantity(len(calls), 'batch')} predicted."
        )
        pulse(background_calls.POLL_SECONDS, key="compare_dispute_pulse")
        return
    disagreement = next_disagreement(list(predictions.values()), index)
    if disagreement is None:
        st.caption(f"They classify all {background_calls.digits_text(choice)} alike.")
        return
    following, count = disagreement
    if st.button(
        f"Next of {count:,} classified differently",
        on_click=choose_test_digit,
        args=(following,),
        icon=":material/alt_route:",
        key="compare_next_difference",
    ):
        st.rerun()


def _row(
    network: TrainedNetwork,
    image: InputImage,
    layers: LayerChoice,
    explained: _Explained,
    start: int,
) -> list[MapStage]:
    """Return a network's input, the maps of one layer, and the attribution map."""
    row = network.architecture
    forward_pass = layer_outputs.forward_pass(network, image.pixels)
    given = digit_stage(image.pixels, row.input_size)
    depth = layers.layer_of(row.key)
    layer = depth.layer
    field = architectures.fields(row.key, (layer.name,)).get(layer.name)
    return [
        MapStage(
            network.title,
            "",
            given.values,
            (_prediction_text(forward_pass, image.label), *given.notes),
            box=field.center_box if field else None,
        ),
        MapStage(
            f"{layers.title()}: {network.title}",
            layer.name,
            layer_outputs.layer_maps(network, image.pixels, layer),
            (*layers.notes(depth), *_field_notes(field, row.input_size)),
            fields={start: field.boxes[""]} if field else {},
        ),
        _attribution(network, image, explained, forward_pass.ranking[0]),
    ]


def _attribution(
    network: TrainedNetwork, image: InputImage, explained: _Explained, predicted: int
) -> MapStage:
    """Return the attribution map for a class, on the network's input."""
    from cnnviz.inspection.attribution.grad_cam_layers import default_layer

    method, place = explained.method, default_layer(attributions.grad_cam_layers(network))[0]
    received = padded(image.pixels, network.architecture.input_size)
    digit = predicted if explained.digit is None else explained.digit
    values = attributions.attribution_map(network, received, digit, place.layer, method.key)
    return MapStage(
        f"{method.title}: {network.title}",
        place.layer if method.needs_layer else "input",
        values[None],
        (f"For {'the predicted class, ' if digit == predicted else 'class '}{digit}.",),
        enlarged=place.grid if method.needs_layer else None,
    )


def _linked_unit(stages: Sequence[MapStage]) -> tuple[int, int, int, int] | None:
    """Return the unit in the address; None if these maps have no such unit."""
    linked = address.read(COMPARE_UNIT, Coordinates(4))
    address.show_complaint(COMPARE_UNIT)
    if linked is None:
        return None
    stage, *unit = linked  # index of the maps, channel, row and column
    values = stages[stage].values if stage < len(stages) else None
    if values is None or len(unit) != values.ndim or any(np.greater_equal(unit, values.shape)):
        return None
    channel, row, column = unit
    return stage, channel, row, column


def _link_unit(unit: tuple[int, int, int, int] | None) -> None:
    """Write the clicked unit into the address; remove it when it is deselected."""
    address.write({COMPARE_UNIT: unit})


def _prediction_text(forward_pass: "ForwardPass", label: int | None) -> str:
    probabilities = forward_pass.probabilities
    first, second, *_ = forward_pass.ranking
    highest, next_one = (probability(float(probabilities[d])) for d in (first, second))
    wrong = f" The label is {label}." if label not in (None, first) else ""
    return f"Predicted {first} ({highest}), then {second} ({next_one}).{wrong}"


def _field_notes(field: "Field | None", side: int) -> tuple[str, ...]:
    if field is None:
        return ()
    if field.sees_everything:
        return (f"The middle unit sees the whole {side} × {side} input.",)
    size = f"{format_pair(field.theoretical)} pixels" if field.theoretical else "no fixed size"
    return (f"Receptive field: {size}; middle unit: {percent(field.share, 0)} of the input.",)
