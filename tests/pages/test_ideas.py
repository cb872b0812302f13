"""The page of ideas: each is drawn, shows the right numbers, and explains what is impossible."""

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.data.mnist import load_digits
from cnnviz.models.catalog import architecture
from cnnviz.training.dropout_trial import Accuracies
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
    assert found["MACs"] == "33.6 M"  # 512 * 64 * 32 * 32


def test_the_papers_inception_module(app: App) -> None:
    found = figures(app("ideas", idea=titled("inception")))
    # 3a of GoogLeNet: 192 -> 64, 96 -> 128, 16 -> 32, 32, with biases
    weights = 192 * 64 + 192 * 96 + 9 * 96 * 128 + 192 * 16 + 25 * 16 * 32 + 192 * 32
    assert found["Parameters"] == f"{(weights + 64 + 96 + 128 + 16 + 32 + 32) / 1000:.3g} k"
    assert found["Channels out"] == "256"


def test_an_impossible_convolution_is_explained(app: App) -> None:
    page = app("ideas", idea=titled("arithmetic"))
    page.slider(key="arithmetic_size").set_value(2)
    page.slider(key="arithmetic_kernel").set_value(5).run()
    assert not page.exception
    assert page.error[0].value == (
        "Not possible: the padded input must be at least as large as the kernel's span of 5 "
        "pixels, got 2."
    )
    page.selectbox(key="arithmetic_padding").set_value("same")
    page.slider(key="arithmetic_stride").set_value(2).run()
    assert 'stride must be 1 with padding "same", got 2' in page.error[0].value


def test_a_fully_connected_head_says_why_it_does_not_accept_a_canvas(app: App) -> None:
    page = app("ideas", idea=titled("heads"))
    page.select_slider(key="heads_canvas").set_value(40).run()
    assert not page.exception
    said = " ".join(markdown.value for markdown in page.markdown)
    assert "does not accept 40×40 pixels" in said
    assert "6,400 values" in said
    label = load_digits("embedded").test_labels[0]
    assert f"**MnistCNN, fully convolutional head** predicts **{label}** (" in said
    assert "): correct." in said


def test_both_heads_are_counted(app: App) -> None:
    shown = figures(app("ideas", idea=titled("heads")))
    # two convolutions, then 3136 to 128 to 10; or a third convolution, 64 channels, then 1×1 to 10
    trunk = 32 * 9 + 32 + 64 * 32 * 9 + 64
    connected = trunk + 3136 * 128 + 128 + 128 * 10 + 10
    assert shown["Parameters, FC"] == f"{connected:,}"
    model = architecture("mnist_fcn").build()
    assert shown["Parameters, FCN"] == f"{sum(p.numel() for p in model.parameters()):,}"


def test_a_digit_grows_as_far_as_its_canvas_has_room(app: App) -> None:
    page = app("ideas", idea=titled("heads"))
    assert page.slider(key="heads_size_of_ink").max == 24
    page.select_slider(key="heads_canvas").set_value(40).run()
    page.slider(key="heads_size_of_ink").set_value(36).run()
    assert not page.exception
    said = " ".join(markdown.value for markdown in page.markdown)
    assert "**MnistCNN, fully convolutional head** predicts **" in said
    page.select_slider(key="heads_canvas").set_value(32).run()
    assert not page.exception
    assert page.slider(key="heads_size_of_ink").value == 28


def test_dropout_is_judged_by_several_pairs_and_their_spread(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {0.0: [(1.0, 0.90)] * 4, 0.5: [(0.99, 0.92), (1.0, 0.90), (0.97, 0.91), (1.0, 0.89)]}
    monkeypatch.setattr(
        activations, "dropout_accuracies", lambda rate, seed: Accuracies(*given[rate][seed])
    )
    page = app("ideas", idea=titled("activations"))
    assert "Train 4 pairs now" in [button.label for button in page.button]
    page.button(key="activations_train").click().run()
    assert not page.exception
    table = page.dataframe[0].value
    assert list(table["Narrowed by"]) == ["3.0 points", "0.0 points", "4.0 points", "-1.0 points"]
    [said] = [markdown.value for markdown in page.markdown if "narrowed" in markdown.value]
    assert "in **2 of 4** pairs, by +1.5 points on average (from -1.0 to +4.0)" in said
    assert "Test accuracy was higher in **2 of 4**, by +0.5 points on average" in said


def test_scaling_by_zero_steps_is_b0(app: App) -> None:
    page = app("ideas", idea=titled("scaling"))
    page.slider(key="scaling_phi").set_value(0.0).run()
    assert figures(page)["Parameters"] == "5.29 M"
    assert figures(page)["MACs"] == "0.386 G"


def test_a_separable_convolution_is_counted_and_timed(app: App) -> None:
    page = app("ideas", idea=titled("depthwise"))
    assert figures(page)["MACs saved"] == f"{1 / (1 / 128 + 1 / 9):.1f}×"
    table = page.dataframe[0].value
    assert list(table["Parameters"]) == [9 * 128 * 128, 9 * 128, 128 * 128]
    positions = 28 * 28
    bytes_moved = 4 * (2 * 128 * positions + 9 * 128 * 128)
    assert table["MACs per byte"][0] == round(9 * 128 * 128 * positions / bytes_moved, 1)
    assert (table["ms"] > 0).all()


def test_a_dense_block_is_counted(app: App) -> None:
    shown = figures(app("ideas", idea=titled("dense")))
    assert shown["Channels at the end"] == "168"  # 24 + 12 * 12
    weights = sum(9 * (24 + 12 * i) * 12 for i in range(12))
    assert shown["Parameters"] == f"{weights / 1000:.3g} k"
    assert shown["Plain stack"] == f"{12 * 9 * 168 * 168 / 1e6:.3g} M"
