import streamlit as st

from cnnviz.data.mnist import mixed_index
from cnnviz.stats.percentages import percent
from cnnviz.ui.cached import loading
from cnnviz.ui.drawing.detections import decoder_outputs, detections, held_out_canvases
from cnnviz.ui.pickers.networks import choose_network, stop_without_network
from cnnviz.ui.shell import address, warmup
from cnnviz.ui.shell.glossary import how_to_read, with_links
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameter_types import Integer
from cnnviz.ui.shell.parameters import CANVAS, DETECTOR
from cnnviz.ui.teaching.predict_first import predict_first

require_router()

digits = loading.digits()
canvases = held_out_canvases(digits)
st.session_state.setdefault("detect_position", 0)


def another() -> None:
    """Choose a canvas whose first digit is of another class."""
    st.session_state.detect_position += 1
    place = mixed_index(digits, st.session_state.detect_position)
    address.write({CANVAS: place % len(canvases.images)})


st.title("Detect")
st.markdown(
    with_links(
        "DETR detects one to three digits in an image. Each [[object query]] predicts one box with "
        "a class, or no object. Point at a query to see where in the image it attends."
    )
)
choose, pick, go = st.columns([3, 1, 1], vertical_alignment="bottom")
with choose:
    network = choose_network("Network", DETECTOR, task="detect")
if network is None:
    stop_without_network("There is no trained detector yet.")
index = pick.number_input(
    f"Test canvas (of {len(canvases.images):,})",
    min_value=0,
    max_value=len(canvases.images) - 1,
    **address.bind(
        CANVAS,
        Integer(0, len(canvases.images) - 1),
        default=canvases.first_full,
    ),
)
go.button("Another canvas", on_click=another, icon=":material/casino:", width="stretch")

warmup.wait_for_pytorch()
outputs = decoder_outputs(network, digits, index)
last = len(outputs) - 1
layer = st.segmented_control(
    "Decoder layer",
    range(len(outputs)),
    format_func=lambda layer: f"{layer + 1} (last)" if layer == last else f"{layer + 1}",
    default=last,
    required=True,
    key=f"detect_layer_{last}",
    help="Each decoder layer is trained to predict all boxes; only the last one's output counts.",
)
predictions = outputs[layer]
labeled, detected = (
    ", ".join(map(str, names)) or "nothing"
    for names in (canvases.digits(index), predictions.digits)
)
detections(
    canvases.images[index, 0],
    predictions,
    key="detect_view",
    label=f"A canvas with {labeled}; detected: {detected}",
)
tested = f" {plain(network.title)}: F1 {percent(network.accuracy or 0, 2)} on {network.tested_on}."
st.caption(f"Labeled: {labeled}. Detected: {detected}.{tested if network.accuracy else ''}")

predict_first("detect", network, canvases.images[index])
how_to_read(
    "- **[[Cross-attention|cross-attention]]**, in orange: each query weights the 8 × 8 positions "
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
