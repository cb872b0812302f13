import streamlit as st

from cnnviz.data.mnist import mixed_index
from cnnviz.stats.percentages import percent
from cnnviz.ui.cached import loading
from cnnviz.ui.drawing.detection_sentence import detection_sentence, digit_names
from cnnviz.ui.drawing.detections import decoder_outputs, detections, held_out_canvases
from cnnviz.ui.pickers.networks import choose_network, stop_without_network
from cnnviz.ui.pickers.whole_number import whole_number
from cnnviz.ui.shell import address, warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.shell.parameter_types import Integer
from cnnviz.ui.shell.parameters import CANVAS, DETECTOR
from cnnviz.ui.teaching.predict_first import predict_first
from cnnviz.ui.teaching.suggested_experiments import suggested_experiments

require_router()

digits = loading.digits()
canvases = held_out_canvases(digits)
st.session_state.setdefault("detect_position", 0)


def another() -> None:
    """Choose a canvas whose first digit is of another class."""
    st.session_state.detect_position += 1
    place = mixed_index(digits, st.session_state.detect_position)
    address.write({CANVAS: place % len(canvases.images)})


page_title("detect")
choose, pick, go = st.columns([3, 1, 1], vertical_alignment="bottom")
with choose:
    network = choose_network("Network", DETECTOR, task="detect")
if network is None:
    stop_without_network("There is no trained detector yet.")
final = len(canvases.images) - 1
with pick:
    index = whole_number(
        f"Index of the canvas (0 to {final:,})",
        0,
        final,
        **address.bind(CANVAS, Integer(0, final), default=canvases.first_full),
        help="Which of the test images with one to three digits is shown.",
    )
go.button("Another canvas", on_click=another, icon=":material/casino:", width="stretch")

warmup.wait_for_pytorch()
outputs = decoder_outputs(network, digits, index)
last = len(outputs) - 1
view = st.container()
layer = st.segmented_control(
    "Decoder layer",
    range(len(outputs)),
    format_func=lambda layer: f"{layer + 1} (last)" if layer == last else f"{layer + 1}",
    default=last,
    required=True,
    key=f"detect_layer_{last}",
    help="The network refines its answer in several steps, one per decoder layer: choose one to "
    "see its boxes so far. Only the last one's count.",
)
predictions = outputs[layer]
labeled = canvases.digits(index)
title = plain(network.title)
with view:
    st.markdown(
        detection_sentence(
            title if layer == last else f"Decoder layer {layer + 1} of {title}",
            labeled,
            predictions.digits,
            queries=len(predictions.labels),
        )
    )
    detections(
        canvases.images[index, 0],
        predictions,
        key="detect_view",
        label=f"A canvas with {digit_names(labeled)}; detected: {digit_names(predictions.digits)}",
    )
if network.accuracy:
    score = percent(network.accuracy, 2)
    st.caption(
        f"{title}: F1 {score} on {network.tested_on}.",
        help="One number for how well it detects: 100% if it finds every digit, names it correctly "
        "and draws no box where there is none.",
    )

predict_first("detect", network, canvases.images[index])
suggested_experiments("detect")
how_to_read(
    "- **[[Cross-attention|cross-attention]]**, in yellow: each query weights the 8 × 8 positions "
    "of the backbone's [[feature maps|feature map]]; the weights sum to 100%. Shown is the mean "
    "over the heads of the chosen decoder layer, interpolated, each query scaled to its own "
    "largest weight.\n"
    "- **No object** is an eleventh class. A query counts as a detection if one digit has a "
    "probability above 50%.\n"
    "- **Duplicates are not removed** afterward: the one-to-one matching in training makes one "
    "query responsible for each digit, so two boxes on one digit are a mistake.\n"
    "- **[[F1]]**: a digit counts as found if a box of its class overlaps it with an "
    "[[intersection over union]] of at least 0.5.\n"
    "- Carion et al. 2020, [End-to-End Object Detection with Transformers]"
    "(https://arxiv.org/abs/2005.12872)."
)
st.caption(f"Digits in use: {digits}.")
