"""The lecture as one HTML file to print."""

import html
from collections.abc import Callable, Mapping, Sequence

from cnnviz.teaching.lecture_sections import Section

_STYLE = """
body { font: 11pt/1.45 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; }
h2 { margin: 1.6em 0 .3em; } section { break-inside: avoid; } small { color: #555; }
.notes { border: 1px solid #bbb; height: 4.5em; margin-top: .5em; }
"""


def printed_lesson(
    lesson: Sequence[Section], pages: Mapping[str, str], plain: Callable[[str], str]
) -> str:
    """Return sections of the lecture as a complete HTML document without scripts.

    Args:
        lesson: its sections in order.
        pages: titles of the pages that sections open, by key.
        plain: returns a text without the marks of its terms.
    """
    sections = "".join(
        _section(number, section, pages, lambda text: html.escape(plain(text)))
        for number, section in enumerate(lesson, 1)
    )
    minutes = sum(section.minutes for section in lesson)
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Lesson</title>"
        f"<style>{_STYLE}</style></head><body><h1>Convolutional networks, seen at work</h1>"
        f"<p>{len(lesson)} sections, about {minutes} minutes in all.</p>{sections}</body></html>"
    )


def _section(
    number: int, section: Section, pages: Mapping[str, str], text: Callable[[str], str]
) -> str:
    visits = "".join(
        f"<li><b>{html.escape(pages[visit.page])}</b>: {text(visit.task)}</li>"
        for visit in section.visits
    )
    return (
        f"<section><h2>{number}. {html.escape(section.title)} "
        f"<small>{section.minutes} minutes</small></h2><p>{text(section.text)}</p>"
        f"<ol>{visits}</ol><p><b>To discuss.</b> {text(section.question)}</p>"
        "<div class='notes'></div></section>"
    )
