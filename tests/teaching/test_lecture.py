import re

from cnnviz.teaching.lecture import LECTURE, SHORT_GUIDE, SHORT_LESSON
from cnnviz.teaching.printed_lesson import printed_lesson


def test_the_short_lesson_fits_into_45_minutes_in_the_order_of_the_lecture() -> None:
    minutes = sum(section.minutes for section in SHORT_LESSON.values())
    assert 35 <= minutes <= 45
    assert round(SHORT_GUIDE.minutes) == minutes
    places = [list(LECTURE).index(key) for key in SHORT_LESSON]
    assert places == sorted(places)


def test_a_printed_lesson_has_its_sections_and_their_time() -> None:
    pages = {visit.page: visit.page for row in LECTURE.values() for visit in row.visits}
    for lesson, count in ((LECTURE, 20), (SHORT_LESSON, 7)):
        document = printed_lesson(list(lesson.values()), pages, lambda text: text)
        minutes = sum(map(int, re.findall(r"<small>(\d+) minutes</small>", document)))
        assert document.count("<section>") == count
        assert f"<p>{count} sections, about {minutes} minutes in all.</p>" in document
