import streamlit as st

from cnnviz.ui.field import VIEWS
from cnnviz.ui.pickers.image import choose_network_and_subject
from cnnviz.ui.pickers.view_switch import choose_way
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.navigation import require_router

require_router()

st.title("Receptive field")
network, subject = choose_network_and_subject()
row = network.architecture
view = choose_way(VIEWS, key="field_view")
published = False
if row.published is not None:
    published = st.toggle(
        f"As published: {row.published.name} at {row.published.input_size[1]} × "
        f"{row.published.input_size[2]}",
        key="field_published",
        bind="query-params",
        persist_state="session",
    )
warmup.wait()
view.show(network, subject, published)
with st.expander("How to read this", icon=":material/help:"):
    st.markdown(view.help)
