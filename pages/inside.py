import streamlit as st

from cnnviz.ui import warm
from cnnviz.ui.inside import WAYS
from cnnviz.ui.nav import require_router
from cnnviz.ui.subject import choose_network_and_subject
from cnnviz.ui.ways import choose_way

require_router()

st.title("Look inside")
network, subject = choose_network_and_subject()
way = choose_way(WAYS, key="view")
warm.wait()
way.show(network, subject)
with st.expander("How to read this", icon=":material/help:"):
    st.markdown(way.help)
