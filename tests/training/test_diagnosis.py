from typing import Any

import pytest

from cnnviz.models.catalog import architecture
from cnnviz.training.diagnosis import Hint, diagnose
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.history import History
from cnnviz.training.runs.records import Status
from tests.on_disk import make_run


def history(
    losses: list[float | None],
    *,
    dead: float | list[float] = 0.0,
    accuracies: list[float] | None = None,
    tests: list[float] | None = None,
) -> History:
    """An interval every 50 steps, and a test every five of them."""
    log = History(make_run())
    shares = dead if isinstance(dead, list) else [dead] * len(losses)
    right = accuracies or [0.9] * len(losses)
    rows = zip(losses, right, shares, strict=True)
    log.intervals = [
        {"step": 50 * i, "loss": loss, "accuracy": share, "dead": {"relu1": 0.1, "r2": silent}}
        for i, (loss, share, silent) in enumerate(rows, start=1)
    ]
    log.epochs = [
        {"step": 250 * i + 250, "epoch": i + 1, "test_accuracy": test}
        for i, test in enumerate(tests or [])
    ]
    return log


def hint(found: History, settings: Settings | None = None, **status: Any) -> Hint | None:
    step = found.intervals[-1]["step"] if found.intervals else 0
    given = {"state": "running", "step": step, "total_steps": 5000} | status
    hints = diagnose(settings or Settings(), Status(**given), found)
    assert len(hints) <= 1  # one thing at a time
    return hints[0] if hints else None


HEALTHY = [2.3, 1.2, 0.6, 0.4, 0.3, 0.25, 0.2, 0.18, 0.15, 0.14]


