"""A measurement from the Compare page: started, watched, cancelled, refused."""

import pytest

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.measurements import Record
from cnnviz.benchmark.results.records import (
    Plan,
)
from tests.pages.compare.compare_page import TWO, opened


def test_a_file_in_the_place_of_the_folder_is_a_sentence_on_the_page() -> None:
    measurements.folder().parent.mkdir(parents=True, exist_ok=True)
    measurements.folder().write_text("")
    app = opened(*TWO)
    app.button(key="compare_measure").click().run()
    (error,) = app.error
    assert "must be a folder and something else is there" in error.value
    assert "Errno" not in error.value


def test_a_measurement_at_work_shows_how_far_it_is_and_can_be_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = measurements.create(Plan(("lenet5",)))
    made.tell(measurements.Progress(0.25, "LeNet-5"))
    monkeypatch.setattr(measurements.Measurement, "alive", lambda _: True)
    app = opened(*TWO)
    assert any("LeNet" in p.proto.text for p in app.get("progress"))
    app.button(key="compare_cancel_measure").click().run()
    assert made.cancelled


def test_a_cancelled_measurement_is_said_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    made = measurements.create(Plan(("lenet5",)))
    made.write(Record(made.recorded().plan, "cancelled"))
    app = opened(*TWO, way="Timing")
    app.session_state["compare_measurement"] = made.id
    app.run()
    assert [info.value for info in app.info] == [
        "Cancelled. Calls timed until then are kept, a trick or layers cut short are not."
    ]
    assert app.run().info  # a look that was under way draws the page again
    monkeypatch.setattr("cnnviz.ui.compare.measurement_panel._SAY", 0.0)
    assert not app.run().info


def test_what_keeps_a_measurement_from_starting_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(plan: Plan) -> None:
        assert plan.models == ("lenet5", "sprint_cnn")
        raise measurements.MeasurementError("the measuring process did not start: see x.log")

    app = opened(*TWO)
    monkeypatch.setattr("cnnviz.ui.compare.measurement_panel.start", refuse)
    app.button(key="compare_measure").click().run()
    assert not app.exception
    assert "did not start" in app.error[0].value
