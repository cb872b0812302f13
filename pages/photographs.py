import streamlit as st

from cnnviz.inspection.photographs.transformations import BLUR
from cnnviz.ui.photographs.view import filter_sheet, sight_view
from cnnviz.ui.pickers import photograph as photograph_choice
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.units import probability

require_router()

st.title("Photographs")
st.markdown(
    "Digits are strokes; photographs have edges, textures and parts. A network that knows "
    "ImageNet's 1,000 classes looks at one: see what its first, middle and last layers make of it."
)
choose, pick = st.columns(2)
with choose:
    row = photograph_choice.choose_pretrained()
with pick:
    photograph = photograph_choice.choose_photograph()
if row is None or photograph is None:
    st.stop()

warmup.wait()
sight = photograph_choice.sight(row, photograph)
sight_view(
    sight,
    photograph_choice.photograph_fields(row),
    key="photographs_view",
    subject=f"{row.key} {photograph.key}",
)
best = sight.best[0]
credit = f" Photograph: {plain(photograph.credit)}." if photograph.credit else ""
st.caption(
    f"{row.title} says {plain(best.name)}, with {probability(best.probability)}.{credit} Weights: "
    f"{plain(row.weights.source)}; {plain(row.weights.terms)}."
)

filters = photograph_choice.filters(row)
if filters is not None:
    st.subheader("The filters of the first layer")
    count, height, width = filters.shape[:3]
    st.image(filter_sheet(filters))
    st.caption(
        f"{count} filters of {height} × {width} pixels and three colors, each on a scale of its "
        "own: gray is zero. Where a filter is light in a color, that color adds to its answer, "
        "and where it is dark, it takes away. Light beside dark is an edge; colored without a "
        "pattern is a color."
    )

with st.expander("How to read this", icon=":material/help:"):
    st.markdown(
        "- **What the network receives** is the middle of the photograph, reduced to the square it "
        "was trained on. Nothing outside it counts.\n"
        "- **The answer** is spread over 1,000 classes, 118 of which are breeds of dogs; what is "
        "not among them cannot be named. The photograph's true class is not on record here.\n"
        "- **Each small square** is one channel: where in the photograph it answers, and how "
        "strongly. Point at a unit for its exact value and for the part of the photograph it sees; "
        "click to enlarge a map. Where values are signed, blue is above zero and vermilion below. "
        "The strongest channels are those with the values farthest from zero.\n"
        "- **Three tests** tell what the maps depend on. The photograph is mirrored, stripped of "
        f"its color, and blurred (Gaussian, {BLUR:g} pixels); the maps of the changed photograph "
        "are laid over these. The number is the correlation, 1 where nothing has changed, of the "
        "layer's median channel.\n"
        "- **Like** compares a map with the photograph's brightness, its colors and its "
        "edges. It is said of fine grids alone: on 7 × 7 places a red flower cannot be told from "
        "red."
    )
