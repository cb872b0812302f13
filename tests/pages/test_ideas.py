"""The page of ideas: each is drawn, says true numbers, and explains what cannot be."""

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.ui.ideas import IDEAS, Idea, activations
from tests.pages.reading import App


def titled(key: str) -> str:
    return next(idea.title for idea in IDEAS if idea.key == key)


def figures(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: idea.key)
def test_every_idea_is_drawn_from_a_link(idea: Idea, app: App) -> None:
    page = app("ideas", idea=idea.title)
    assert page.subheader[0].value == idea.title
    assert page.caption or page.latex  # what was measured or counted, and how


def test_the_page_runs_by_itself_once_a_session_is_routed(script: App) -> None:
    assert script("ideas").subheader[0].value == IDEAS[0].title


def test_the_lectures_one_by_one_convolution(app: App) -> None:
    found = figures(app("ideas", idea=titled("one_by_one")))
    assert found["Parameters"] == "32.8 k"  # 512 * 64
    assert found["Multiply-adds"] == "33.6 M"  # 512 * 64 * 32 * 32


def test_the_papers_inception_module(app: App) -> None:
    found = figures(app("ideas", idea=titled("inception")))
    # 3a of GoogLeNet: 192 -> 64, 96 -> 128, 16 -> 32, 32, with biases
    weights = 192 * 64 + 192 * 96 + 9 * 96 * 128 + 192 * 16 + 25 * 16 * 32 + 192 * 32
    assert found["Parameters"] == f"{(weights + 64 + 96 + 128 + 16 + 32 + 32) / 1000:.3g} k"
    assert found["Channels out"] == "256"


def test_what_cannot_be_is_a_sentence(app: App) -> None:
    page = app("ideas", idea=titled("arithmetic"))
    page.slider(key="arithmetic_size").set_value(2)
    page.slider(key="arithmetic_kernel").set_value(5).run()
    assert not page.exception
    assert "there is no position in which it fits" in page.error[0].value
    page.selectbox(key="arithmetic_padding").set_value("same")
    page.slider(key="arithmetic_stride").set_value(2).run()
    assert "contradicts itself" in page.error[0].value


def test_a_fully_connected_head_says_why_it_cannot(app: App) -> None:
    page = app("ideas", idea=titled("heads"))
    page.select_slider(key="heads_canvas").set_value(40).run()
    assert not page.exception
    said = " ".join(markdown.value for markdown in page.markdown)
    assert "cannot take 40×40 pixels" in said
    assert "6,400 values" in said
    assert "**MnistCNN, fully convolutional head** says" in said
    assert "sure: right" in said


def test_a_digit_grows_as_far_as_its_canvas_has_room(app: App) -> None:
    page = app("ideas", idea=titled("heads"))
    assert page.slider(key="heads_size_of_ink").max == 24
    page.select_slider(key="heads_canvas").set_value(40).run()
    page.slider(key="heads_size_of_ink").set_value(36).run()
    assert not page.exception
    said = " ".join(markdown.value for markdown in page.markdown)
    assert "**MnistCNN, fully convolutional head** says" in said
    page.select_slider(key="heads_canvas").set_value(32).run()
    assert not page.exception
    assert page.slider(key="heads_size_of_ink").value == 28


def test_dropout_is_judged_by_several_pairs_and_their_spread(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {0.0: [(1.0, 0.90)] * 4, 0.5: [(0.99, 0.92), (1.0, 0.90), (0.97, 0.91), (1.0, 0.89)]}
    monkeypatch.setattr(activations, "dropout_scores", lambda rate, seed: given[rate][seed])
    page = app("ideas", idea=titled("activations"))
    assert "Train 4 pairs now" in [button.label for button in page.button]
    page.button(key="activations_train").click().run()
    assert not page.exception
    table = page.dataframe[0].value
    assert list(table["Narrowed by"]) == ["3.0 points", "0.0 points", "4.0 points", "-1.0 points"]
    [said] = [markdown.value for markdown in page.markdown if "narrowed" in markdown.value]
    assert "in **2 of 4** pairs, by +1.5 points on average (from -1.0 to +4.0)" in said
    assert "on more new digits in **2 of 4**, by +0.5 points on average" in said


def test_scaling_by_zero_steps_is_b0(app: App) -> None:
    page = app("ideas", idea=titled("scaling"))
    page.slider(key="scaling_phi").set_value(0.0).run()
    assert figures(page)["Parameters"] == "5.29 M"
    assert figures(page)["Multiply-adds"] == "0.386 G"
