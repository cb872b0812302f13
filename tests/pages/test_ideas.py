"""The page of ideas: each is drawn, says true numbers, and explains what cannot be."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.ui.ideas import IDEAS, activations
from cnnviz.ui.shell import navigation, warmup

ROOT = Path(__file__).parents[2]
PAGE = "pages/ideas.py"


@pytest.fixture
def app() -> AppTest:
    warmup.wait()
    opened = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120).run()
    return opened.switch_page(PAGE)


def opened(app: AppTest, key: str) -> AppTest:
    app.query_params["idea"] = next(idea.title for idea in IDEAS if idea.key == key)
    app.run()
    assert not app.exception
    return app


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: idea.key)
def test_every_idea_is_drawn_from_a_link(idea: object, app: AppTest) -> None:
    key = idea.key  # type: ignore[attr-defined]
    opened(app, key)
    assert app.subheader[0].value == next(i.title for i in IDEAS if i.key == key)
    assert app.caption or app.latex  # what was measured or counted, and how


def test_the_page_runs_by_itself_once_a_session_is_routed() -> None:
    warmup.wait()
    alone = AppTest.from_file(str(ROOT / PAGE), default_timeout=120)
    alone.session_state[navigation._ROUTED] = True
    alone.run()
    assert not alone.exception
    assert alone.subheader[0].value == IDEAS[0].title


def test_the_lectures_one_by_one_convolution(app: AppTest) -> None:
    found = figures(opened(app, "one_by_one"))
    assert found["Parameters"] == "32.8 k"  # 512 * 64
    assert found["Multiply-adds"] == "33.6 M"  # 512 * 64 * 32 * 32


def test_the_papers_inception_module(app: AppTest) -> None:
    found = figures(opened(app, "inception"))
    # 3a of GoogLeNet: 192 -> 64, 96 -> 128, 16 -> 32, 32, with biases
    weights = 192 * 64 + 192 * 96 + 9 * 96 * 128 + 192 * 16 + 25 * 16 * 32 + 192 * 32
    assert found["Parameters"] == f"{(weights + 64 + 96 + 128 + 16 + 32 + 32) / 1000:.3g} k"
    assert found["Channels out"] == "256"


def test_what_cannot_be_is_a_sentence(app: AppTest) -> None:
    opened(app, "arithmetic")
    app.slider(key="arithmetic_size").set_value(2)
    app.slider(key="arithmetic_kernel").set_value(5).run()
    assert not app.exception
    assert "there is no position in which it fits" in app.error[0].value
    app.selectbox(key="arithmetic_padding").set_value("same")
    app.slider(key="arithmetic_stride").set_value(2).run()
    assert "contradicts itself" in app.error[0].value


def test_a_fully_connected_head_says_why_it_cannot(app: AppTest) -> None:
    opened(app, "heads")
    app.select_slider(key="heads_canvas").set_value(40).run()
    assert not app.exception
    said = " ".join(markdown.value for markdown in app.markdown)
    assert "cannot take 40×40 pixels" in said
    assert "6,400 values" in said
    assert "**MnistCNN, fully convolutional head** says" in said
    assert "sure: right" in said


def test_a_digit_grows_as_far_as_its_canvas_has_room(app: AppTest) -> None:
    opened(app, "heads")
    assert app.slider(key="heads_size_of_ink").max == 24
    app.select_slider(key="heads_canvas").set_value(40).run()
    app.slider(key="heads_size_of_ink").set_value(36).run()
    assert not app.exception
    said = " ".join(markdown.value for markdown in app.markdown)
    assert "**MnistCNN, fully convolutional head** says" in said
    app.select_slider(key="heads_canvas").set_value(32).run()
    assert not app.exception
    assert app.slider(key="heads_size_of_ink").value == 28


def test_dropout_is_judged_by_several_pairs_and_their_spread(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {0.0: [(1.0, 0.90)] * 4, 0.5: [(0.99, 0.92), (1.0, 0.90), (0.97, 0.91), (1.0, 0.89)]}
    monkeypatch.setattr(activations, "_scores", lambda rate, seed: given[rate][seed])
    opened(app, "activations")
    assert "Train 4 pairs now" in [button.label for button in app.button]
    app.button(key="activations_train").click().run()
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table["Narrowed by"]) == ["3.0 points", "0.0 points", "4.0 points", "-1.0 points"]
    [said] = [markdown.value for markdown in app.markdown if "narrowed" in markdown.value]
    assert "in **2 of 4** pairs, by +1.5 points on average (from -1.0 to +4.0)" in said
    assert "on more new digits in **2 of 4**, by +0.5 points on average" in said


def test_scaling_by_zero_steps_is_b0(app: AppTest) -> None:
    opened(app, "scaling")
    app.slider(key="scaling_phi").set_value(0.0).run()
    assert figures(app)["Parameters"] == "5.29 M"
    assert figures(app)["Multiply-adds"] == "0.386 G"
