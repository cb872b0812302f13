"""The Report page without a browser: what its link names is shown, or said to be missing."""

from filelock import FileLock

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.measurements import Progress
from cnnviz.benchmark.results.plan import Plan
from cnnviz.report.build import default_alternatives
from tests.pages.reading import App
from tests.report.material import card, shipped


def test_the_page_says_which_values_of_its_link_are_invalid(app: App) -> None:
    page = app("report", report_against="zzz", report_criterion="beauty")
    told = " ".join(info.value for info in page.info)
    assert (
        "Ignored in the link: alternatives must exist, got “zzz”: it may have been deleted. "
        "Showing the default alternatives." in told
    )
    assert "criterion must be one of “Accuracy”, “Latency”, “Size”, got “beauty”" in told
    usual = default_alternatives(shipped("mnist_cnn"))
    assert len(page.multiselect(key="report_against").value) == len(usual)
    assert not {"report_against", "report_criterion"} & set(page.query_params)


def test_the_page_shows_what_its_link_names(app: App) -> None:
    page = app("report", report_against="shipped-lenet5", report_criterion="size")
    html = page.get("iframe")[0].proto.srcdoc
    assert f"{card('mnist_cnn')['accuracy']:.2%}" in html
    assert "For the smallest size, choose LeNet-5: it has" in html
    page.session_state["network"] = "shipped-lenet5"
    page.query_params.clear()
    page.run()
    assert not page.exception
    page.query_params["network"] = "shipped-sprint_cnn"  # LeNet-5 was never taken off
    page.run()
    assert page.multiselect(key="report_against").value == ["shipped-lenet5"]
    page.query_params["report_task"] = "Several digits"
    page.run()
    assert not page.exception
    assert f"{card('detr')['accuracy']:.2%}" in page.get("iframe")[0].proto.srcdoc


def test_several_architectures_are_timed_in_turns_and_one_alone(app: App) -> None:
    pair = app("report", report_against="shipped-lenet5")
    (measure,) = [button for button in pair.button if button.label == "Measure latency"]
    assert measure.help.startswith("Times 2 architectures in turns, about ")
    detector = app("report", report_task="detect")
    (measure,) = [button for button in detector.button if button.label == "Measure latency"]
    assert measure.help.startswith("Times 1 architecture, about ")


def test_while_anybody_measures_the_page_shows_that_instead_of_starting_another(app: App) -> None:
    measurement = measurements.create_measurement(Plan(models=("lenet5",)))
    measurement.write_progress(Progress(0.25, "waiting for another measurement"))
    with FileLock(measurement.file("lock")):
        page = app("report")
        labels = [button.label for button in page.button]
        assert "Cancel" in labels
        assert not [label for label in labels if label.startswith("Measure latency")]
    page.run()
    assert "Measure latency" in " ".join(button.label for button in page.button)
