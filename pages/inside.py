import streamlit as st

from cnnviz.ui import cache, warm
from cnnviz.ui.choices import choose_network
from cnnviz.ui.inside import WAYS
from cnnviz.ui.nav import require_router
from cnnviz.ui.subject import choose_subject

require_router()

digits = cache.digits()
ways = {way.title: way for way in WAYS}

st.title("Look inside")
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
way = ways[
    st.segmented_control(
        "View",
        list(ways),
        default=WAYS[0].title,
        required=True,
        key="view",
        bind="query-params",
        persist_state="session",
        label_visibility="collapsed",
    )
]
warm.wait()
way.show(network, subject)
with st.expander("How to read this", icon=":material/help:"):
    st.markdown(way.help)