def test_a_healthy_run_gives_no_hint_at_any_moment() -> None:
    for seen in range(len(HEALTHY) + 1):
        tests = [0.93, 0.96][: seen // 5]
        accuracies = [0.2, 0.7, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.965, 0.97][:seen]
        assert hint(history(HEALTHY[:seen], accuracies=accuracies, tests=tests)) is None


def test_a_run_that_has_just_begun_is_given_time() -> None:
    assert hint(history([2.31, 2.3])) is None


def test_a_diverged_run_is_told_the_rate_it_had_and_one_that_is_known_to_work() -> None:
    usual = architecture(Settings().model).learning_rate  # a tenth of 0.5 diverges again
    advice = hint(history([2.3, None]), state="diverged", step=1234, learning_rate=0.5)
    assert advice is not None
    assert advice.key == "diverged"
    assert "at step 1,234" in advice.text
    assert "learning rate of 0.5" in advice.text
    assert advice.remedy == f"Restart with learning rate {usual:g}"
    assert advice.changes == {"learning_rate": usual}


def test_divergence_is_named_before_anything_else() -> None:
    advice = hint(history([2.4] * 10, dead=1.0), state="diverged")
    assert advice is not None
    assert advice.key == "diverged"


@pytest.mark.parametrize(
    ("rate", "better", "why"),
    [
        (0.1, 1e-3, "of 0.1 is too high to converge"),
        (1e-3, 1e-4, "of 0.001 is too high to converge"),
        (1e-6, 1e-3, "of 1e-06 is too low to change the weights"),
    ],
)
def test_a_loss_of_guessing_after_150_steps_is_stuck(rate: float, better: float, why: str) -> None:
    advice = hint(history([2.31, 2.32, 2.3]), Settings(learning_rate=rate))
    assert advice is not None
    assert advice.key == "stuck"
    assert "After 150 steps the loss is 2.30; guessing among ten classes gives 2.30" in advice.text
    assert why in advice.text
    assert advice.changes == {"learning_rate": pytest.approx(better)}


def test_a_run_shorter_than_150_steps_is_stuck_at_its_end() -> None:
    assert hint(history([2.31, 2.32]), total_steps=100) is not None


def test_a_run_that_was_stuck_and_got_away_is_healthy() -> None:
    assert hint(history([2.3, 2.3, 2.3, 2.3, 1.9])) is None


def test_the_rate_of_a_hint_is_the_one_chosen_last() -> None:
    advice = hint(history([2.4] * 4), Settings(learning_rate=1e-3), learning_rate=2.0)
    assert advice is not None
    assert advice.changes == {"learning_rate": architecture(Settings().model).learning_rate}


def test_a_layer_that_stays_dead_is_named_with_its_share() -> None:
    advice = hint(history(HEALTHY, dead=0.8), Settings(learning_rate=0.01))
    assert advice is not None
    assert advice.key == "dead"
    assert "80% of the channels of r2 were zero" in advice.text
    assert advice.changes == {"learning_rate": 0.001}


@pytest.mark.parametrize("last", [[0.9, 0.9, 0.1], [0.1, 0.9, 0.9], [0.74, 0.74, 0.74]])
def test_channels_that_are_silent_now_and_then_are_not_dead(last: list[float]) -> None:
    assert hint(history(HEALTHY, dead=[0.0] * 7 + last)) is None


def test_a_gap_between_train_and_test_is_overfitting() -> None:
    advice = hint(history(HEALTHY, accuracies=[1.0] * 10, tests=[0.96, 0.96]))
    assert advice is not None
    assert advice.key == "overfits"
    assert "Training accuracy is 100.0%, test accuracy only 96.0%" in advice.text
    assert advice.changes == {"augmentation": 1.0}


def test_one_lucky_batch_at_the_end_of_a_pass_is_no_overfitting() -> None:
    accuracies = [0.9] * 9 + [1.0]
    assert hint(history(HEALTHY, accuracies=accuracies, tests=[0.9, 0.91])) is None


def test_the_accuracy_of_a_pass_weighs_its_intervals_by_their_length() -> None:
    log = history(HEALTHY, accuracies=[1.0] * 9 + [0.5], tests=[0.96, 0.96])
    log.intervals[-1]["step"] = log.epochs[-1]["step"] = 451  # one batch behind the 450th
    told = hint(log)
    assert told is not None
    assert "Training accuracy is 99.8%," in told.text  # (200 x 1.0 + 1 x 0.5) / 201


def test_the_first_epoch_and_augmented_runs_are_not_called_overfitting() -> None:
    assert hint(history(HEALTHY, accuracies=[1.0] * 10, tests=[0.9])) is None
    augmented = Settings(augmentation=1.0)
    assert hint(history(HEALTHY, accuracies=[1.0] * 10, tests=[0.9, 0.9]), augmented) is None


@pytest.mark.parametrize("rate", [5.0, 0.5, 0.05, 0.005])
def test_a_remedy_leads_straight_to_a_rate_that_suits_the_network(rate: float) -> None:
    usual = architecture(Settings().model).learning_rate
    advice = hint(history([2.4] * 4), Settings(learning_rate=rate))
    assert advice is not None
    assert advice.changes == {"learning_rate": min(rate / 10, usual)}
    assert advice.remedy == f"Restart with learning rate {min(rate / 10, usual):g}"


def test_remedies_go_lower_each_time_until_the_run_learns() -> None:
    rates, settings = [], Settings(learning_rate=5.0)
    for _ in range(4):
        advice = hint(history([2.3, None]), settings, state="diverged")
        assert advice is not None
        settings = settings.replace(**advice.changes)
        rates.append(settings.learning_rate)
    assert rates == pytest.approx([1e-3, 1e-4, 1e-5, 1e-6])


@pytest.mark.parametrize("rate", [10.0, 1e-3, 1e-4, 1e-6])
def test_every_remedy_can_be_trained_with(rate: float) -> None:
    settings = Settings(learning_rate=rate)
    ill = [("diverged", history([None])), ("running", history([2.4] * 4))]
    for state, numbers in [*ill, ("running", history(HEALTHY, dead=1.0))]:
        advice = hint(numbers, settings, state=state)
        assert advice is not None
        assert settings.replace(**advice.changes) != settings or rate == 1e-6


def test_a_detectors_loss_is_not_judged_by_that_of_guessing_a_class() -> None:
    status = Status(state="running", step=400, total_steps=1000)
    assert diagnose(Settings(), status, history([9.0] * 8))[0].key == "stuck"
    assert diagnose(Settings(model="detr"), status, history([9.0] * 8)) == []
