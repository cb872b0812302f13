"""The form of the Train page: what it offers, starts and refuses."""

import dataclasses
import errno
import os
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from cnnviz.training import launch
from cnnviz.training.engine.settings import PRESETS, Settings
from cnnviz.training.runs import store
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run
from cnnviz.ui.shell.markdown import as_sentence, plain
from tests.pages.reading import App, texts, whole
from tests.pages.train.train_page import badge, made

# Opening


def test_it_opens_alone_and_from_the_menu(app: App) -> None:
    from_menu = app("overview").switch_page("pages/train.py")
    for page in (whole(app("train")), whole(from_menu.run())):
        assert page.title[0].value == "Train"
        assert page.button(key="train").label == "Train"
        assert "No run yet. Press Train." in texts(page)
        assert "Embedded MNIST digits: 4,000 to train, 1,000 to test." in texts(page)


def test_a_link_chooses_the_architecture(app: App) -> None:
    page = app("train", train_model="LeNet-5")  # Streamlit puts the title into the address
    assert page.selectbox(key="train_model").value == "lenet5"
    assert page.number_input(key="train_learning_rate").value == 2e-3
    assert app("train", train_model="vgg<script>").selectbox(key="train_model").value == "mnist_cnn"


def test_the_settings_are_in_the_address_and_a_link_sets_them(
    app: App, started: list[tuple[Settings, str]]
) -> None:
    page = app("train")
    assert "train_setting" not in page.query_params
    whole(page.number_input(key="train_epochs").set_value(7).run())
    whole(page.selectbox(key="train_schedule").set_value("cosine").run())
    link = page.query_params["train_setting"]
    assert link == ["epochs:7", "schedule:cosine"]
    other = app("train", train_setting=link)
    assert other.number_input(key="train_epochs").value == 7
    whole(other.button(key="train").click().run())
    expected = PRESETS["quick"].settings("mnist_cnn").replace(epochs=7, schedule="cosine")
    assert started == [(expected, "")]


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("epochs:1000", "Epochs must be 1 to 100, got 1000."),
        ("learning_rate:fast", "Learning rate must be a number, got 'fast'."),
        ("schedule:<b>", "Schedule must be one of constant, cosine, one-cycle, got '<b>'."),
        ("model:vgg11", "setting must be name:value with one of epochs, batch_size,"),
    ],
)
def test_an_invalid_setting_of_a_link_is_refused_in_a_sentence(
    app: App, link: str, sentence: str
) -> None:
    page = app("train", train_setting=link)
    shown = page.info[0].value.replace("\\", "")
    assert shown.startswith(f"Ignored in the link: {sentence}")
    assert "train_setting" not in page.query_params
    assert page.number_input(key="train_epochs").value == 1


def test_a_link_fills_in_its_preset_in_a_session_that_was_here_before(app: App) -> None:
    page = whole(app("train"))
    page.number_input(key="train_epochs").set_value(7).run()
    page.query_params["train_preset"] = "lecture"
    page.query_params["train_model"] = "lenet5"
    whole(page.run())
    expected = PRESETS["lecture"].settings("lenet5")
    assert page.number_input(key="train_epochs").value == expected.epochs == 10
    assert page.number_input(key="train_batch_size").value == expected.batch_size
    assert page.number_input(key="train_learning_rate").value == expected.learning_rate


# Choices


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("model", ["mnist_cnn", "lenet5"])
def test_a_preset_fills_in_the_settings(
    app: App, preset: str, model: str, started: list[tuple[Settings, str]]
) -> None:
    page = app("train")
    page.selectbox(key="train_model").select(model).run()
    page.number_input(key="train_epochs").set_value(77).run()
    other = "fast" if preset != "fast" else "lecture"
    for choice in (other, preset):
        whole(page.segmented_control(key="train_preset").set_value(choice).run())
    expected = PRESETS[preset].settings(model)
    assert page.number_input(key="train_epochs").value == expected.epochs
    assert page.number_input(key="train_batch_size").value == expected.batch_size
    assert page.number_input(key="train_learning_rate").value == expected.learning_rate
    assert page.selectbox(key="train_schedule").value == expected.schedule
    whole(page.button(key="train").click().run())
    assert started == [(expected, preset)]


def test_a_changed_setting_is_trained_with_and_no_longer_called_the_preset(
    app: App,
    started: list[tuple[Settings, str]],
) -> None:
    page = app("train")
    page.number_input(key="train_epochs").set_value(3).run()
    page.selectbox(key="train_optimizer").select("sgd").run()
    whole(page.button(key="train").click().run())
    [(settings, preset)] = started
    expected = PRESETS["quick"].settings("mnist_cnn").replace(epochs=3, optimizer="sgd")
    assert (settings, preset) == (expected, "")


def test_a_number_typed_just_before_the_click_counts(
    app: App,
    started: list[tuple[Settings, str]],
) -> None:
    page = app("train")
    page.number_input(key="train_epochs").set_value(7)  # both arrive in one message
    whole(page.button(key="train").click().run())
    assert started[0][0].epochs == 7


