import streamlit as st

from cnnviz.inspection.photographs.transformations import BLUR
from cnnviz.stats.percentages import probability
from cnnviz.ui.photographs.view import filters_view, response_view
from cnnviz.ui.pickers import photograph as photograph_choice
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.teaching.predict_first import predict_first, shipped_classifier

require_router()

st.title("Photographs")
st.markdown(
    "Digits are strokes; photographs have edges, textures and parts. See how the first, middle and "
    "last layers of a network trained on ImageNet's 1,000 classes respond to one."
)
choose, pick = st.columns(2)
with choose:
    row = photograph_choice.choose_pretrained()
with pick:
    photograph = photograph_choice.choose_photograph()
if row is None or photograph is None:
    st.stop()

warmup.wait_for_pytorch()
response = photograph_choice.response_or_offer(row, photograph)
response_view(
    response,
    photograph_choice.photograph_fields(row),
    key="photographs_view",
    subject=f"{row.key} {photograph.key}",
)
best = response.best[0]
credit = f" Photograph: {plain(photograph.credit)}." if photograph.credit else ""
st.caption(
    f"{row.title} predicts {plain(best.name)} with probability {probability(best.probability)}."
    f"{credit} Weights: {plain(row.weights.source)}; {plain(row.weights.terms)}."
)

filters = photograph_choice.filter_images(row)
if filters is not None:
    st.subheader("Filters of the first layer")
    count, height, width = filters.shape[:3]
    filters_view(filters)
    st.caption(
        f"{count} filters of {height} × {width} pixels and three color channels, each scaled by "
        "itself: gray is zero. Where a filter is light in a color, that color raises its output; "
        "where it is dark, it lowers it. Light beside dark detects an edge; a uniform color "
        "detects that color."
    )

predict_first("photographs", shipped_classifier(row.architecture))
how_to_read(
    "- **What the network receives** is the center of the photograph, reduced to the square size "
    "it was trained on. Nothing outside it is used.\n"
    "- **The prediction** is a distribution over 1,000 classes, 118 of which are breeds of dogs; "
    "anything else cannot be named. The true class of the photograph is not known here.\n"
    "- **Each small square** is one [[channel]]: a [[feature map]] that shows where in the "
    "photograph it responds, and how strongly. Point at a [[unit]] for its exact value and its "
    "[[receptive field]]; click to enlarge a map. Where values are signed, blue is positive and "
    "vermilion negative. The strongest channels are those with the largest absolute values.\n"
    "- **Three tests** show what the maps depend on. The photograph is mirrored, converted to "
    f"gray, and blurred (Gaussian, {BLUR:g} pixels); the maps of the changed photograph are "
    "compared with these. The number is the correlation of the layer's median channel, "
    "1 if nothing changes.\n"
    "- **Most similar to** compares a map with the photograph's brightness, its colors and its "
    "edges. It is given for fine maps only: at 7 × 7 positions a red flower cannot be told from "
    "red."
)
