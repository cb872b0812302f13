import streamlit as st

from cnnviz.data import ink
from cnnviz.data.mnist import Pixels
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.drawing import drawing
from cnnviz.ui.drawing.detections import detections
from cnnviz.ui.drawing.pad import pad, take_over_pad
from cnnviz.ui.pickers.image import own_drawing
from cnnviz.ui.pickers.networks import choose_networks, usable
from cnnviz.ui.shell import address, page_links, warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.shell.parameters import (
    COMPARE_NETWORKS,
    COMPARE_VIEW,
    DRAW_NETWORKS,
    DRAWING,
    NETWORK,
)
from cnnviz.ui.teaching.predict_first import predict_first
from cnnviz.ui.teaching.suggested_experiments import suggested_experiments

require_router()

FIRST = 3  # networks to compare until others are chosen

digits = loading.digits()


@st.fragment(key="draw_board")
def board(chosen: list[TrainedNetwork], detector: TrainedNetwork | None) -> None:
    """Show the pad in a fragment, so that nothing else reruns while the pen moves."""
    sketch = take_over_pad()
    address.show_complaint(DRAWING)
    pad(sketch, chosen, drawing.predict_drawing(sketch.image, chosen))
    if detector is not None:
        several(sketch.sheet, detector)
    if chosen and sketch.image.any():
        page_links.page_link(
            "compare",
            {
                COMPARE_NETWORKS: [network.key for network in chosen],
                COMPARE_VIEW: "digit",
                **own_drawing(),
            },
            label="Compare these networks on this drawing, layer by layer",
            icon="compare_arrows",
        )
        page_links.page_link(
            "inside",
            {NETWORK: chosen[0].key, **own_drawing()},
            label=f"Look inside {chosen[0].title} with this drawing",
            icon="layers",
        )


def several(sheet: Pixels, detector: TrainedNetwork) -> None:
    """Offer to detect several digits on the whole pad."""
    if not st.toggle(
        "Detect several digits",
        key="draw_several",
        persist_state="session",
        help="The detector receives the whole pad as an image of 64 × 64 pixels and finds up to "
        "three digits in it. The networks above take all ink for one digit.",
    ):
        return
    look = drawing.detect_on_pad(sheet, detector)
    if look is None:
        st.caption("The pad is empty: draw two or three digits side by side.")
        return
    names = ", ".join(str(look.labels[query]) for query in look.detected) or "nothing"
    detections(sheet, look, key="draw_found", label=f"The whole pad; detected: {names}")


page_title("draw")
chosen = choose_networks("Networks to compare", DRAW_NETWORKS, first=FIRST)
warmup.wait_for_pytorch()
classifiers = usable(chosen)
with st.spinner("Loading the networks…"):
    drawing.warm_up_networks(classifiers)
detectors = usable(networks.networks("detect")[:1])
board(classifiers, detectors[0] if detectors else None)

load, mistakes, upload = st.columns(3)
with load.container(border=True, height="stretch"):
    label = st.selectbox(
        "Test digits",
        ["All", *range(10)],
        key="draw_class",
        persist_state="session",
        help="The class of the test digit to load.",
    )
    st.button(
        "Load a test digit",
        icon=":material/casino:",
        width="stretch",
        on_click=drawing.put_random_digit,
        args=(digits, None if label == "All" else label),
    )
with mistakes.container(border=True, height="stretch"):
    of = st.selectbox(
        "Misclassified by",
        classifiers,
        format_func=lambda network: network.title,
        help="The network whose mistakes on the test digits are loaded, the most confident first.",
    )
    if st.button("Next mistake", icon=":material/error:", width="stretch", disabled=of is None):
        if drawing.put_mistake(digits, of):
            st.rerun()
        st.success(
            f"No mistakes on {len(digits.test_labels):,} test digits.", icon=":material/check:"
        )
with upload.container(border=True, height="stretch"):
    drawing.upload_digit(key="draw_upload", read=ink.crop_to_ink, then=drawing.put_picture)

predict_first("draw", classifiers[0] if classifiers else None, drawing.current_drawing().image)
suggested_experiments("draw")
how_to_read(
    "- **What the networks receive** is not the drawing itself, but the drawing prepared as MNIST "
    "was: the ink is scaled so that its longer side is 20 pixels, each pixel is the mean of the "
    "area it covers, and the center of mass moves to the center of a 28 × 28 image. A small 7 in a "
    "corner therefore works as well as a large one. LeNet-5 adds two pixels of [[padding]] on each "
    "side.\n"
    "- **The bars** are the [[softmax]] probabilities of the ten classes. They always sum to 100%, "
    "so even a scribble gets a most likely class. Point at a bar for the exact value.\n"
    "- **Not a digit** comes from a separate check of the 28 × 28 pixels. A drawing passes if it "
    "has no solid area, if its ink has at most two separate parts, and if the directions of its "
    "edges, compared region by region, are similar to those of at least one of the 4,000 embedded "
    "training digits. The check rejects one test digit in a hundred, and accepts about one in six "
    "drawings of other things.\n"
    "- **Detect several digits** passes the whole pad to a detector that was trained on one to "
    "three digits of 13 to 44 pixels in an image of 64 × 64. The page Detect explains it.\n"
    "- **Next mistake** steps through the test digits that a network misclassifies, the most "
    "confident mistake first. Would you have read them correctly?"
)
st.caption(f"Digits in use: {digits}.")
