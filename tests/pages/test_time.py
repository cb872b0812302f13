"""One slider over the snapshots of a run."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.forward_pass import forward_pass
from cnnviz.inspection.embedding.principal_components import principal_components
from cnnviz.inspection.training_snapshot import snapshot, strongest_channels
from cnnviz.training import launch
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import networks, snapshots
from cnnviz.training.runs.store import Run
from cnnviz.ui.components.component import unpack
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.time import loaded_snapshots
from tests.on_disk import add_snapshot, make_run
from tests.pages.reading import App, settled

FEW = 40
STEPS = (0, 1, 2, 4)

Sent = tuple[dict[str, Any], dict[str, NDArray[Any]]]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaded_snapshots, "SNAPSHOT_DIGITS", FEW)
    monkeypatch.setattr(launch, "prepare_spare", lambda: None)  # no spare trainer


def trained(key: str = "lenet5", steps: tuple[int, ...] = STEPS) -> Run:
    """A run whose snapshots are so many different initial weights."""
    last = {"step": 4, "total_steps": 4, "epoch": 1, "tested_on": "20 test digits"}
    return make_run(Settings(model=key, epochs=1), steps=steps, weights=STEPS[-1], **last)


def sent(page: AppTest) -> Sent:
    """What the view was sent; the digits' pictures and the pulse are other components."""
    for component in page.get("bidi_component"):
        if component.proto.bytes:
            header, arrays = unpack(component.proto.bytes)
            if "snapshots" in header:
                return header, arrays
    raise AssertionError("the view is not on the page")


def test_each_snapshot_has_its_own_weights_in_the_order_of_steps(app: App) -> None:
    run = trained()
    header, arrays = sent(settled(app("time", digit="5")))
    assert [snapshot["step"] for snapshot in header["snapshots"]] == list(STEPS)
    assert header["snapshots"][1]["title"] == "Step 1 (epoch 0.25)"
    digits = load_digits("embedded")
    newest = networks.find_network(run.id)
    for i, network in enumerate(networks.snapshots_of(newest)):
        loaded = networks.load_network(network)
        model = loaded.model
        found = forward_pass(loaded, digits.test_images[5])
        assert arrays["probabilities"][i] == pytest.approx(found.probabilities, abs=1e-6)
        assert (arrays["filters"][i] == model.c1.weight[:, 0].numpy()).all()
        for stage, maps in enumerate(found.maps):
            limit = header["limits"][f"maps{stage}"]
            values = arrays[f"maps{stage}"][i] / 32767 * limit
            channels = arrays[f"channels{stage}"].astype(int)
            assert values == pytest.approx(maps.values[channels], abs=limit / 60_000)


def test_all_snapshots_lie_on_the_newest_ones_plane(app: App) -> None:
    run = trained()
    _, arrays = sent(settled(app("time")))
    digits = load_digits("embedded")
    index = arrays["index"].astype(int)
    found = [
        snapshot(
            networks.load_network(m), digits.test_images[index], digits.test_labels[index]
        ).vectors
        for m in networks.snapshots_of(networks.find_network(run.id))
    ]
    plane = principal_components(found[-1], 2)
    for i, vectors in enumerate(found):
        assert arrays["places"][i] == pytest.approx(plane.place(vectors), abs=1e-4)
    assert arrays["places"][-1].mean(axis=0) == pytest.approx([0, 0], abs=1e-4)


def test_a_training_that_goes_on_adds_its_snapshots(app: App) -> None:
    run = trained()
    page = settled(app("time"))
    add_snapshot(run, 8)
    header, arrays = sent(settled(page.run()))
    assert [snapshot["step"] for snapshot in header["snapshots"]] == [*STEPS, 8]
    assert len(arrays["probabilities"]) == 5


def test_a_snapshot_that_is_damaged_is_left_out(app: App) -> None:
    run = trained()
    snapshots.snapshot_path(run.path, 2).write_bytes(b"no weights")
    page = settled(app("time"))
    header, _ = sent(page)
    assert [snapshot["step"] for snapshot in header["snapshots"]] == [0, 1, 4]
    assert page.warning[0].value == "1 snapshot cannot be read and is left out."


def test_a_training_whose_snapshots_are_all_damaged_says_so(app: App) -> None:
    run = trained()
    for step in STEPS:
        snapshots.snapshot_path(run.path, step).write_bytes(b"no weights")
    assert "Choose another run" in settled(app("time")).warning[0].value


def test_another_digit_keeps_the_snapshots_and_changes_the_bars(app: App) -> None:
    trained()
    page = settled(app("time"))
    _, before = sent(page)
    header, after = sent(settled(page.number_input(key="digit").set_value(3).run()))
    assert (before["places"] == after["places"]).all()
    assert not np.allclose(before["probabilities"], after["probabilities"])
    assert header["title"].startswith("Test digit at index 3, labeled ")


def test_a_run_without_snapshots_is_not_offered(app: App) -> None:
    trained(steps=())
    page = app("time")
    assert "Nothing has been trained here yet" in page.info[0].value
    assert page.get("page_link")[0].proto.page == "train"


def test_who_has_trained_nothing_can_do_so_with_one_click(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Settings] = []

    def start(settings: Settings, *, preset: str) -> Run:
        assert preset == "quick"
        begun.append(settings)
        return trained(steps=(0,))  # the trainer has just kept its first snapshot

    monkeypatch.setattr(launch, "start_run", start)
    page = app("time")
    page.button[0].click().run()
    assert [settings.model for settings in begun] == ["lenet5"]
    assert begun[0].epochs == 1
    header, _ = sent(settled(page))
    assert [snapshot["step"] for snapshot in header["snapshots"]] == [0]


