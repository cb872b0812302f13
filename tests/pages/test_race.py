"""The Race page without a browser: what it offers, starts, refuses and says."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.training import launch
from cnnviz.training.engine.settings import Settings
from cnnviz.training.race import race
from cnnviz.training.race.costs import NetworkCost
from cnnviz.training.race.race import Race
from cnnviz.training.runs import store
from cnnviz.training.runs.records import RunError, Status
from cnnviz.ui.race.form import FORM, RACERS
from cnnviz.ui.shell.markdown import plain
from tests.on_disk import interval_row, make_race
from tests.pages.reading import App, drawn_to_its_end, texts, whole


@pytest.fixture(autouse=True)
def no_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "prepare_spare", lambda: None)


@pytest.fixture
def app(app: App) -> App:
    """Open pages as ever; the Race page must be drawn to its end."""

    return drawn_to_its_end(app, "race")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Sequence[Settings], str]]:
    """What the page has asked to race; no process is started."""
    asked: list[tuple[Sequence[Settings], str]] = []

    def start(settings: Sequence[Settings], *, preset: str = "") -> Race:
        asked.append((settings, preset))
        return made()

    monkeypatch.setattr(launch, "start_race", start)
    return asked


def made(*, state: str = "finished", seeds: int = 2, **status: Any) -> Race:
    """A race of 20 steps."""
    known = {"step": 20, "total_steps": 20, "epoch": 2.0, "seconds": 3.0, "test_accuracy": 0.9}
    log = [interval_row(step, dead={"r": 0.25}) for step in range(1, 21)]
    written = make_race(state=state, seeds=seeds, log=log, **(known | status))
    written.write_network_costs(
        {"lenet5": NetworkCost(61_706, 416_520), "vgg11": NetworkCost(9, 9)}, 4000
    )
    return written


def button(page: AppTest, key: str) -> Any:
    return page.button(key=key)


def test_it_opens_alone_and_from_the_menu(app: App) -> None:
    from_menu = app("overview").switch_page("pages/race.py")
    for page in (app("race"), from_menu.run()):
        assert "No race yet" in texts(whole(page))
        assert not button(page, "race_start").disabled


def test_one_click_starts_a_race_of_what_the_form_says(
    app: App,
    started: list[tuple[Sequence[Settings], str]],
) -> None:
    page = app("race")
    whole(button(page, "race_start").click().run())
    [(settings, preset)] = started
    assert preset == "quick"
    assert [(s.model, s.seed, s.epochs) for s in settings] == [
        ("mnist_cnn", 0, 3),
        ("lenet5", 0, 3),
        ("resnet8", 0, 3),
    ]
    assert page.query_params["race"] == race.races()[0].id


def test_networks_seeds_preset_and_passes_are_the_readers(
    app: App,
    started: list[tuple[Sequence[Settings], str]],
) -> None:
    page = app("race")
    page.multiselect(key="race_models").set_value(["vit", "vgg11"])
    page.number_input(key="race_epochs").set_value(7)
    page.segmented_control(key="race_seeds").set_value(2)
    page.segmented_control(key="race_preset").set_value("lecture")
    page.selectbox(key="race_source").set_value("embedded")
    whole(page.run())
    whole(button(page, "race_start").click().run())
    [(settings, preset)] = started
    assert preset == "lecture"
    assert [(s.model, s.seed, s.epochs, s.source) for s in settings] == [
        (model, seed, 7, "embedded") for model in ("vit", "vgg11") for seed in (0, 1)
    ]


def test_one_network_is_no_race(app: App) -> None:
    page = app("race")
    whole(page.multiselect(key="race_models").set_value(["vit"]).run())
    assert button(page, "race_start").disabled
    assert "Choose 2 to 4 networks" in texts(page)


def test_no_detector_is_offered() -> None:
    assert "detr" not in RACERS
    assert len(RACERS) > 20


def test_a_refusal_is_said(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Race:
        raise RunError("at most 4 trainings may be queued, got 4: stop one first")

    monkeypatch.setattr(launch, "start_race", refuse)
    page = whole(button(app("race"), "race_start").click().run())
    assert plain("At most 4 trainings may be queued, got 4: stop one first") in texts(page)


def test_a_finished_race_is_shown_listed_and_deleted(app: App) -> None:
    found = made()
    page = app("race")
    assert "LeNet\\-5 · VGG\\-11\\, 2 seeds" in texts(page)
    assert page.dataframe[0].value["State"].tolist() == ["finished"]
    assert page.dataframe[0].value["Best test accuracy"].tolist() == [90.0]
    assert "race_resume" not in [b.key for b in page.button]
    whole(button(page, "race_delete").click().run())
    assert (race.races(), store.runs()) == ([], [])
    assert "No race yet" in texts(page)
    assert not found.path.exists()
    assert "Deleted: LeNet" in texts(page)
    page = whole(button(page, "race_delete_undo").click().run())
    assert race.races() == [found]
    assert {run.id for run in store.runs()} == {entry.run.id for entry in found.entries()}
    assert "Deleted: " not in texts(page)
    assert "LeNet\\-5 · VGG\\-11\\, 2 seeds" in texts(page)


def test_a_race_that_is_over_says_who_won(app: App) -> None:
    found = made(seeds=4)
    for one in found.entries():
        ahead = 0.01 if one.model == "vgg11" else 0.0
        last = {"kind": "epoch", "step": 20, "epoch": 2, "seconds": 3.0, "took": 1.5}
        tested = {"test_loss": 0.1, "test_accuracy": 0.9 + ahead, "confusion": [[0] * 10] * 10}
        with (one.run.path / "metrics.jsonl").open("a") as log:
            log.write(json.dumps(last | tested) + "\n")
    page = app("race")
    assert not page.session_state[FORM]  # folded: the result is on the first screen
    said = texts(page)
    assert "**VGG\\-11 won**: after epoch 1 it classifies 91.00% of the test digits" in said
    assert said.index("**VGG\\-11 won**") < said.index("**Result**")
    assert "VGG\\-11, 91.00%, 1.00 percentage points ahead of LeNet\\-5" in said
    assert "1 of 35 races: significant" in said
    assert "to reach 90.0% training accuracy on the last 1,000 digits" in said


def test_an_experiment_that_sets_up_a_race_opens_the_form(app: App) -> None:
    made()
    page = app("race")
    assert not page.session_state[FORM]
    page.button(key="experiment_race_0").click()
    whole(page.run())
    assert page.session_state[FORM]


def test_a_stopped_race_goes_on(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Race] = []
    monkeypatch.setattr(launch, "resume_race", asked.append)
    found = made(state="stopped")
    whole(button(app("race"), "race_resume").click().run())
    assert asked == [found]


def test_a_live_race_can_be_paused_and_stopped_as_a_whole(app: App) -> None:
    found = made(state="running")
    each = [one.run for one in found.entries()]
    with each[0].launching(), each[1].launching(), each[2].launching(), each[3].launching():
        page = app("race")
        assert button(page, "race_delete").disabled
        whole(button(page, "race_pause").click().run())
        assert {run.control().want for run in each} == {"pause"}
        assert "pausing" in texts(page)  # at once, though no trainer has heard it
        assert button(page, "race_pause").disabled
        whole(button(page, "race_stop").click().run())
        assert {run.control().want for run in each} == {"stop"}


def test_the_address_names_a_race_and_an_unknown_one_is_forgotten(app: App) -> None:
    older = made()
    newer = make_race(["vit", "swin"], seeds=1, state="queued")
    page = app("race", race=older.id)
    assert "LeNet" in "".join(s.value for s in page.subheader)
    page.query_params["race"] = "../../etc"
    whole(page.run())
    assert (
        f"Ignored in the link: race must exist, got “{plain('../../etc')}”: it may have been "
        "deleted. Showing the newest." in texts(page)
    )
    # the address names what is shown: the newest that is on, or else the newest
    assert page.query_params["race"] in ([newer.id], newer.id, [older.id], older.id)
    assert page.query_params["race"] == race.races()[0].id


def test_an_update_that_finds_nothing_new_still_reaches_the_chart(app: App) -> None:
    made()
    page = app("race")
    # the browser drops a message like the last, and the chart would not ask again
    first, second = (charted(page), charted(whole(page.run())))
    assert first.pop("update") != second.pop("update")
    assert first == second


def charted(page: AppTest) -> dict[str, Any]:
    """What the chart was last told, less its numbers."""
    sent = next(part.proto.bytes for part in page.get("bidi_component") if part.proto.bytes)
    found: dict[str, Any] = json.loads(sent[4 : 4 + int.from_bytes(sent[:4], "little")])
    return found


def test_what_failed_and_what_was_deleted_is_said(app: App) -> None:
    found = made()
    first, second, third, _ = [one.run for one in found.entries()]
    first.write_status(Status(state="failed", message="The disk is full."))
    second.write_status(Status(state="diverged"))
    third.delete()
    page = app("race")
    assert "seed 0\\: The disk is full\\." in texts(page)
    assert "seed 1 diverged" in texts(page)


def test_a_damaged_log_is_one_sentence(app: App) -> None:
    found = made()
    (found.entries()[0].run.path / "metrics.jsonl").write_text('{"kind": "interval"}\n')
    page = app("race")
    assert "is damaged" in texts(page)
    assert page.get("bidi_component")  # the others are drawn


@pytest.mark.parametrize("names", [["lenet5", "mnist_cnn"], ["LeNet-5", "mnist_cnn"]])
def test_a_link_may_name_networks_by_key_or_title(app: App, names: list[str]) -> None:
    page = app("race", race_models=names, race_source="embedded", race_preset="lecture")
    assert page.multiselect(key="race_models").value == ["lenet5", "mnist_cnn"]
    assert page.selectbox(key="race_source").value == "embedded"
    assert page.segmented_control(key="race_preset").value == "lecture"
    assert "Ignored in the link" not in texts(page)


def test_a_message_names_an_unknown_network_of_a_link(app: App) -> None:
    page = app("race", race_models=["vit", "swin", "lenet6"])
    assert page.multiselect(key="race_models").value == ["vit", "swin"]
    assert "networks must be one of those offered here, at most 4, got “lenet6”" in texts(page)
    page.multiselect(key="race_models").set_value(["vit", "vgg11"])
    assert "Ignored in the link" not in texts(whole(page.run()))
    assert page.query_params["race_models"] == ["vit", "vgg11"]


def test_the_address_holds_the_digits_and_the_axis(app: App) -> None:
    made()
    page = app("race", race_axis="GMAC")
    assert charted(page)["axis"] == "GMAC"
    page.selectbox(key="race_source").set_value("embedded")
    whole(page.run())
    assert page.query_params["race_source"] in ("embedded", ["embedded"])


def test_what_cannot_be_read_is_told_from_what_was_deleted(app: App) -> None:
    found = made(seeds=3)
    first, second, third = [one.run for one in found.entries()[:3]]
    first.delete()
    (second.path / "config.json").write_text("[]")
    (third.path / "metrics.jsonl").write_text("garbage")  # no whole line
    said = texts(app("race"))
    assert "seed 0 \\(deleted\\)" in said
    assert "seed 1 \\(its settings cannot be read\\)" in said
    assert "seed 2 \\(its log is empty\\)" in said
    assert "fewer than two networks" in said


def test_a_race_stopped_before_its_first_pass_says_why_there_is_no_result(app: App) -> None:
    made(state="stopped", epoch=0.5, test_accuracy=None)
    said = texts(app("race"))
    assert "Result so far" in said
    assert "not every seed has finished an epoch" in said
