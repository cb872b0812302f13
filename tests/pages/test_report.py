"""The Report page without a browser: what its link names is shown, or said to be missing."""

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.report.build import usual_alternatives
from tests.report.material import ROOT, card, shipped


@pytest.fixture(scope="module")
def dashboard() -> AppTest:
    return AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120).run()


def test_the_page_says_what_its_link_names_in_vain(dashboard: AppTest) -> None:
    app = dashboard
    app.query_params["report_against"] = "zzz"
    app.query_params["report_criterion"] = "beauty"
    app.switch_page("pages/report.py").run()
    assert not app.exception
    told = " ".join(info.value for info in app.info)
    assert "cannot be found, and may have been deleted: the usual ones are compared" in told
    assert "There is no “beauty” to choose here" in told
    usual = usual_alternatives(shipped("mnist_cnn"))
    assert len(app.multiselect(key="report_against").value) == len(usual)
    assert not {"report_against", "report_criterion"} & set(app.query_params)


def test_the_page_shows_what_its_link_names(dashboard: AppTest) -> None:
    app = dashboard
    app.query_params["report_against"] = "shipped-lenet5"
    app.query_params["report_criterion"] = "size"
    app.switch_page("pages/report.py").run()
    assert not app.exception
    html = app.get("iframe")[0].proto.srcdoc
    assert f"{card('mnist_cnn')['accuracy']:.2%}" in html
    assert "Recommended by size: LeNet-5." in html
    app.session_state["network"] = "shipped-lenet5"
    app.query_params.clear()
    app.run()
    assert not app.exception
    app.query_params["network"] = "shipped-sprint_cnn"  # LeNet-5 was never taken off
    app.run()
    assert app.multiselect(key="report_against").value == ["shipped-lenet5"]
    app.query_params["report_task"] = "Several digits"
    app.run()
    assert not app.exception
    assert f"{card('detr')['accuracy']:.2%}" in app.get("iframe")[0].proto.srcdoc
