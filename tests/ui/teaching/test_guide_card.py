import pytest

from cnnviz.teaching.guide import Step
from cnnviz.ui.ideas import IDEAS
from cnnviz.ui.shell.glossary import with_links
from cnnviz.ui.shell.navigation import ENTRIES
from cnnviz.ui.shell.parameters import PARAMETERS
from cnnviz.ui.teaching.guide_card import GUIDES

STEPS = {
    f"{guide.key}-{step.key}": step for guide in GUIDES.values() for step in guide.steps.values()
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_steps_open_their_page_with_parameters_that_it_takes(step: Step) -> None:
    assert step.page in [entry.key for entry in ENTRIES]
    for name in step.query:
        assert step.page in PARAMETERS[name].pages
    if step.drawing:
        assert step.page in PARAMETERS["subject"].pages
    if "idea" in step.query:
        assert step.query["idea"] in [idea.key for idea in IDEAS]


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_terms_of_a_step_are_in_the_glossary(step: Step) -> None:
    assert "[[" not in with_links(step.text) + with_links(step.task)


def test_the_guides_together_open_every_page() -> None:
    assert {step.page for step in STEPS.values()} | {"race", "embedding"} == {
        e.key for e in ENTRIES
    }
