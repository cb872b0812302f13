from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.ui.shell import address, page_links
from cnnviz.ui.shell.content_types import GrayImage
from cnnviz.ui.shell.parameters import COMPARE_VIEW, INSIDE_VIEW, NETWORK

SCRIPT = """
import streamlit as st
from cnnviz.ui.shell import address, page_links
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


def test_a_link_that_no_view_of_its_page_has_read_goes_on_to_the_next_page(app: AppTest) -> None:
    app.session_state["page"] = "lesson"  # which has a control for them, but not in every view
    app.query_params.update(network="shipped-densenet", digit="7")
    app.run()
    app.query_params.clear()  # as the menu does
    app.session_state["page"] = "why"
    app.run()
    assert query(app) == {"network": ["shipped-densenet"], "digit": ["7"]}


def test_a_rejected_link_does_not_go_on_to_the_next_page(app: AppTest) -> None:
    app.query_params["race_preset"] = "zz"
    app.run()
    app.query_params.clear()
    for page in ("compare", "race"):
        app.session_state["page"] = page
        app.run()
        assert query(app) == {}


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
        page_links.page_link("inside", {COMPARE_VIEW: "table"}, label="x", icon="layers")


def test_a_link_names_defaults_too_which_the_session_may_have_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    links: list[dict[str, Any]] = []
    monkeypatch.setattr(address.st, "page_link", lambda *_, **given: links.append(given))
    page_links.page_link("inside", {NETWORK: "a", INSIDE_VIEW: "guided"}, label="x", icon="layers")
    assert [link["query_params"] for link in links] == [{"network": ["a"], "view": ["guided"]}]


# Through every page

PAGES = """
import streamlit as st
from cnnviz.ui.shell import address, page_links
from cnnviz.ui.shell.content_types import GrayImage
from cnnviz.ui.shell.parameter_types import Integer, OneOf
from cnnviz.ui.shell.parameters import *

page = st.session_state.get("page", "race")
address.enter(page)
if page == "inside":
    kinds = OneOf.keys(["digit", "drawing", "upload"])
    st.selectbox("Input", list(kinds.titles), **address.bind(IMAGE, kinds))
    st.number_input("Digit", 0, 99, **address.bind(DIGIT, Integer(0, 99)))
    st.text(str(address.read(NETWORK, OneOf.keys(["a", "b"]))))
if page == "draw":
    drawn = address.read_foreign(DRAWING, GrayImage())
    st.text("" if drawn is None else drawn.hex())
    address.show_complaint(DRAWING)
    st.button("Draw", on_click=address.keep, args=(DRAWING, bytes([9]) * 784))
"""
INK = bytes([7]) * 784
[CODE] = GrayImage.format(INK)
[OWN_CODE] = GrayImage.format(bytes([9]) * 784)


@pytest.fixture
def pages() -> AppTest:
    return AppTest.from_string(PAGES)


def go(pages: AppTest, page: str, **link: str) -> dict[str, list[str]]:
    """Open a page as the menu does, with nothing in its address, or by a link."""
    pages.query_params.clear()
    pages.query_params.update(link)
    pages.session_state["page"] = page
    pages.run()
    assert not pages.exception
    return query(pages)


def test_a_link_to_a_page_without_the_control_chooses_for_the_others(pages: AppTest) -> None:
    go(pages, "race", network="b", digit="5")
    assert go(pages, "glossary") == {"network": ["b"], "digit": ["5"]}
    assert go(pages, "inside") == {"network": ["b"], "digit": ["5"]}
    assert pages.text[0].value == "b"
    assert pages.number_input[0].value == 5


def test_a_choice_is_in_the_address_of_every_page_until_another_is_made(pages: AppTest) -> None:
    go(pages, "inside")
    pages.number_input[0].set_value(12).run()
    for page in ("draw", "train", "race", "overview", "photographs", "ideas", "lesson"):
        assert go(pages, page) == {"digit": ["12"]}
    assert go(pages, "race", digit="13") == {"digit": ["13"]}
    assert go(pages, "inside") == {"digit": ["13"]}


def test_an_invalid_value_is_not_passed_on_and_the_page_says_so(pages: AppTest) -> None:
    assert go(pages, "race", subject="zz", digit="-1", drawing="zz") == {}
    sentences = [info.value for info in pages.info]
    assert len(sentences) == 3
    assert sentences[1] == "Ignored in the link: test digit must be 0 or more, got “\\-1”."
    assert go(pages, "inside") == {}
    assert not pages.info


def test_a_drawing_is_in_addresses_only_while_it_is_the_input(pages: AppTest) -> None:
    go(pages, "draw")
    pages.button[0].click().run()
    assert go(pages, "inside") == {}
    pages.selectbox[0].set_value("drawing").run()
    assert query(pages) == {"subject": ["drawing"], "drawing": [OWN_CODE]}
    assert go(pages, "race") == {"subject": ["drawing"], "drawing": [OWN_CODE]}
    go(pages, "inside")
    pages.selectbox[0].set_value("digit").run()
    assert query(pages) == {}


def test_a_link_replaces_a_drawing_once_and_a_late_address_does_not(pages: AppTest) -> None:
    go(pages, "draw", drawing=CODE)
    assert pages.text[0].value == INK.hex()
    pages.run()
    assert pages.text[0].value == ""
    pages.button[0].click().run()
    for late in (CODE, OWN_CODE):
        go(pages, "draw", drawing=late)
        assert pages.text[0].value == ""


def test_a_damaged_drawing_is_dropped_with_a_sentence(pages: AppTest) -> None:
    assert go(pages, "draw", drawing="zz") == {}
    assert "drawing must be an image of 28 × 28 pixels" in pages.info[0].value
