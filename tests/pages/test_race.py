"""The Race page without a browser: what it offers, starts, refuses and says."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.training import launch
from cnnviz.training.engine.settings import Settings
from cnnviz.training.race import race
from cnnviz.training.race.race import Figures, Race
from cnnviz.training.runs import store
from cnnviz.training.runs.records import RunError, Status
from cnnviz.ui.race.form import RACERS

DASHBOARD = str(Path(__file__).parents[2] / "dashboard.py")

PAGE = "pages/race.py"


@pytest.fixture(autouse=True)
def no_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "prepare", lambda: None)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Sequence[Settings], str]]:
    """What the page has asked to race; no process is started."""
    asked: list[tuple[Sequence[Settings], str]] = []

    def start(settings: Sequence[Settings], *, preset: str = "") -> Race:
        asked.append((settings, preset))
        return made()

    monkeypatch.setattr(launch, "start_race", start)
    return asked


def opened() -> AppTest:
    app = AppTest.from_file(DASHBOARD, default_timeout=60)
    app.run()
    return whole(app.switch_page(PAGE).run())


def whole(app: AppTest) -> AppTest:
    assert [error.value for error in app.exception] == []
    assert "How to read this" in [expander.label for expander in app.expander]
    return app


def texts(app: AppTest) -> str:
    parts = (app.error, app.warning, app.caption, app.markdown, app.subheader)
    return "\n".join(element.value for kind in parts for element in kind)


def made(*, state: str = "finished", seeds: int = 2, **status: Any) -> Race:
    plan = race.plan(["lenet5", "vgg11"], preset="quick", seeds=range(seeds), source="embedded")
    found = race.create(plan, preset="quick", versions={})
    for one in found.contestants():
        known = {"step": 20, "total_steps": 20, "epoch": 2.0, "seconds": 3.0, "test_accuracy": 0.9}
        one.run.write_status(Status(state=state, **(known | status)))
        rows = [row(step) for step in range(1, 21)]
        (one.run.path / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    race.write_figures(found, {"lenet5": Figures(61_706, 416_520), "vgg11": Figures(9, 9)}, 4000)
    return found


def row(step: int) -> dict[str, Any]:
    place = {"kind": "interval", "step": step, "epoch": step / 10, "seconds": 0.1 * step}
    numbers = {"loss": 2.5 / step, "accuracy": 0.9, "images_per_second": 5000.0}
    more = {"learning_rate": 0.002, "gradient_norms": {"c1": 1.0}, "dead": {"r": 0.25}}
    return place | numbers | more


def button(app: AppTest, key: str) -> Any:
    return app.button(key=key)


def test_it_opens_alone_and_from_the_menu() -> None:
    whole(AppTest.from_file(DASHBOARD, default_timeout=60).switch_page(PAGE).run())
    app = opened()
    assert "No race yet" in texts(app)
    assert not button(app, "race_start").disabled


def test_one_click_starts_a_race_of_what_the_form_says(
    started: list[tuple[Sequence[Settings], str]],
) -> None:
    app = opened()
    whole(button(app, "race_start").click().run())
    [(settings, preset)] = started
    assert preset == "quick"
    assert [(s.model, s.seed, s.epochs) for s in settings] == [
        ("mnist_cnn", 0, 3),
        ("lenet5", 0, 3),
        ("resnet8", 0, 3),
    ]
    assert app.query_params["race"] == race.races()[0].id


def test_networks_seeds_preset_and_passes_are_the_readers(
    started: list[tuple[Sequence[Settings], str]],
) -> None:
    app = opened()
    app.multiselect(key="race_models").set_value(["vit", "vgg11"])
    app.number_input(key="race_epochs").set_value(7)
    app.segmented_control(key="race_seeds").set_value(2)
    app.segmented_control(key="race_preset").set_value("lecture")
    app.selectbox(key="race_source").set_value("embedded")
    whole(app.run())
    whole(button(app, "race_start").click().run())
    [(settings, preset)] = started
    assert preset == "lecture"
    assert [(s.model, s.seed, s.epochs, s.source) for s in settings] == [
        (model, seed, 7, "embedded") for model in ("vit", "vgg11") for seed in (0, 1)
    ]


def test_one_network_is_no_race() -> None:
    app = opened()
    whole(app.multiselect(key="race_models").set_value(["vit"]).run())
    assert button(app, "race_start").disabled
    assert "Choose 2 to 4 networks" in texts(app)


def test_no_detector_is_offered() -> None:
    assert "detr" not in RACERS
    assert len(RACERS) > 20


def test_a_refusal_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Race:
        raise RunError("4 trainings are waiting already: stop one of them first")

    monkeypatch.setattr(launch, "start_race", refuse)
    app = whole(button(opened(), "race_start").click().run())
    assert "4 trainings are waiting already" in texts(app)


def test_a_finished_race_is_shown_listed_and_deleted() -> None:
    found = made()
    app = opened()
    assert "LeNet\\-5 · VGG\\-11\\, 2 seeds" in texts(app)
    assert app.dataframe[0].value["State"].tolist() == ["finished"]
    assert app.dataframe[0].value["Best test accuracy"].tolist() == [90.0]
    assert "race_resume" not in [b.key for b in app.button]
    whole(button(app, "race_delete").click().run())
    assert (race.races(), store.runs()) == ([], [])
    assert "No race yet" in texts(app)
    assert not found.path.exists()


def test_a_race_that_is_over_says_who_won() -> None:
    found = made(seeds=4)
    for one in found.contestants():
        ahead = 0.01 if one.model == "vgg11" else 0.0
        last = {"kind": "epoch", "step": 20, "epoch": 2, "seconds": 3.0, "took": 1.5}
        tested = {"test_loss": 0.1, "test_accuracy": 0.9 + ahead, "confusion": [[0] * 10] * 10}
        with (one.run.path / "metrics.jsonl").open("a") as log:
            log.write(json.dumps(last | tested) + "\n")
    said = texts(opened())
    assert "VGG\\-11, 91.00%, 1.00 points ahead of LeNet\\-5" in said
    assert "one race of 35: believable" in said
    assert "to get 90.0% of the last 1,000 digits learned from right" in said


def test_a_stopped_race_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Race] = []
    monkeypatch.setattr(launch, "resume_race", asked.append)
    found = made(state="stopped")
    whole(button(opened(), "race_resume").click().run())
    assert asked == [found]


def test_a_live_race_can_be_paused_and_stopped_as_a_whole() -> None:
    found = made(state="running")
    each = [one.run for one in found.contestants()]
    with each[0].launching(), each[1].launching(), each[2].launching(), each[3].launching():
        app = opened()
        assert button(app, "race_delete").disabled
        whole(button(app, "race_pause").click().run())
        assert {run.control().want for run in each} == {"pause"}
        assert "pausing" in texts(app)  # at once, though no trainer has heard it
        assert button(app, "race_pause").disabled
        whole(button(app, "race_stop").click().run())
        assert {run.control().want for run in each} == {"stop"}


def test_the_address_names_a_race_and_an_unknown_one_is_forgotten() -> None:
    older = made()
    newer = race.create(
        race.plan(["vit", "swin"], preset="quick", seeds=[0], source="embedded"), versions={}
    )
    app = AppTest.from_file(DASHBOARD, default_timeout=60).switch_page(PAGE)
    app.query_params["race"] = older.id
    assert "LeNet" in "".join(s.value for s in whole(app.run()).subheader)
    app.query_params["race"] = "../../etc"
    whole(app.run())
    assert "That race is not here any more" in texts(app)
    # the address names what is shown: the newest that is on, or else the newest
    assert app.query_params["race"] in ([newer.id], newer.id, [older.id], older.id)
    assert app.query_params["race"] == race.races()[0].id


def test_a_look_that_finds_nothing_new_still_reaches_the_chart() -> None:
    made()
    app = opened()
    # the browser drops a message like the last, and the chart would not ask again
    first, second = (charted(app), charted(whole(app.run())))
    assert first.pop("look") != second.pop("look")
    assert first == second


def charted(app: AppTest) -> dict[str, Any]:
    """What the chart was last told, less its numbers."""
    sent = next(part.proto.bytes for part in app.get("bidi_component") if part.proto.bytes)
    found: dict[str, Any] = json.loads(sent[4 : 4 + int.from_bytes(sent[:4], "little")])
    return found


def test_what_failed_and_what_was_deleted_is_said() -> None:
    found = made()
    first, second, third, _ = [one.run for one in found.contestants()]
    first.write_status(Status(state="failed", message="The disk is full."))
    second.write_status(Status(state="diverged"))
    third.delete()
    app = opened()
    assert "seed 0\\: The disk is full\\." in texts(app)
    assert "seed 1 has diverged" in texts(app)


def test_a_damaged_log_is_one_sentence() -> None:
    found = made()
    (found.contestants()[0].run.path / "metrics.jsonl").write_text('{"kind": "interval"}\n')
    app = opened()
    assert "is damaged" in texts(app)
    assert app.get("bidi_component")  # the others are drawn


def linked(**address: Any) -> AppTest:
    app = AppTest.from_file(DASHBOARD, default_timeout=60).switch_page(PAGE)
    for name, value in address.items():
        app.query_params[name] = value
    return whole(app.run())


@pytest.mark.parametrize("names", [["lenet5", "mnist_cnn"], ["LeNet-5", "mnist_cnn"]])
def test_a_link_may_name_networks_by_key_or_title(names: list[str]) -> None:
    app = linked(race_models=names, race_source="embedded", race_preset="lecture")
    assert app.multiselect(key="race_models").value == ["lenet5", "mnist_cnn"]
    assert app.selectbox(key="race_source").value == "embedded"
    assert app.segmented_control(key="race_preset").value == "lecture"
    assert "The link also names" not in texts(app)


def test_what_a_link_names_in_vain_is_said() -> None:
    app = linked(race_models=["vit", "swin", "lenet6"])
    assert app.multiselect(key="race_models").value == ["vit", "swin"]
    assert "The link also names lenet6" in texts(app)
    app.multiselect(key="race_models").set_value(["vit", "vgg11"])
    assert "The link also names" not in texts(whole(app.run()))
    assert app.query_params["race_models"] == ["vit", "vgg11"]


def test_the_address_holds_the_digits_and_the_axis() -> None:
    made()
    app = linked(race_axis="GMAC")
    assert charted(app)["axis"] == "GMAC"
    app.selectbox(key="race_source").set_value("embedded")
    whole(app.run())
    assert app.query_params["race_source"] in ("embedded", ["embedded"])


def test_what_cannot_be_read_is_told_from_what_was_deleted() -> None:
    found = made(seeds=3)
    first, second, third = [one.run for one in found.contestants()[:3]]
    first.delete()
    (second.path / "config.json").write_text("[]")
    (third.path / "metrics.jsonl").write_text("garbage")  # no whole line
    said = texts(opened())
    assert "seed 0 \\(deleted\\)" in said
    assert "seed 1 \\(its settings cannot be read\\)" in said
    assert "seed 2 \\(its log is empty\\)" in said
    assert "fewer than two networks" in said


def test_a_race_stopped_before_its_first_pass_says_why_there_is_no_result() -> None:
    made(state="stopped", epoch=0.5, test_accuracy=None)
    said = texts(opened())
    assert "As far as it came" in said
    assert "not every seed has finished a pass" in said
