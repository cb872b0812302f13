"""Predict first, then see: the exercises of a page, about the network and the digit on it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import Pixels, mixed_index
from cnnviz.training.runs.networks import TrainedNetwork, shipped
from cnnviz.ui.cached import loading
from cnnviz.ui.cached.digit_samples import sample_digits
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.hidden import is_hidden
from cnnviz.ui.shell.markdown import plain

if TYPE_CHECKING:
    from cnnviz.teaching.exercises.catalog import Exercise
    from cnnviz.teaching.exercises.multiple_choice import MultipleChoice
    from cnnviz.teaching.handout.contents import Answer

_ANSWERS = "exercise_answers"  # key of the exercise and the answer, in the order of commitment


@dataclass(frozen=True)
class _Attempt:
    """A learner's place in the exercises of a page.

    Attributes:
        position: of the exercise among those of the page.
        seed: of its variant.
        chosen: index of the committed option; None before.
    """

    position: int = 0
    seed: int = 0
    chosen: int | None = None


@st.fragment
def predict_first(
    page: str,
    network: TrainedNetwork | None = None,
    image: Pixels | None = None,
    *,
    rival: TrainedNetwork | None = None,
) -> None:
    """Show a page's exercises, folded; nothing is computed until they are opened.

    Args:
        page: key of the page.
        network: that is on the screen; None for the first that ships with cnnviz.
        image: uint8, (28, 28), or (1, H, W) for a canvas, that is on the screen; None for a test
            digit.
        rival: to compare with; None for another one.
    """
    if is_hidden("exercises"):
        return
    with st.expander(
        "Predict first, then see",
        icon=":material/quiz:",
        key=f"exercises_{page}",
        on_change="rerun",
    ) as section:
        if section.open:
            warmup.wait_for_pytorch()
            _exercise(page, *_scene(network, image, rival))


@cached(spinner="Computing the answer…")
def posed_exercise(
    key: str, network: TrainedNetwork, image: Pixels, rival: TrainedNetwork, seed: int
) -> "MultipleChoice | None":
    """Return an exercise about a network and an image; None if it does not apply to them."""
    from cnnviz.teaching.exercises.catalog import EXERCISES, pose
    from cnnviz.teaching.exercises.scene import Scene

    exercise = EXERCISES[key]
    sample = sample_digits(loading.digits(), exercise.digits)
    scene = Scene(loading.model(network), image, sample, loading.model(rival), seed)
    return pose(exercise, scene)


def shipped_classifier(architecture: str) -> TrainedNetwork | None:
    """Return the network of an architecture that ships with cnnviz; None for a detector."""
    return next((n for n in _classifiers() if n.architecture_key == architecture), None)


def _classifiers() -> list[TrainedNetwork]:
    return [network for network in shipped() if network.task == "classify"]


def _scene(
    network: TrainedNetwork | None, image: Pixels | None, rival: TrainedNetwork | None
) -> tuple[TrainedNetwork, Pixels, TrainedNetwork]:
    available = _classifiers()
    network = network or available[0]
    others = (n for n in available if n.architecture_key != network.architecture_key)
    if image is None or not image.any():
        digits = loading.digits()
        image = digits.test_images[mixed_index(digits, 1), 0]
    return network, image.reshape(1, *image.shape[-2:]), rival or next(others)


def _exercise(page: str, network: TrainedNetwork, image: Pixels, rival: TrainedNetwork) -> None:
    from cnnviz.teaching.exercises.catalog import exercises_of

    state = f"exercise_{page}"
    attempt: _Attempt = st.session_state.setdefault(state, _Attempt())
    exercises = exercises_of(page)
    exercise = exercises[attempt.position]
    _choose_topic(exercises, attempt, state)
    question = posed_exercise(exercise.key, network, image, rival, attempt.seed)
    if question is None:
        st.info(
            f"This exercise does not apply to {plain(network.title)} and this digit: choose "
            "another topic.",
            icon=":material/info:",
        )
        return
    _ask(question, exercise, attempt, state)


def _choose_topic(exercises: "tuple[Exercise, ...]", attempt: _Attempt, state: str) -> None:
    widget = f"{state}_topic"
    st.session_state[widget] = attempt.position

    def take_over() -> None:
        st.session_state[state] = _Attempt(st.session_state[widget])

    st.segmented_control(
        "Topic",
        range(len(exercises)),
        format_func=lambda position: exercises[position].topic,
        key=widget,
        required=True,
        on_change=take_over,
        help="Each topic is a question whose answer is computed from the network on the page.",
    )


def _ask(question: "MultipleChoice", exercise: "Exercise", attempt: _Attempt, state: str) -> None:
    def commit() -> None:
        chosen = st.session_state[widget]
        st.session_state[state] = replace(attempt, chosen=chosen)
        _record(exercise, question, chosen)

    def vary() -> None:
        st.session_state[state] = replace(attempt, seed=attempt.seed + 1, chosen=None)

    widget = f"{state}_{exercise.key}_{attempt.seed}"
    if attempt.chosen is not None:
        _reveal(question, attempt.chosen)
    else:
        chosen = choose_option(question, key=widget)
    with st.container(horizontal=True, vertical_alignment="center"):
        if attempt.chosen is not None:
            st.button("Try another", icon=":material/refresh:", key=f"{state}_more", on_click=vary)
        else:
            st.button(
                "Commit",
                type="primary",
                icon=":material/check:",
                key=f"{state}_commit",
                disabled=chosen is None,
                on_click=commit,
                help="The answer is computed from the network on the page, not looked up.",
            )
        _score()


def choose_option(question: "MultipleChoice", *, number: str = "", key: str) -> int | None:
    """Return the index of the option that the learner chooses; None before.

    Args:
        question: to ask.
        number: written before it.
        key: Streamlit's key of the control.
    """
    return st.radio(
        f"**{number}{plain(question.stem)}**",
        range(len(question.options)),
        format_func=lambda option: plain(question.options[option].text),
        index=None,
        key=key,
    )


def committed_answers() -> "list[Answer]":
    """Return the predictions of this session, in order."""
    return [answer for _, answer in _commitments()]


def _commitments() -> "list[tuple[str, Answer]]":
    commitments: list[tuple[str, Answer]] = st.session_state.setdefault(_ANSWERS, [])
    return commitments


def _record(exercise: "Exercise", question: "MultipleChoice", chosen: int) -> None:
    from cnnviz.teaching.handout.contents import Answer

    answer = Answer(
        exercise.topic,
        question.stem,
        question.options[chosen].text,
        question.answer,
        question.explanation,
    )
    _commitments().append((exercise.key, answer))


def _reveal(question: "MultipleChoice", chosen: int) -> None:
    option = question.options[chosen]
    marks = {chosen: ":material/close: ", question.correct: ":material/check: "}
    lines = [f"{marks.get(i, '')}{plain(o.text)}" for i, o in enumerate(question.options)]
    st.markdown(f"**{plain(question.stem)}**\n" + "".join(f"\n- {line}" for line in lines))
    if chosen == question.correct:
        st.success(f"**Correct.** {plain(question.explanation)}", icon=":material/check_circle:")
        return
    st.warning(
        f"**Not {plain(option.text)}.** {plain(option.misconception)}", icon=":material/lightbulb:"
    )
    st.info(
        f"**Computed: {plain(question.answer)}.** {plain(question.explanation)}",
        icon=":material/calculate:",
    )


def _score() -> None:
    first = {key: answer.right for key, answer in reversed(_commitments())}
    if first:
        st.caption(f"{sum(first.values())} of {len(first)} right at the first try, in this visit")
