import streamlit as st

from cnnviz.catalogue import architecture
from cnnviz.ui import warm
from cnnviz.ui.field import WAYS
from cnnviz.ui.nav import require_router
from cnnviz.ui.subject import choose_network_and_subject
from cnnviz.ui.ways import choose_way

require_router()

st.title("Receptive field")
network, subject = choose_network_and_subject()
row = architecture(network.architecture)
way = choose_way(WAYS, key="field_view")
published = False
if row.published is not None:
    published = st.toggle(
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