def test_a_training_is_there_before_its_first_checkpoint(app: App) -> None:
    run = trained()
    (run.path / "weights.safetensors").unlink()
    header, _ = sent(settled(app("time", run=run.id)))
    assert [snapshot["step"] for snapshot in header["snapshots"]] == list(STEPS)


def test_detectors_are_not_offered_and_a_sentence_says_where_they_are(app: App) -> None:
    trained("detr", steps=(0,))
    page = app("time")
    assert "Detectors" in page.info[0].value
    assert "their snapshots are on Detect" in page.info[0].value


def test_a_drawings_logit_is_the_newest_readable_snapshots_answer() -> None:
    run = trained()
    kept = networks.snapshots_of(networks.find_network(run.id))
    digit = load_digits("embedded").test_images[7, 0]
    image = InputImage(digit, None, "Your drawing")
    found = forward_pass(networks.load_network(kept[-2]), digit[None])
    snapshots.snapshot_path(run.path, STEPS[-1]).write_bytes(b"no weights")
    kept = networks.snapshots_of(networks.find_network(run.id))
    assert loaded_snapshots.target_class(kept, image) == found.probabilities.argmax()
    assert loaded_snapshots.target_class(kept, replace(image, label=4)) == 4


def test_weaker_channels_are_on_the_next_pages(app: App) -> None:
    run = trained()
    page = settled(app("time"))
    page.session_state["time_pages"] = {run.id: (0, 0, 1)}
    header, arrays = sent(page.run())
    late = header["stages"][2]
    assert (late["of"], late["page"], late["pages"]) == (120, 1, 8)
    loaded = networks.load_network(networks.snapshots_of(networks.find_network(run.id))[-1])
    maps = forward_pass(loaded, load_digits("embedded").test_images[0])
    assert arrays["channels2"].tolist() == strongest_channels(maps.maps[2].values, 1).tolist()


@pytest.mark.parametrize(("text", "step"), [("4", 4), ("", None), ("x", None), ("9" * 40, None)])
def test_the_snapshot_of_the_address_is_the_one_to_begin_at(
    app: App, text: str, step: int | None
) -> None:
    trained()
    header, _ = sent(settled(app("time", moment=text)))
    assert header["first"] == step


def test_a_step_without_a_snapshot_is_told_and_leaves_the_address(app: App) -> None:
    trained()
    page = settled(app("time", moment="77"))
    header, _ = sent(page)
    assert header["first"] is None
    steps = ", ".join(map(str, STEPS))
    assert [info.value for info in page.info] == [
        f"Ignored in the link: snapshot must be one of this run's: step {steps}, got “77”."
    ]
    assert "moment" not in page.query_params


def test_the_run_of_the_address_is_shown(app: App) -> None:
    first = trained()
    trained("sprint_cnn")
    page = settled(app("time", run=first.id))
    assert page.selectbox(key="time_run").value == first.id


def test_a_training_that_is_gone_is_said_to_be_and_leaves_the_address(app: App) -> None:
    first = trained()
    second = trained("sprint_cnn")
    page = settled(app("time", run=first.id, moment="2"))
    first.path.rename(first.path.parent.parent / "elsewhere")
    page.number_input(key="digit").set_value(3).run()
    assert page.info[0].value == (
        f"Ignored in the link: run must exist, got “{plain(first.id)}”: it may have been deleted. "
        "Showing the newest one with snapshots."
    )
    settled(page)
    assert page.selectbox(key="time_run").value == second.id
    header, _ = sent(page)
    assert (header["run"], header["first"]) == (second.id, None)
    assert not {"run", "moment"} & page.query_params.keys()


def test_a_link_to_a_training_that_never_was_says_so_with_runs_and_without(app: App) -> None:
    page = app("time", run="nope")
    missing = "Ignored in the link: run must exist, got “nope”: it may have been deleted."
    assert [info.value == missing for info in page.info] == [True, False]
    trained()
    assert app("time", run="nope").info[0].value == (
        f"{missing} Showing the newest one with snapshots."
    )


def test_a_training_without_snapshots_says_so_and_stays_in_the_address(app: App) -> None:
    trained()
    bare = trained(steps=())
    page = app("time", run=bare.id)
    assert "has no snapshots that can be shown here" in page.info[0].value
    assert page.query_params["run"] == bare.id


def test_one_bad_line_of_the_log_takes_only_the_rest_of_the_curves(app: App) -> None:
    run = trained()
    row = {"kind": "interval", "step": 1, "epoch": 0.25, "seconds": 1.0, "loss": 2.0}
    row |= {"gradient_norms": {}, "dead": {}}
    lines = [json.dumps(row), "{", json.dumps(row | {"step": 2})]
    (run.path / "metrics.jsonl").write_text("".join(f"{line}\n" for line in lines))
    page = settled(app("time"))
    header, arrays = sent(page)
    assert [snapshot["step"] for snapshot in header["snapshots"]] == list(STEPS)
    assert (arrays["steps"].tolist(), arrays["loss"].tolist()) == ([1], [2])
    assert header["torn"]
    assert "The log of this run is damaged" in page.warning[0].value
    assert page.get("page_link")[0].proto.page == "train"
