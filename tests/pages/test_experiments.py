"""The experiments that are suggested on a page."""

import pytest

from cnnviz.teaching.experiments import EXPERIMENTS
from tests.pages.reading import App


def test_one_click_sets_an_experiment_up(app: App) -> None:
    page = app("inside", network="shipped-lenet5")
    page.button(key="experiment_inside_1").click().run()
    assert not page.exception
    assert page.selectbox(key="network").value == "shipped-vit"
    assert page.segmented_control(key="view").value == "guided"


@pytest.mark.parametrize("key", ["draw", "compare", "ideas", "report", "train"])
def test_each_experiment_of_a_page_is_offered_with_what_to_watch_for(app: App, key: str) -> None:
    page = app(key)
    shown = [markdown.value for markdown in page.markdown]
    for experiment in EXPERIMENTS[key]:
        assert any(text.startswith(f"**{experiment.title}**") for text in shown)


def test_a_link_hides_experiments_with_the_exercises(app: App) -> None:
    assert "experiments_inside" not in str(app("inside", hide="exercises"))
