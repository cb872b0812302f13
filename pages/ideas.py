import streamlit as st

from cnnviz.ui.ideas import IDEAS
from cnnviz.ui.shell import address, warmup
from cnnviz.ui.shell.glossary import with_links
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import IDEA
from cnnviz.ui.teaching.predict_first import predict_first

require_router()

ideas = {idea.key: idea for idea in IDEAS}
titles = {key: idea.title for key, idea in ideas.items()}

st.title("Ideas", anchor=False)
key = st.pills(
    "The lecture's ideas",
    list(titles),
    format_func=titles.__getitem__,
    required=True,
    **address.bind(IDEA, OneOf(titles)),
)
idea = ideas[key]
st.subheader(idea.title, anchor=False)
st.markdown(with_links(idea.claim))
warmup.wait_for_pytorch()
idea.show()
predict_first("ideas")
