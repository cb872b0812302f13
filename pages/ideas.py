import streamlit as st

from cnnviz.ui import warm
from cnnviz.ui.ideas import IDEAS
from cnnviz.ui.nav import require_router

require_router()

ideas = {idea.title: idea for idea in IDEAS}

st.title("Ideas", anchor=False)
title = st.pills(
    "The lecture's ideas",
    list(ideas),
    default=IDEAS[0].title,
    key="idea",
    bind="query-params",
    persist_state="session",
    required=True,
)
idea = ideas[title]
st.subheader(idea.title, anchor=False)
st.markdown(idea.claim)
warm.wait()
idea.show()
