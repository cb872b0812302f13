import streamlit as st

from cnnviz.catalogue import architecture
from cnnviz.ui import cache, warm
from cnnviz.ui.choices import choose_network
from cnnviz.ui.field import WAYS
from cnnviz.ui.nav import require_router
from cnnviz.ui.subject import choose_subject

require_router()

digits = cache.digits()
ways = {way.title: way for way in WAYS}

st.title("Receptive field")
choose, pick = st.columns([2, 3.4], vertical_alignment="bottom")
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
view, scale = st.columns([3, 2], vertical_alignment="bottom")
way = ways[
    view.segmented_control(
        "View",
        list(ways),
        default=WAYS[0].title,
        required=True,
        key="field_view",
        bind="query-params",
        persist_state="session",
        label_visibility="collapsed",
    )
]
published = False
if row.published is not None:
    published = scale.toggle(
        f"As published: {row.published.name} at {row.published.input_size[1]} × "
        f"{row.published.input_size[2]}",
        key="field_published",
        bind="query-params",
        persist_state="session",
    )
warm.wait()
way.show(network, subject, published=published)
with st.expander("How to read this", icon=":material/help:"):
    st.markdown(way.help)
