from cnnviz.data.mnist import load_digits
from cnnviz.teaching.assessment import log
from cnnviz.teaching.assessment.forms import QUESTIONS
from cnnviz.teaching.lecture import LECTURE
from tests.pages.reading import App


def test_every_section_of_the_lecture_is_on_the_page(app: App) -> None:
    page = app("lesson")
    labels = [expander.label for expander in page.expander]
    for number, section in enumerate(LECTURE.values(), 1):
        assert f"{number}. {section.title} · {section.minutes} minutes" in labels


def test_a_form_that_is_handed_in_is_logged_once_and_gives_the_code(app: App) -> None:
    page = app("lesson", lesson_view="test")
    assert len(page.radio) == len(QUESTIONS)
    for radio in page.radio:
        radio.set_value(0)
    next(button for button in page.button if button.label == "Hand in").click().run()
    answers, _ = log.read()
    assert [answer.question for answer in answers] == list(QUESTIONS)
    assert len({answer.learner for answer in answers}) == 1
    right = sum(answer.correct for answer in answers)
    assert page.success[0].value.startswith(f"{right} of {len(QUESTIONS)} correct.")
    assert answers[0].learner in page.success[0].value
    assert not page.radio


def test_the_result_says_what_is_missing_until_two_learners_took_both_forms(app: App) -> None:
    page = app("lesson", lesson_view="test")
    captions = [caption.value.replace("\\", "") for caption in page.caption]
    assert "At least 2 learners must have taken both forms, got 0." in captions
    for learner, (before, after) in {"aaaaaaaa": (2, 6), "bbbbbbbb": (4, 8)}.items():
        for form, count in (("before", before), ("after", after)):
            log.append(learner, form, {key: i < count for i, key in enumerate(QUESTIONS)})
    page.run()
    shown = {metric.label: metric.value for metric in page.metric}
    assert shown["Correct before"] == "30%"
    assert shown["Correct after"] == "70%"
    assert shown["Normalized gain"] == "0.57"  # 0.4 of the 0.7 that was left


def test_a_link_fixes_a_digit_by_its_index_and_names_its_label(app: App) -> None:
    page = app("lesson", lesson_view="link")
    [index] = page.number_input
    index.set_value(350).run()
    assert not page.exception
    label = load_digits("embedded").test_labels[350]
    assert f"Test digit at index 350, labeled {label}" in [text.value for text in page.caption]
    assert page.code[0].value.endswith("/inside?digit=350")


def test_a_link_begins_with_the_network_and_the_digit_that_the_teacher_has_chosen(app: App) -> None:
    page = app("inside", network="shipped-lenet5", digit="350")
    page.switch_page("pages/lesson.py")
    page.query_params["lesson_view"] = "link"
    page.run()
    assert not page.exception
    assert page.code[0].value.endswith("/inside?network=shipped-lenet5&digit=350")


def test_a_link_to_a_digit_that_does_not_exist_is_refused_in_a_sentence(app: App) -> None:
    page = app("lesson", lesson_view="link")
    page.number_input[0].set_value(1000).run()
    assert [error.value for error in page.error] == ["Index must be 0 to 999, got 1,000."]
    assert "digit=" not in page.code[0].value


def test_the_code_of_the_first_form_stays_for_the_second(app: App) -> None:
    page = app("lesson", lesson_view="test")
    code = page.text_input[0].value
    next(button for button in page.button if button.label == "Hand in").click().run()
    page.run()
    assert not page.exception
    assert f"**{code}**" in page.success[0].value
    form = next(g for g in page.segmented_control if g.label == "Form")
    form.set_value("After").run()
    assert not page.exception
    assert page.text_input[0].value == code


def test_a_lesson_of_45_minutes_begins_with_its_first_section(app: App) -> None:
    page = app("lesson")
    labels = [button.label for button in page.button]
    assert "A short lesson (43 minutes)" in labels
    next(button for button in page.button if button.key == "short_begin").click().run()
    assert page.query_params["guide"] in ("short-pixels-1", ["short-pixels-1"])
