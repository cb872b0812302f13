import streamlit as st

from cnnviz.ui import cache
from cnnviz.ui.compare import WAYS
from cnnviz.ui.compare.choice import WAY, choose
from cnnviz.ui.nav import require_router
from cnnviz.ui.plain import plain
from cnnviz.ui.report_view import link_to_report
from cnnviz.ui.ways import choose_way

require_router()

st.title("Compare")
choice = choose(cache.digits())
way = choose_way(WAYS, key=WAY)
if not choice.rows:
    st.info("Choose at least one network above.", icon=":material/info:")
    st.page_link("pages/train.py", label="Train another", icon=":material/model_training:")
elif way.weights and choice.published:
    st.info(
        "The published networks are counted here, without their weights, so that they have no "
        "answers. Turn off “As published” to compare trained ones.",
        icon=":material/info:",
    )
elif way.weights:
    if choice.detectors:
        st.caption(
            f"{plain(', '.join(choice.detectors))} finds several digits on a canvas and gives no "
            "answer to one: see Table, Charts, and the page Detect."
        )
    if choice.classifiers().networks:
        way.show(choice.classifiers())
else:
    way.show(choice)
if choice.networks:
    link_to_report(choice.networks)
with st.expander("How to read this", icon=":material/help:"):
    st.markdown(way.help)
