"""A field for a whole number says why it rejects one."""

import pytest
from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from cnnviz.ui.pickers.whole_number import whole_number

    def changed() -> None:
        st.session_state.changes = st.session_state.get("changes", 0) + 1

    row = whole_number("Row (2 to 1,500)", 2, 1500, key="row", on_change=changed)
    st.write(f"row {row}")


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(page).run()


@pytest.mark.parametrize(("typed", "text"), [(1501, "1,501"), (1, "1"), (-70_000, "-70,000")])
def test_a_number_out_of_range_gets_a_sentence_and_the_former_one_stays(
    app: AppTest, typed: int, text: str
) -> None:
    app.number_input(key="row").set_value(30).run()
    app.number_input(key="row").set_value(typed).run()
    assert [error.value for error in app.error] == [f"Row must be 2 to 1,500, got {text}."]
    assert app.number_input(key="row").value == 30
    assert app.markdown[0].value == "row 30"
    assert app.session_state.changes == 1
    app.number_input(key="row").set_value(1500).run()
    assert not app.error
    assert (app.markdown[0].value, app.session_state.changes) == ("row 1500", 2)


def test_the_least_number_comes_first_and_an_emptied_field_returns_to_its_last(
    app: AppTest,
) -> None:
    assert app.markdown[0].value == "row 2"
    app.number_input(key="row").set_value(7).run()
    app.number_input(key="row").set_value(None).run()
    assert app.number_input(key="row").value == 7
    assert not app.error
