import pandas as pd
import streamlit as st

from cnnviz.catalogue import architecture
from cnnviz.ui import cache, explain, warm
from cnnviz.ui.attention_view import attention_view
from cnnviz.ui.choices import choose_network
from cnnviz.ui.maps_view import digit_answer, digit_stage, maps_view, stages
from cnnviz.ui.nav import require_router
from cnnviz.ui.subject import choose_subject

require_router()

LONG = 30  # layers; a longer table scrolls by itself

digits = cache.digits()

st.title("Look inside")
choose, pick = st.columns([2, 3])
with choose:
    network = choose_network("Network", key="network")
if network is None:
    st.info("There is no trained network yet.", icon=":material/info:")
    st.page_link("pages/train.py", label="Train one", icon=":material/model_training:")
    st.stop()
with pick:
    subject = choose_subject(digits)
if subject is None:
    st.stop()

row = architecture(network.architecture)
warm.wait()
found = cache.forward_pass(network, subject.image)
surveys = cache.survey(network, digits)
maps_view(
    [
        digit_stage(subject.image, row.input_size),
        *stages(row, found, [explain.layer(maps, surveys[maps.role]) for maps in found.maps]),
    ],
    key="inside_view",
    subject=f"{network.key} {network.version} {hash(subject.key)}",
    answer=digit_answer(found.probabilities, subject.label),
)

if maps := cache.attention(network, subject.image):
    st.subheader("Attention")
    attention_view(subject.image, maps, key="inside_attention")
    with st.expander("How to read attention"):
        st.markdown(
            "Point at a token to see where it looks: the deeper the orange, the larger the share "
            "of what it gathers comes from there. A click keeps the token. The shares of a token "
            "add up to 100%; the scale ends at the largest. Attention says what a layer mixes, "
            "not why the network answers as it does."
        )

st.subheader("The forward pass as a list of shapes")
shapes, line = cache.shapes(row.key)
st.code(line, language=None, wrap_lines=True)
st.dataframe(
    pd.DataFrame(
        {
            "Layer": [shape.layer for shape in shapes],
            "Kind": [shape.kind for shape in shapes],
            "Output": [str(shape) for shape in shapes],
            "Parameters": [shape.parameters for shape in shapes],
        }
    ),
    hide_index=True,
    height="content" if len(shapes) <= LONG else 600,
    width="content",
    column_config={
        "Layer": st.column_config.TextColumn(width="medium"),
        "Parameters": st.column_config.NumberColumn(format="localized"),
    },
)
total = sum(shape.parameters for shape in shapes)
st.caption(
    f"Measured in a forward pass of {row.title}; B is the number of digits in a batch. "
    f"{total:,} parameters. {row.note}"
)
with st.expander("How to read this"):
    st.markdown(
        "Each small square is one channel of a layer: a feature map. All maps of a layer share one "
        "colour scale, given below them; zero fades into the page, and where values are signed, "
        "blue is above zero and vermilion below. The scale ends at the 99.5th percentile, so that "
        "a few very high values do not leave the others in the dark. Point at a unit for its exact "
        "value. A channel is dead when its value never changes, whatever the digit. How much the "
        "digit explains of a channel is the variance of its strongest value between the ten "
        "classes over the whole variance."
    )
