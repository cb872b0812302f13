import streamlit as st

from cnnviz.data.canvases import NO_DIGIT
from cnnviz.data.mnist import mixed_index
from cnnviz.ui.cached import loading
from cnnviz.ui.drawing.detections import decoder_outputs, detections, held_out_canvases
from cnnviz.ui.pickers.networks import choose_network
from cnnviz.ui.shell import address, warmup
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameter_types import Integer
from cnnviz.ui.shell.parameters import CANVAS, DETECTOR

require_router()

digits = loading.digits()
made = held_out_canvases(digits)
st.session_state.setdefault("detect_position", 0)


def another() -> None:
    """Choose a canvas that begins with a digit of another class."""
    st.session_state.detect_position += 1
    place = mixed_index(digits, st.session_state.detect_position)
    address.write({CANVAS: place % len(made.images)})


st.title("Detect")
st.markdown(
    "DETR finds one to three digits on a canvas and names them. Each **object query** puts out one "
    "box with a name, or nothing. Point at a query to see where on the canvas it looked."
)
choose, pick, go = st.columns([3, 1, 1], vertical_alignment="bottom")
with choose:
    network = choose_network("Network", DETECTOR, task="detect")
if network is None:
    st.info("There is no trained detector yet.", icon=":material/info:")
    st.page_link("pages/train.py", label="Train one", icon=":material/model_training:")
    st.stop()
index = pick.number_input(
    f"Test canvas (of {len(made.images):,})",
    min_value=0,
    max_value=len(made.images) - 1,
    **address.bind(
        CANVAS,
        Integer(0, len(made.images) - 1),
        default=int((made.labels != NO_DIGIT).all(axis=1).argmax()),  # with most digits
    ),
)
go.button("Another canvas", on_click=another, icon=":material/casino:", width="stretch")

warmup.wait()
found = decoder_outputs(network, digits, index)
last = len(found) - 1
layer = st.segmented_control(
    "Decoder layer",
    range(len(found)),
    format_func=lambda layer: f"{layer + 1}, the last" if layer == last else f"{layer + 1}",
    default=last,
    required=True,
    key=f"detect_layer_{last}",
    help="Every layer is trained to give a whole answer; only the last one's counts.",
)
look = found[layer]
true = sorted(int(label) for label in made.labels[index] if label != NO_DIGIT)
names = sorted(int(look.labels[query]) for query in look.found)
there, said = (", ".join(map(str, some)) or "nothing" for some in (true, names))
detections(
    made.images[index, 0], look, key="detect_view", label=f"A canvas with {there}; found: {said}"
)
tested = f" {plain(network.title)}: F1 {network.accuracy or 0:.2%} on {network.tested_on}."
st.caption(f"On the canvas: {there}. Found: {said}.{tested if network.accuracy else ''}")

with st.expander("How to read this", icon=":material/help:"):
    st.markdown(
        "- **Cross-attention**, in orange: before a query answers, it weighs the 8 × 8 places of "
        "the backbone's maps; all weights sum to 100%. Shown is the mean over the heads of the "
        "chosen decoder layer, enlarged smoothly, each query by its own largest weight.\n"
        "- **Nothing** is an answer too: an eleventh class, “no object”. A query counts as a find "
        "when one digit has more than half of the probability.\n"
        "- **No duplicates are removed** afterwards: in training a one-to-one matching lets just "
        "one query answer for each digit. Two boxes on one digit are a mistake.\n"
        "- **F1** is the harmonic mean of precision and recall: a digit is found when a box of its "
        "name overlaps it with an intersection over union of at least 0.5.\n"
        "- Carion et al. 2020, [End-to-End Object Detection with Transformers]"
        "(https://arxiv.org/abs/2005.12872)."
    )
st.caption(f"Digits in use: {digits}.")
