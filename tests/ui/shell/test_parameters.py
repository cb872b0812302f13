from pathlib import Path

import pytest

from cnnviz.evaluation.perturbations import PERTURBATIONS
from cnnviz.inspection.attribution.methods import METHODS
from cnnviz.models.catalog import CATALOG
from cnnviz.training.engine.settings import LIMITS, PRESETS, SOURCES
from cnnviz.training.race.plan import MAX_SEEDS
from cnnviz.ui.compare import VIEWS as COMPARE_VIEWS
from cnnviz.ui.compare.charts.view import CHARTS
from cnnviz.ui.field import VIEWS as FIELD_VIEWS
from cnnviz.ui.ideas import IDEAS
from cnnviz.ui.inside import VIEWS as INSIDE_VIEWS
from cnnviz.ui.race.form import RACERS
from cnnviz.ui.shell import parameters
from cnnviz.ui.shell.navigation import EVERY_ENTRY
from cnnviz.ui.shell.parameters import PARAMETERS, Parameter

ROOT = Path(__file__).parents[3]
# what links have been made of since the dashboard was first published
NAMES = """
    architecture architecture_view beside channel compare compare_bins compare_by_size
    direction drawing edits field_unit inside_other inside_second inside_shown inside_with
    train_setting unit upload
    compare_cell compare_chart compare_cost compare_depth compare_field compare_first
    compare_for compare_match compare_method compare_mistakes compare_part compare_published
    compare_rows compare_second compare_share compare_size compare_sort compare_split
    compare_spoil compare_tempered compare_tricks compare_two_first compare_two_second
    compare_unit compare_view detect_canvas detect_network digit draw_networks field_published
    field_view guide hide idea layer lesson_view map moment network other photo_network race
    race_axis race_epochs race_models race_preset race_seeds race_source report_against
    report_criterion report_task run scale subject term train_model train_preset view
"""


def test_the_names_of_the_address_stay() -> None:
    assert sorted(PARAMETERS) == sorted(NAMES.split())


def test_every_parameter_belongs_to_pages_of_the_menu() -> None:
    pages = {entry.key for entry in EVERY_ENTRY}
    assert all(row.pages and pages.issuperset(row.pages) for row in PARAMETERS.values())
    assert all(pages.issuperset(row.passing_pages) for row in PARAMETERS.values())


@pytest.mark.parametrize("name", ["network", "subject", "digit", "drawing", "upload"])
def test_network_and_image_are_in_the_address_of_every_page(name: str) -> None:
    pages = {entry.key for entry in EVERY_ENTRY}
    row = PARAMETERS[name]
    assert {*row.pages, *row.passing_pages} == pages
    assert {*row.pages}.isdisjoint(row.passing_pages)


def test_no_name_is_given_twice() -> None:
    rows = [row for row in vars(parameters).values() if isinstance(row, Parameter)]
    assert len({row.name for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("view", [view.key for view in INSIDE_VIEWS]),
        ("field_view", [view.key for view in FIELD_VIEWS]),
        ("compare_view", [view.key for view in COMPARE_VIEWS]),
        ("compare_chart", [chart.key for chart in CHARTS]),
        ("idea", [idea.key for idea in IDEAS]),
        ("architecture", list(CATALOG)),
        ("train_model", list(CATALOG)),
        ("compare_spoil", list(PERTURBATIONS)),
        ("race_source", list(SOURCES)),
    ],
)
def test_a_page_begins_with_the_first_that_it_offers(name: str, keys: list[str]) -> None:
    assert PARAMETERS[name].default == keys[0]


def test_the_other_defaults_are_among_what_is_offered() -> None:
    default = {name: row.default for name, row in PARAMETERS.items()}
    assert default["race_preset"] in PRESETS
    assert set(default["race_models"]) <= set(RACERS)
    assert 1 <= default["race_seeds"] <= MAX_SEEDS
    assert LIMITS["epochs"].low <= default["race_epochs"] <= LIMITS["epochs"].high
    assert default["compare_method"] in METHODS


def test_one_module_touches_the_query_string_and_one_links_with_it() -> None:
    files = [*(ROOT / "cnnviz").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    texts = {file.name: file.read_text("utf-8") for file in files}
    assert {name for name, text in texts.items() if "st.query_params" in text} == {"address.py"}
    naming = {name for name, text in texts.items() if "query_params" in text}
    assert naming == {"address.py", "page_links.py"}
