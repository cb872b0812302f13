"""The card of a guide above a page: what to understand, what to do, and where to go on."""

from collections.abc import Mapping
from types import MappingProxyType

import streamlit as st

from cnnviz.teaching.guide import Guide, Step
from cnnviz.teaching.lecture import LECTURE_GUIDE, SHORT_GUIDE
from cnnviz.teaching.tour import TOUR
from cnnviz.ui.components.component import component
from cnnviz.ui.drawing.drawing import current_drawing
from cnnviz.ui.shell import address, page_links
from cnnviz.ui.shell.glossary import with_links
from cnnviz.ui.shell.navigation import entry
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import GUIDE, IMAGE

GUIDES: Mapping[str, Guide] = MappingProxyType(
    {guide.key: guide for guide in (TOUR, LECTURE_GUIDE, SHORT_GUIDE)}
)
_PLACES = {
    f"{guide.key}-{key}": (guide, step)
    for guide in GUIDES.values()
    for key, step in guide.steps.items()
}
_HIGHLIGHT = component("highlight", beside=__file__)
_LEFT = "guide_left"  # by guide: key of the step at which it was left


def show(page: str) -> None:
    """Show the current step of a guide above a page; nothing if no guide is on.

    Args:
        page: key of the page that is open.
    """
    place = address.read(GUIDE, OneOf.keys(_PLACES))
    address.show_complaint(GUIDE)
    if place is None:
        return
    guide, step = _PLACES[place]
    with st.container(border=True, key="guide_card"):
        if step.page == page:
            _step(guide, step)
        else:
            _elsewhere(guide, step)
    if step.page == page and step.target:
        _HIGHLIGHT(key="guide_highlight", data={"target": step.target})


def guide_entry(guide: Guide, label: str) -> None:
    """Show the button that begins a guide, or continues where it was left."""
    step = guide.steps.get(_left().get(guide.key, ""))
    text = label if step is None else f"Continue the {guide.title.lower()}: {step.title}"
    if st.button(text, type="primary", icon=":material/tour:", key=f"{guide.key}_begin"):
        open_step(guide, step or next(iter(guide.steps.values())))


def open_step(guide: Guide, step: Step) -> None:
    """Open the page of a step, with the learner's drawing where the step shows one."""
    query: dict[str, str | tuple[str, ...]] = {**step.query, GUIDE.name: f"{guide.key}-{step.key}"}
    if step.drawing and current_drawing().image.any():
        query[IMAGE.name] = "drawing"
    page_links.open_page(step.page, query)


def _step(guide: Guide, step: Step) -> None:
    before, after = guide.neighbors(step.key)
    count = f"{guide.title}, {guide.position(step.key) + 1} of {len(guide.steps)}"
    text = f"  \n{with_links(step.text)}" if step.text else ""
    st.markdown(f"**{count}: {step.title}**{text}")
    st.markdown(f":material/arrow_forward: {with_links(step.task)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        if after is not None:
            label = after.title if after.title != step.title else entry(after.page).title
            if st.button(f"Next: {label}", type="primary", key="guide_next"):
                open_step(guide, after)
        elif st.button("Finish", type="primary", key="guide_finish"):
            address.write({GUIDE: None})
            _left().pop(guide.key, None)
            page_links.open_page("overview", {})
        if before is not None and st.button("Back", key="guide_back"):
            open_step(guide, before)
        _leave_button(guide, step)


def _elsewhere(guide: Guide, step: Step) -> None:
    """Lead back from a page that is not the step's."""
    with st.container(horizontal=True, vertical_alignment="center"):
        label = f"Back to the {guide.title.lower()}: {step.title}"
        if st.button(label, icon=":material/tour:", key="guide_return"):
            open_step(guide, step)
        _leave_button(guide, step)


def _leave_button(guide: Guide, step: Step) -> None:
    st.button(
        f"Leave the {guide.title.lower()}",
        key="guide_leave",
        on_click=_leave,
        args=(guide.key, step.key),
    )


def _leave(guide: str, step: str) -> None:
    _left()[guide] = step
    address.write({GUIDE: None})


def _left() -> dict[str, str]:
    left: dict[str, str] = st.session_state.setdefault(_LEFT, {})
    return left
