import streamlit as st

from cnnviz.ui.inside import VIEWS
from cnnviz.ui.pickers.image import choose_network_and_subject
from cnnviz.ui.pickers.view_switch import choose_way
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.navigation import require_router

require_router()

st.title("Look inside")
network, subject = choose_network_and_subject()
view = choose_way(VIEWS, key="view")
warmup.wait()
view.show(network, subject)
with st.expander("How to read this", icon=":material/help:"):
    st.markdown(view.help)
