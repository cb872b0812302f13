import streamlit as st

from cnnviz.data.mnist import Pixels
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.drawing import drawing
from cnnviz.ui.drawing.detections import detections
from cnnviz.ui.drawing.pad import pad, received
from cnnviz.ui.pickers.image import own_drawing
from cnnviz.ui.pickers.networks import choose_networks, usable
from cnnviz.ui.shell import address, warmup
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameters import COMPARE_NETWORKS, COMPARE_VIEW, DRAW_NETWORKS

require_router()

UPLOAD = "draw_upload"
SIDE_BY_SIDE = 3  # networks that read along until others are chosen

digits = loading.digits()


@st.fragment(key="draw_board")
def board(chosen: list[TrainedNetwork], detector: TrainedNetwork | None) -> None:
    """Show the pad alone, so that nothing else is redone while the pen moves."""
    found = received()
    pad(found, chosen, drawing.reading(found.image, chosen))
    if detector is not None:
        several(found.sheet, detector)
    if chosen and found.image.any():
        address.page_link(
            "compare",
            {
                COMPARE_NETWORKS: [network.key for network in chosen],
                COMPARE_VIEW: "digit",
                **own_drawing(),
            },
            label="Compare what these networks make of it, layer by layer",
            icon="compare_arrows",
        )


def several(sheet: Pixels, detector: TrainedNetwork) -> None:
    """Offer to have the detector look at the whole pad."""
    if not st.toggle(
        "Find several digits",
        key="draw_several",
        persist_state="session",
        help="The detector receives the whole pad as 64 × 64 pixels and finds up to three "
        "digits on it. The networks above read all ink as one digit.",
    ):
        return
    look = drawing.look(sheet, detector)
    if look is None:
        st.caption("The pad is empty: draw two or three digits side by side.")
        return
    names = ", ".join(str(look.labels[query]) for query in look.found) or "nothing"
    detections(sheet, look, key="draw_found", label=f"The whole pad; found: {names}")


st.title("Draw a digit, see it recognized")
chosen = choose_networks("Networks that read along", DRAW_NETWORKS, first=SIDE_BY_SIDE)
warmup.wait()
reading_along = usable(chosen)
with st.spinner("Getting the networks ready…"):
    drawing.prepare(reading_along)
detectors = usable(networks.networks("detect")[:1])
board(reading_along, detectors[0] if detectors else None)

load, mistakes, upload = st.columns(3)
with load.container(border=True, height="stretch"):
    label = st.selectbox(
        "Test digits", ["All", *range(10)], key="draw_class", persist_state="session"
    )
    st.button(
        "Load a test digit",
        icon=":material/casino:",
        width="stretch",
        on_click=drawing.put_random_digit,
        args=(digits, None if label == "All" else label),
    )
with mistakes.container(border=True, height="stretch"):
    of = st.selectbox("Mistakes of", reading_along, format_func=lambda network: network.title)
    if st.button("Next mistake", icon=":material/error:", width="stretch", disabled=of is None):
        if drawing.put_mistake(digits, of):
            st.rerun()
        st.success(f"None in {len(digits.test_labels):,} test digits.", icon=":material/check:")
with upload.container(border=True, height="stretch"):
    st.file_uploader(
        "A picture of a digit",
        type=["png", "jpg", "jpeg"],
        key=UPLOAD,
        on_change=drawing.put_upload,
        args=(UPLOAD,),
        help="PNG or JPEG, at most 5 MB and 4 megapixels, dark ink on light paper or the other "
        "way round. It is not kept.",
    )
    if sentence := drawing.refused():
        st.error(sentence, icon=":material/error:")

with st.expander("How to read this", icon=":material/help:"):
    st.markdown(
        "- **What the networks receive** is not your drawing but what MNIST would have made of "
        "it: the ink is scaled so that its longer side takes 20 pixels, each pixel is the mean "
        "of what it covers, and the center of mass moves to the middle of 28 × 28. A small 7 in "
        "a corner is as good as a large one. LeNet-5 sees two black pixels more on each side.\n"
        "- **The bars** are the network's probabilities for the ten digits. They always sum to "
        "100 %, so even a scribble has a winner. Point at a bar for the exact value.\n"
        "- **Not a digit** comes from a separate look at the 28 × 28 pixels: is it drawn with "
        "strokes, does it hang together, do its edges run as in one of 4,000 training digits? "
        "It refuses one test digit in a hundred and lets about one other drawing in six pass.\n"
        "- **Find several digits** hands the whole pad to a detector, which was trained on one to "
        "three digits of 13 to 44 pixels on a canvas of 64 × 64. The page Detect explains it.\n"
        "- **Next mistake** goes through the test digits that the network gets wrong, the most "
        "confident one first. Would you have read them?"
    )
st.caption(f"Digits in use: {digits}.")
