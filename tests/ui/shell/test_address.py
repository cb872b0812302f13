from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameters import COMPARE_VIEW, INSIDE_VIEW, NETWORK

SCRIPT = """
import streamlit as st
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import Flag, Integer, OneOf, SomeOf
from cnnviz.ui.shell.parameters import *

page = st.session_state.get("page", "race")
address.enter(page)
if page == "race":
    presets = {"quick": "Quick", "lecture": "Lecture"}
    st.selectbox("Preset", list(presets), **address.bind(RACE_PRESET, OneOf(presets)))
    seeds = Integer(1, 5)
    st.number_input("Seeds", 1, 5, **address.bind(RACE_SEEDS, seeds, forgets=(RACE,)))
    rows = {"mnist_cnn": "MnistCNN", "lenet5": "LeNet-5", "resnet8": "ResNet-8", "vit": "ViT"}
    bound = address.bind(RACE_ARCHITECTURES, SomeOf(rows, most=3))
    st.multiselect("Networks", list(rows), **bound)
    st.button("Both", on_click=address.write, args=({RACE_PRESET: "lecture", RACE_SEEDS: 4},))
    st.button("Back", on_click=address.write, args=({RACE_PRESET: "quick", RACE_SEEDS: None},))
if page == "compare":
    costs = OneOf.keys(["macs", "latency"])
    usual = st.session_state.get("usual", "macs")
    st.selectbox("Cost", list(costs.titles), **address.bind(COMPARE_COST, costs, default=usual))
    st.toggle("Published", **address.bind_flag(COMPARE_PUBLISHED))
"""


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_string(SCRIPT)


def query(app: AppTest) -> dict[str, list[str]]:
    """Return the query string, every value a list."""
    params = dict(app.query_params.items())
    return {name: value if isinstance(value, list) else [value] for name, value in params.items()}


