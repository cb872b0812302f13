"""The sections of the lecture, with the pages that each opens."""

from collections.abc import Mapping

import streamlit as st

from cnnviz.teaching.lecture import LECTURE, LECTURE_GUIDE, SHORT_LESSON
from cnnviz.teaching.lecture_sections import Section
from cnnviz.teaching.printed_lesson import printed_lesson
from cnnviz.ui.shell import page_links
from cnnviz.ui.shell.glossary import with_links, without_marks
from cnnviz.ui.shell.navigation import entry
from cnnviz.ui.shell.parameters import GUIDE


def lecture_view() -> None:
    """Show every section, folded, and offer them printed."""
    for number, section in enumerate(LECTURE.values(), 1):
        title = f"{number}. {section.title} · {section.minutes} minutes"
        with st.expander(title, key=f"section_{section.key}"):
            _section(section)
    with st.container(horizontal=True):
        _print_button("Print the lecture (HTML)", LECTURE, "lecture.html")
        _print_button("Print the short lesson (HTML)", SHORT_LESSON, "lesson.html")


def _print_button(label: str, lesson: Mapping[str, Section], file: str) -> None:
    titles = {page: entry(page).title for page in _pages()}
    st.download_button(
        label,
        printed_lesson(list(lesson.values()), titles, without_marks),
        file,
        "text/html",
        icon=":material/print:",
        on_click="ignore",
        help="One sheet for each section: what to open, what to do, the question, room for notes.",
    )


def _section(section: Section) -> None:
    st.markdown(with_links(section.text))
    for i, visit in enumerate(section.visits, 1):
        place = f"{LECTURE_GUIDE.key}-{section.key}-{i}"
        page = entry(visit.page)
        with st.container(horizontal=True, vertical_alignment="center"):
            query = {**visit.query, GUIDE.name: place}
            page_links.named_link(visit.page, query, label=page.title, icon=page.icon)
            st.markdown(with_links(visit.task), width="stretch")
    st.markdown(f"**To discuss.** {with_links(section.question)}")


def _pages() -> set[str]:
    return {visit.page for section in LECTURE.values() for visit in section.visits}
