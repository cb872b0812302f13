import streamlit as st

from cnnviz.teaching.lecture import LECTURE_GUIDE, SHORT_GUIDE
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.shell.parameters import LESSON_VIEW
from cnnviz.ui.teaching.assessment_view import assessment_view
from cnnviz.ui.teaching.guide_card import guide_entry
from cnnviz.ui.teaching.handout_view import handout_view
from cnnviz.ui.teaching.lecture_view import lecture_view
from cnnviz.ui.teaching.link_editor import link_editor

require_router()

VIEWS = {
    "lecture": "The lecture",
    "page": "A page to hand in",
    "link": "A link for a class",
    "test": "Before and after",
}

page_title("lesson")
view = choose_key("View", VIEWS, LESSON_VIEW, label_visible=False)
if view == "lecture":
    with st.container(horizontal=True):
        guide_entry(LECTURE_GUIDE, f"Walk through it ({LECTURE_GUIDE.minutes:.0f} minutes)")
        guide_entry(SHORT_GUIDE, f"A short lesson ({SHORT_GUIDE.minutes:.0f} minutes)")
    lecture_view()
elif view == "page":
    handout_view()
elif view == "link":
    link_editor()
else:
    assessment_view()
