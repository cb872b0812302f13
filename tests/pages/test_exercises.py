"""Exercises opened on the pages: they are about the network and the digit on the page."""

import pytest

from cnnviz.data.mnist import load_digits
from cnnviz.teaching.exercises.catalog import EXERCISES, exercises_of
from tests.pages.reading import App

PAGES = sorted({exercise.page for exercise in EXERCISES.values()} - {"time", "photographs"})


@pytest.mark.parametrize("page", PAGES)
def test_the_exercises_of_a_page_can_be_opened(app: App, page: str) -> None:
    shown = app(page, state={f"exercises_{page}": True}, report_against="none")
    assert not shown.exception
    topics = shown.get("button_group")
    titles = [row.topic for row in exercises_of(page)]
    assert any(titles == [option.content for option in t.proto.options] for t in topics)


def test_an_exercise_is_about_the_digit_on_the_page(app: App) -> None:
    black = int((load_digits("embedded").test_images[7, 0] == 0).sum())
    page = app("why", state={"exercises_why": True}, digit="7")
    radio = page.radio[-1]
    assert "black pixels around the digit" in radio.label
    radio.set_value(0).run()
    next(button for button in page.button if button.label == "Commit").click().run()
    shown = [box.value for box in (*page.success, *page.info)]
    assert any(f"{black} black pixels" in text for text in shown)
