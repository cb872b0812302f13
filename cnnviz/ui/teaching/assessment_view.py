"""A test before and after a lesson: its form for learners, and its result for the teacher."""

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import mixed_index
from cnnviz.stats.intervals import Interval
from cnnviz.teaching.assessment import log
from cnnviz.teaching.assessment.forms import FORMS, NETWORKS, QUESTIONS
from cnnviz.training.runs.networks import find_network
from cnnviz.ui.cached import loading
from cnnviz.ui.pickers.options import choose_in_session
from cnnviz.ui.shell import messages, warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.markdown import as_sentence
from cnnviz.ui.teaching.predict_first import choose_option, posed_exercise

if TYPE_CHECKING:
    from cnnviz.teaching.exercises.multiple_choice import MultipleChoice

_CODE = "assessment_code"
_DONE = "assessment_done"  # forms submitted in this session: number of correct answers
_RIVAL = "shipped-lenet5"
_HELP = (
    "- **Two forms**: the same topics, asked about other layers, digits and numbers, so that an "
    "answer cannot be remembered. Correct answers are computed, and never shown.\n"
    "- **Anonymous**: the log on this machine holds a random code, the form, the question, whether "
    "the answer was correct, and the day; no name, address or time of day.\n"
    "- **Gain**: the mean share of correct answers after minus before, over learners who took both "
    "forms. The **normalized gain** (Hake 1998) divides by what was left to learn. Intervals are "
    "95% [[confidence intervals|confidence interval]] by resampling learners. Without a group that "
    "had no lesson, a gain also contains what repeating a test teaches."
)


def assessment_view() -> None:
    """Show the test, and what the log of this machine says about all learners."""
    form = choose_in_session(
        "Form",
        {key: key.capitalize() for key in FORMS},
        key="assessment_form",
        default="before",
        help="The first form before the lesson, the second after it.",
    )
    done: dict[str, int] = st.session_state.setdefault(_DONE, {})
    if form in done:
        st.success(
            f"{done[form]} of {len(QUESTIONS)} correct. Your code is "
            f"**{st.session_state[_CODE]}**: keep it for the other form.",
            icon=":material/check:",
        )
    else:
        warmup.wait_for_pytorch()
        _test(form)
    messages.show_message()
    st.subheader("All learners on this machine", anchor=False)
    _result()
    how_to_read(_HELP)


def _test(form: str) -> None:
    questions = {key: question for key in QUESTIONS if (question := _posed(key, form))}
    st.session_state.setdefault(_CODE, log.new_code())
    with st.form(f"assessment_{form}"):
        st.text_input(
            "Your code",
            key=_CODE,
            max_chars=8,
            persist_state="session",  # the form is not drawn any more once it is handed in
            help="Made up at random. Enter the one from before the lesson if you have it.",
        )
        for number, (key, question) in enumerate(questions.items(), 1):
            choose_option(question, number=f"{number}. ", key=f"assessment_{form}_{key}")
        st.form_submit_button("Hand in", type="primary", on_click=_hand_in, args=(form, questions))


def _posed(key: str, form: str) -> "MultipleChoice | None":
    digits = loading.digits()
    image = digits.test_images[mixed_index(digits, FORMS[form])]  # (1, 28, 28)
    network = find_network(f"shipped-{NETWORKS[form]}")
    return posed_exercise(key, network, image, find_network(_RIVAL), FORMS[form])


def _hand_in(form: str, questions: "dict[str, MultipleChoice]") -> None:
    """Log the answers, from a callback; a question without an answer counts as not correct."""
    correct = {
        key: st.session_state[f"assessment_{form}_{key}"] == question.correct
        for key, question in questions.items()
    }

    def save() -> None:
        log.append(st.session_state[_CODE].strip().lower(), form, correct)
        st.session_state[_DONE][form] = sum(correct.values())

    messages.attempt(save)


def _result() -> None:
    from cnnviz.teaching.assessment.gain import learning_gain

    answers, damaged = log.read()
    if damaged:
        st.warning(f"Lines of the log that cannot be read: {damaged}.", icon=":material/warning:")
    try:
        gain = learning_gain(answers)
    except ValueError as error:
        st.caption(as_sentence(f"{error}."))
    else:
        columns = st.columns(4)
        columns[0].metric("Learners", gain.learners, help=f"With one form only: {gain.unpaired}.")
        columns[1].metric(
            "Correct before", f"{gain.before:.0%}", help="Share of correct answers, on average."
        )
        columns[2].metric(
            "Correct after",
            f"{gain.after:.0%}",
            delta=_points(gain.gain),
            help="Share of correct answers, on average, and the difference from before.",
        )
        if gain.normalized is not None:
            columns[3].metric(
                "Normalized gain",
                f"{gain.normalized.value:.2f}",
                help=f"95% interval: {gain.normalized.low:.2f} to {gain.normalized.high:.2f}.",
            )
    if answers:
        st.download_button(
            "Log (JSON lines)",
            log.log_path().read_bytes,
            "answers.jsonl",
            icon=":material/download:",
            on_click="ignore",
            help="docs/learning_gain.ipynb computes the gain from it, question by question.",
        )


def _points(gain: Interval) -> str:
    low, value, high = (100 * share for share in (gain.low, gain.value, gain.high))
    return f"{value:+.0f} points ({low:+.0f} to {high:+.0f})"
