import streamlit as st

from cnnviz.ui.ideas import IDEAS
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.navigation import require_router

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
warmup.wait()
idea.show()
