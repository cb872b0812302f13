"""A measurement from the Compare page: started, watched, canceled, refused."""

import pytest

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.plan import Plan
from cnnviz.ui.shell.markdown import plain
from tests.on_disk import make_measurement
from tests.pages.compare.compare_page import TWO, Opened


def test_a_file_in_the_place_of_the_folder_is_a_sentence_on_the_page(opened: Opened) -> None:
    measurements.measurements_dir().parent.mkdir(parents=True, exist_ok=True)
    measurements.measurements_dir().write_text("")
    page = opened(*TWO)
    page.button(key="compare_measure").click().run()
    (error,) = page.error
    assert plain("must be a folder, got a file: move it away") in error.value
    assert "Errno" not in error.value


def test_a_measurement_at_work_shows_how_far_it_is_and_can_be_canceled(
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = make_measurement(Plan(("lenet5",)), state="queued")
    made.write_progress(measurements.Progress(0.25, "LeNet-5"))
    monkeypatch.setattr(measurements.Measurement, "locked", lambda _: True)
    page = opened(*TWO)
    assert any("LeNet" in p.proto.text for p in page.get("progress"))
    page.button(key="compare_cancel_measure").click().run()
    assert made.canceled


def test_a_canceled_measurement_is_said_for_a_while(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_measurement(Plan(("lenet5",)), state="cancelled")
    page = opened(*TWO, way="Timing")
    page.session_state["compare_measurement"] = made.id
    page.run()
    assert [info.value for info in page.info] == [
        "Canceled. The calls timed so far are kept; an unfinished optimization or layer timing is "
        "not."
    ]
    assert page.run().info  # a look that was under way draws the page again
    monkeypatch.setattr("cnnviz.ui.compare.measurement_panel._SHOW_SECONDS", 0.0)
    assert not page.run().info


def test_what_keeps_a_measurement_from_starting_is_said(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(plan: Plan) -> None:
        assert plan.models == ("lenet5", "sprint_cnn")
        raise measurements.MeasurementError("the measuring process did not start: see x.log")

    page = opened(*TWO)
    monkeypatch.setattr("cnnviz.ui.compare.measurement_panel.launch_measurement", refuse)
    page.button(key="compare_measure").click().run()
    assert not page.exception
    assert "did not start" in page.error[0].value
