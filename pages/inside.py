import streamlit as st

from cnnviz.ui.inside import VIEWS
from cnnviz.ui.pickers.image import choose_network_and_subject
from cnnviz.ui.pickers.view_switch import choose_view
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameters import INSIDE_VIEW

require_router()

st.title("Look inside")
network, subject = choose_network_and_subject()
view = choose_view(VIEWS, INSIDE_VIEW)
warmup.wait()
view.show(network, subject)
with st.expander("How to read this", icon=":material/help:"):
    st.markdown(view.help)