def test_dropout_is_offered_only_where_the_network_has_it(
    app: App,
    started: list[tuple[Settings, str]],
) -> None:
    page = app("train")
    page.number_input(key="train_dropout").set_value(0.5).run()
    whole(page.selectbox(key="train_model").select("lenet5").run())
    assert "train_dropout" not in [number.key for number in page.number_input]
    whole(page.button(key="train").click().run())
    assert started[0][0].dropout == 0.0


def test_choices_that_do_not_go_together_are_a_sentence_and_no_button(
    app: App,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(self: Settings, **changes: Any) -> Settings:
        changed = dataclasses.replace(self, **changes)
        if changed.optimizer == "sgd" and changed.schedule == "cosine":
            raise ValueError("LeNet_5 and *cosine* do not go together")
        return changed

    monkeypatch.setattr(Settings, "replace", refuse)
    page = app("train")
    page.selectbox(key="train_optimizer").select("sgd").run()
    whole(page.selectbox(key="train_schedule").select("cosine").run())
    assert [e.value for e in page.error] == [as_sentence("LeNet_5 and *cosine* do not go together")]
    assert page.button(key="train").disabled
    whole(page.selectbox(key="train_schedule").select("constant").run())
    assert not page.error
    assert not page.button(key="train").disabled


def test_choices_outlive_a_visit_to_another_page(app: App) -> None:
    page = app("train")
    page.number_input(key="train_epochs").set_value(33).run()
    page.switch_page("pages/overview.py").run()
    whole(page.switch_page("pages/train.py").run())
    assert page.number_input(key="train_epochs").value == 33


# Starting


def test_train_starts_a_run_and_shows_it(app: App, started: list[tuple[Settings, str]]) -> None:
    older = made()
    page = app("train")
    whole(page.button(key="train").click().run())
    assert len(started) == 1
    [new] = [run for run in store.runs() if run != older]
    assert page.query_params["run"] in (new.id, [new.id])
    assert page.subheader[0].value == plain("MnistCNN, fully connected head · Quick look")
    assert badge(page) == "stopped"


def test_the_form_folds_when_a_training_starts(
    app: App, started: list[tuple[Settings, str]]
) -> None:
    page = app("train")
    assert page.session_state["train_form"] is True
    whole(page.button(key="train").click().run())
    assert started
    assert page.session_state["train_form"] is False
    page.switch_page("pages/overview.py").run()
    assert app("train", run=store.runs()[0].id).session_state["train_form"] is False


def test_the_form_stays_open_when_a_start_is_refused(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Run:
        raise RunError("4 trainings are queued already")

    monkeypatch.setattr(launch, "start_run", refuse)
    page = app("train")
    whole(page.button(key="train").click().run())
    assert page.session_state["train_form"] is True


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RunError("4 trainings are queued already"), "4 trainings are queued already"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "The disk is full: free some space"),
        (
            PermissionError(13, "Permission denied", "runs/_x_"),
            "Cannot access runs/_x_: Permission",
        ),
    ],
)
def test_a_refused_start_is_a_sentence_said_once(
    app: App, error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Run:
        raise error

    monkeypatch.setattr(launch, "start_run", refuse)
    page = app("train")
    whole(page.button(key="train").click().run())
    assert plain(sentence) in page.error[0].value
    assert not whole(page.run()).error


def test_damaged_mnist_is_a_warning_and_the_page_works(
    app: App, started: list[tuple[Settings, str]], tmp_path: Path
) -> None:
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"half a download")
    page = app("train")
    assert plain("must have 47,040,016 bytes, got 15") in page.warning[0].value
    assert "Embedded MNIST digits" in texts(page)
    whole(page.button(key="train").click().run())
    assert started[0][0].source == "embedded"  # as the page says, in place of a refusal


def test_damaged_mnist_chosen_all_the_same_is_refused_in_a_sentence(
    app: App, tmp_path: Path
) -> None:
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"half a download")
    page = app("train")
    page.selectbox(key="train_source").select("full").run()
    whole(page.button(key="train").click().run())
    assert plain("must have 47,040,016 bytes, got 15") in page.error[0].value
    assert store.runs() == []


# The list of runs


def test_a_spare_is_kept_ready_while_nothing_trains(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(launch, "prepare_spare", lambda: calls.append(1))
    app("train")
    assert calls
    run = made("running", step=10)
    calls.clear()
    with FileLock(run.path / "lock"):
        app("train")
    assert not calls


@pytest.mark.parametrize(("name", "value"), [("epochs", 5000), ("batch_size", 0), ("seed", -1)])
def test_a_number_out_of_its_range_is_refused_and_not_replaced(
    app: App, name: str, value: int
) -> None:
    page = app("train")
    whole(page.number_input(key=f"train_{name}").set_value(value).run())
    assert plain(f", got {value}") in page.error[0].value
    assert page.button(key="train").disabled


def test_an_emptied_number_goes_back_to_the_presets(app: App) -> None:
    page = app("train")
    whole(page.number_input(key="train_batch_size").set_value(None).run())
    assert (
        page.number_input(key="train_batch_size").value
        == PRESETS["quick"].settings("mnist_cnn").batch_size
    )
