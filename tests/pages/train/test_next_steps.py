"""Where a training leads once it has ended: pages that open with its network."""

from urllib.parse import parse_qs

from streamlit.testing.v1 import AppTest

from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run
from tests.pages.reading import App
from tests.pages.train.train_page import LOG


def linked(page: AppTest, run: Run) -> dict[str, dict[str, list[str]]]:
    """The parameters by page of the links that name a run."""
    links = [link.proto for link in page.get("page_link")]
    return {link.page: parse_qs(link.query_string) for link in links if run.id in link.query_string}


def test_an_ended_run_leads_to_the_pages_that_show_its_network(app: App) -> None:
    run = make_run(weights=0, steps=(0, 1), log=LOG, step=20, total_steps=20)
    both = [run.id, "shipped-lenet5"]
    assert linked(app("train", run=run.id), run) == {
        "draw": {"draw_networks": both},
        "inside": {"network": [run.id], "subject": ["digit"]},
        "time": {"run": [run.id]},
        "compare": {"compare": both},
    }


def test_an_ended_run_of_a_detector_leads_to_the_page_of_detectors(app: App) -> None:
    settings = Settings(model="detr", source="embedded")
    run = make_run(settings, weights=0, log=[], step=20, total_steps=20)
    assert linked(app("train", run=run.id), run) == {
        "detect": {"detect_network": [run.id]},
        "compare": {"compare": [run.id]},
    }


def test_a_run_that_trains_leads_nowhere_yet(app: App, live: Run) -> None:
    assert linked(app("train", run=live.id), live) == {}