def test_a_page_without_a_link_begins_with_the_defaults_and_writes_none(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert (app.selectbox[0].value, app.number_input[0].value) == ("quick", 1)
    assert app.multiselect[0].value == ["mnist_cnn", "lenet5", "resnet8"]
    assert query(app) == {}


def test_a_link_sets_the_widgets_by_keys_or_titles(app: AppTest) -> None:
    app.query_params.update(race_preset="Lecture", race_seeds="3", race_models=["vit", "LeNet-5"])
    app.run()
    assert (app.selectbox[0].value, app.number_input[0].value) == ("lecture", 3)
    assert app.multiselect[0].value == ["vit", "lenet5"]
    assert not app.info
    assert query(app) == {
        "race_preset": ["lecture"],
        "race_seeds": ["3"],
        "race_models": ["vit", "lenet5"],
    }


def test_a_choice_is_written_and_the_default_is_not(app: AppTest) -> None:
    app.run()
    app.selectbox[0].set_value("lecture").run()
    assert query(app) == {"race_preset": ["lecture"]}
    app.selectbox[0].set_value("quick").run()
    assert query(app) == {}


def test_what_is_invalid_is_told_once_each_and_dropped(app: AppTest) -> None:
    app.query_params.update(race_preset="zz", race_seeds="6", race_models=["vit", "x", "lenet5"])
    app.run()
    assert [info.value for info in app.info] == [
        "Ignored in the link: preset must be one of “Quick”, “Lecture”, got “zz”.",
        "Ignored in the link: number of seeds must be 1 to 5, got “6”.",
        "Ignored in the link: networks must be one of “MnistCNN”, “LeNet\\-5”, “ResNet\\-8”, "
        "“ViT”, at most 3, got “x”.",
    ]
    assert (app.selectbox[0].value, app.number_input[0].value) == ("quick", 1)
    assert query(app) == {"race_models": ["vit", "lenet5"]}
    app.run()
    assert len(app.info) == 3  # a rerun, as by a timer, does not take them away
    app.number_input[0].set_value(2).run()
    assert len(app.info) == 2  # the user has chosen what the link did not


def test_text_of_a_link_is_shown_letter_by_letter(app: AppTest) -> None:
    app.query_params["race_preset"] = "![x](http://e.vil/x.png)"
    app.run()
    assert "\\!\\[x\\]\\(" in app.info[0].value


def test_an_invalid_link_falls_back_to_the_earlier_choice(app: AppTest) -> None:
    app.run()
    app.number_input[0].set_value(4).run()
    app.query_params["race_seeds"] = "100"
    app.run()
    assert app.number_input[0].value == 4
    assert query(app) == {"race_seeds": ["4"]}


def test_several_are_set_together(app: AppTest) -> None:
    app.query_params["race"] = "20240101-120000-abcdef"
    app.run()
    app.button[0].click().run()
    assert (app.selectbox[0].value, app.number_input[0].value) == ("lecture", 4)
    assert query(app)["race_seeds"] == ["4"]
    app.button[1].click().run()
    assert (app.selectbox[0].value, app.number_input[0].value) == ("quick", 1)
    assert query(app) == {"race": ["20240101-120000-abcdef"]}
    app.number_input[0].set_value(2).run()
    assert query(app) == {"race_seeds": ["2"]}  # a change of the seeds forgets the race


def test_a_choice_outlives_its_page_and_goes_back_into_its_address(app: AppTest) -> None:
    app.run()
    app.number_input[0].set_value(4).run()
    app.selectbox[0].set_value("lecture").run()
    app.query_params.clear()  # as the menu does
    app.session_state["page"] = "compare"
    app.run()
    assert query(app) == {}
    app.session_state["page"] = "race"
    app.run()
    assert query(app) == {"race_preset": ["lecture"], "race_seeds": ["4"]}
    assert (app.selectbox[0].value, app.number_input[0].value) == ("lecture", 4)


def test_a_complaint_does_not_outlive_the_page(app: AppTest) -> None:
    app.query_params["race_preset"] = "zz"
    app.run()
    for page in ("compare", "race"):
        app.session_state["page"] = page
        app.run()
    assert not app.info


def test_where_the_default_depends_on_the_machine_any_choice_is_written(app: AppTest) -> None:
    app.session_state["page"] = "compare"
    app.run()
    app.session_state["usual"] = "latency"
    app.run()
    assert app.selectbox[0].value == "latency"  # not chosen yet, so that it follows
    app.selectbox[0].set_value("macs").run()
    assert query(app) == {"compare_cost": ["macs"]}
    app.selectbox[0].set_value("latency").run()
    assert query(app) == {"compare_cost": ["latency"]}


def test_a_flag_is_bound_by_streamlit_and_told_if_it_is_none(app: AppTest) -> None:
    app.session_state["page"] = "compare"
    app.query_params["compare_published"] = "true"
    app.run()
    assert app.toggle[0].value is True
    broken = AppTest.from_string(SCRIPT)
    broken.session_state["page"] = "compare"
    broken.query_params["compare_published"] = "maybe"
    broken.run()
    assert broken.toggle[0].value is False
    assert [info.value for info in broken.info] == [
        "Ignored in the link: “As published” must be true or false, got “maybe”."
    ]
    assert query(broken) == {}


def test_a_page_is_only_linked_with_what_it_takes() -> None:
    with pytest.raises(
        ValueError, match=r"parameter of page inside must be one of .*, got compare_view$"
    ):
        address.page_link("inside", {COMPARE_VIEW: "table"}, label="x", icon="layers")


def test_a_link_names_defaults_too_which_the_session_may_have_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    links: list[dict[str, Any]] = []
    monkeypatch.setattr(address.st, "page_link", lambda *_, **given: links.append(given))
    address.page_link("inside", {NETWORK: "a", INSIDE_VIEW: "guided"}, label="x", icon="layers")
    assert [link["query_params"] for link in links] == [{"network": ["a"], "view": ["guided"]}]
