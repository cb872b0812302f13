"""A trainer against a plain loop of PyTorch, and what its events say, on weights set by hand."""

import math
import time
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnnviz.data.mnist import Digits
from cnnviz.models.catalog import architecture
from cnnviz.models.catalog import basic as first
from cnnviz.models.inference import evaluate, logits
from cnnviz.training.engine.events import EpochEvent, IntervalEvent, StepEvent
from cnnviz.training.engine.schedules import SCHEDULES
from cnnviz.training.engine.settings import Settings
from tests.training.engine.trainers import assert_same, intervals, small, trainer

FewDigits = Callable[..., Digits]

MODELS = (*[row.key for row in first.ROWS], "resnet8")  # the last for its normalizations


def reference(
    digits: Digits, settings: Settings, kind: type[torch.optim.Optimizer], **options: float
) -> tuple[nn.Module, list[float], list[float]]:
    """The lecture's loop, as a beginner would write it: a batch, forward, backward, step."""
    torch.manual_seed(settings.seed)
    row = architecture(settings.model)
    model = row.build()
    frame = (row.input_size - 28) // 2
    learner = kind(model.parameters(), lr=settings.learning_rate, **options)
    losses, accuracies = [], []
    for epoch in range(settings.epochs):
        shuffle = torch.Generator().manual_seed(settings.seed * 1000 + epoch)
        order = torch.randperm(len(digits.train_labels), generator=shuffle).tolist()
        while order:
            batch, order = order[: settings.batch_size], order[settings.batch_size :]
            pictures = np.pad(
                digits.train_images[batch].astype(np.float32) / 255,
                ((0, 0), (0, 0), (frame, frame), (frame, frame)),
            )
            x = torch.from_numpy((pictures - np.float32(0.1307)) / np.float32(0.3081))
            labels = torch.from_numpy(digits.train_labels[batch])
            scores = model(x)
            loss = -scores.log_softmax(dim=1)[range(len(batch)), labels].mean()
            learner.zero_grad()
            loss.backward()
            learner.step()
            losses.append(loss.item())
            accuracies.append((scores.argmax(dim=1) == labels).float().mean().item())
    return model, losses, accuracies


OPTIMIZERS = {
    "adamw": (torch.optim.AdamW, {"weight_decay": 0.02}),
    "adam": (torch.optim.Adam, {"weight_decay": 0.02}),
    "sgd": (torch.optim.SGD, {"weight_decay": 0.02, "momentum": 0.9}),
}

# Against plain PyTorch


# in others Adam takes whole steps along gradients that are rounding alone: a key's bias has none
@pytest.mark.parametrize("model", [row.key for row in first.ROWS])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_weights_are_those_of_a_plain_loop(
    model: str, optimizer: str, few_digits: FewDigits
) -> None:
    digits = few_digits(40)  # batches of 16, 16 and 8
    settings = small(model=model, optimizer=optimizer, weight_decay=0.02, seed=5)
    kind, options = OPTIMIZERS[optimizer]
    expected, losses, accuracies = reference(digits, settings, kind, **options)
    training = trainer(digits, settings)
    seen = intervals(training.events())
    assert [event.loss for event in seen] == pytest.approx(losses, rel=1e-4)
    assert [event.accuracy for event in seen] == pytest.approx(accuracies)
    for weights, plain in zip(training.model.parameters(), expected.parameters(), strict=True):
        assert torch.allclose(weights, plain, rtol=1e-3, atol=2e-5)


@pytest.mark.parametrize("model", MODELS)
def test_pooling_first_and_channels_last_learn_the_same(model: str, few_digits: FewDigits) -> None:
    digits, settings = few_digits(40), small(model=model, optimizer="sgd")
    plain = intervals(trainer(digits, settings).events())
    quick = intervals(
        trainer(digits, settings.replace(pool_first=True, channels_last=True)).events()
    )
    assert [e.loss for e in quick] == pytest.approx([e.loss for e in plain], rel=1e-3)


def test_dropout_is_on_while_training_whatever_the_mode_before(few_digits: FewDigits) -> None:
    digits, settings = few_digits(40), small(dropout=0.5)
    ready, asleep = trainer(digits, settings), trainer(digits, settings)
    asleep.model.eval()
    list(ready.events())
    list(asleep.events())
    assert_same(ready, asleep)


@pytest.mark.parametrize("model", MODELS[:-1])
def test_the_loss_falls_and_the_answers_get_right(model: str, few_digits: FewDigits) -> None:
    settings = Settings(model=model, epochs=3, batch_size=32, device="cpu", learning_rate=2e-3)
    events = list(trainer(few_digits(600, 100), settings).events())
    seen, epochs = intervals(iter(events)), [e for e in events if isinstance(e, EpochEvent)]
    assert seen[0].loss == pytest.approx(math.log(10), abs=0.2)  # ten answers, equally likely
    assert np.mean([event.loss for event in seen[-5:]]) < 0.8
    assert epochs[-1].test_accuracy > 0.75


def test_mixed_precision_learns_too(few_digits: FewDigits) -> None:
    settings = small(precision="bfloat16", epochs=6, learning_rate=2e-3)
    seen = intervals(trainer(few_digits(160), settings).events())
    assert np.mean([event.loss for event in seen[-5:]]) < seen[0].loss / 2


def test_a_test_in_mixed_precision_counts_what_the_saved_network_gets_right(
    few_digits: FewDigits,
) -> None:
    digits = few_digits(160, 100)
    training = trainer(digits, small(precision="bfloat16", epochs=1))
    tested = next(event for event in training.events() if isinstance(event, EpochEvent))
    again = evaluate(  # as every page does: in float32
        training.model,
        torch.from_numpy(digits.test_images),
        torch.from_numpy(digits.test_labels),
        size=architecture(training.settings.model).input_size,
    )
    assert (tested.test_loss, tested.test_accuracy) == (again.loss, again.accuracy)
    previewed = training.preview()
    shown = torch.from_numpy(digits.test_images[previewed["indices"]])
    sure = logits(training.model, shown, size=architecture(training.settings.model).input_size)
    assert previewed["confidences"] == pytest.approx(sure.softmax(1).amax(1).tolist(), abs=0.6e-4)


# What the events say


def test_an_epoch_does_not_end_with_an_interval_of_a_few_images(few_digits: FewDigits) -> None:
    training = trainer(few_digits(116), small(epochs=1), every=60)  # 7 batches of 16, one of 4
    steps = []
    for event in training.events():
        if isinstance(event, IntervalEvent):
            steps.append(event.step)
        elif isinstance(event, StepEvent):
            training.exclude_time(-50)  # as if each step took so many seconds longer
    assert steps == [1, 3, 5, 8]  # not 7: it would leave an interval of four images


def test_a_pass_is_intervals_then_its_test_then_its_last_step(few_digits: FewDigits) -> None:
    events = list(trainer(few_digits(40), small()).events())
    one_pass = [
        IntervalEvent,
        StepEvent,
        IntervalEvent,
        StepEvent,
        IntervalEvent,
        EpochEvent,
        StepEvent,
    ]
    assert [type(event) for event in events] == one_pass * 2
    assert [e.step for e in events if isinstance(e, StepEvent)] == [1, 2, 3, 4, 5, 6]
    assert [(e.epoch, e.step) for e in events if isinstance(e, EpochEvent)] == [(1, 3), (2, 6)]


@pytest.mark.parametrize("every", [0, 0.02, math.inf])
def test_the_intervals_account_for_every_image(every: float, few_digits: FewDigits) -> None:
    digits = few_digits(100)
    seconds, counted, right, loss = 0.0, 0.0, 0.0, 0.0
    for event in trainer(digits, small(), every=every).events():
        if isinstance(event, IntervalEvent):
            images = event.images_per_second * (event.seconds - seconds)
            counted += images
            right += event.accuracy * images
            loss += event.loss * images
        if not isinstance(event, StepEvent):
            seconds = event.seconds
    assert counted == pytest.approx(200)
    _, losses, accuracies = reference(digits, small(), torch.optim.AdamW)
    sizes = [16, 16, 16, 16, 16, 16, 4] * 2
    assert right == pytest.approx(np.dot(accuracies, sizes))
    assert loss == pytest.approx(np.dot(losses, sizes), rel=1e-4)


def test_a_pause_is_not_counted_as_training(few_digits: FewDigits) -> None:
    training = trainer(few_digits(40), small(), every=math.inf)
    began = time.perf_counter()
    for event in training.events():
        if event == StepEvent(2):
            training.flush()
            time.sleep(0.2)
            training.resume_clock()
    assert 0 < training.seconds <= time.perf_counter() - began - 0.2


def test_an_epoch_is_what_a_test_of_the_model_says(few_digits: FewDigits) -> None:
    digits = few_digits(40, 30)
    for event in (found := trainer(digits, small())).events():
        if isinstance(event, EpochEvent):
            x = (torch.from_numpy(digits.test_images).float() / 255 - 0.1307) / 0.3081
            with torch.no_grad():
                scores = found.model(x)
            labels = torch.from_numpy(digits.test_labels)
            counts = np.zeros((10, 10), int)
            np.add.at(counts, (labels.numpy(), scores.argmax(1).numpy()), 1)
            assert event.confusion == counts.tolist()
            assert event.test_accuracy == np.trace(counts) / 30
            assert event.test_loss == pytest.approx(F.cross_entropy(scores, labels).item())


def test_no_hook_stays_on_the_model(few_digits: FewDigits) -> None:
    training = trainer(few_digits(40), small())
    list(training.events())
    assert not any(module._forward_hooks for module in training.model.modules())


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_learning_rate_follows_its_schedule(schedule: str, few_digits: FewDigits) -> None:
    settings = small(schedule=schedule, learning_rate=0.01)
    rates = [event.learning_rate for event in intervals(trainer(few_digits(40), settings).events())]
    assert rates == [0.01 * SCHEDULES[schedule](step / 6) for step in range(6)]


def test_the_learning_rate_can_be_changed_on_the_way(few_digits: FewDigits) -> None:
    training = trainer(few_digits(40), small())
    rates = []
    for event in training.events():
        if isinstance(event, IntervalEvent):
            rates.append(event.learning_rate)
        if isinstance(event, StepEvent) and event.step == 3:
            training.learning_rate = 0.5
    assert rates == [0.001] * 3 + [0.5] * 3


def test_a_previews_answers_leave_the_training_as_it_was(
    few_digits: FewDigits,
) -> None:
    digits = few_digits(40)
    quiet, asked = trainer(digits, small(dropout=0.5)), trainer(digits, small(dropout=0.5))
    list(quiet.events())
    for _ in asked.events():
        preview = asked.preview()
        assert len(preview["answers"]) == len(preview["confidences"])
        assert all(0.1 <= share <= 1 for share in preview["confidences"])
    assert_same(quiet, asked)


# Diverging


def test_a_network_of_nan_diverges_at_once(few_digits: FewDigits) -> None:
    training = trainer(few_digits(40), small())
    nn.init.constant_(next(training.model.parameters()), math.nan)
    events = list(training.events())
    assert training.diverged
    assert [type(event) for event in events] == [IntervalEvent, StepEvent]


@pytest.mark.parametrize("every", [0, math.inf])
def test_a_learning_rate_far_too_high_diverges(every: float, few_digits: FewDigits) -> None:
    settings = small(optimizer="sgd", learning_rate=10.0, epochs=20)
    training = trainer(few_digits(64), settings, every=every)
    events = list(training.events())
    assert training.diverged
    assert training.step < training.total_steps
    assert isinstance(events[-1], StepEvent)


def test_a_gradient_that_is_not_finite_diverges_before_the_weights_are_shown(
    few_digits: FewDigits,
) -> None:
    training = trainer(few_digits(16), small())
    next(training.model.parameters()).register_hook(lambda gradient: gradient * math.inf)
    assert [type(event) for event in training.events()] == [IntervalEvent, StepEvent]
    assert training.diverged


def test_weights_that_blow_up_in_the_very_last_step_are_no_success(few_digits: FewDigits) -> None:
    training = trainer(few_digits(40), small(optimizer="sgd"))
    for event in training.events():
        if event.step == 5 and isinstance(event, StepEvent):
            training.learning_rate = 1e38
    assert training.step == training.total_steps
    assert training.diverged


# Going on where it stopped


def test_a_device_that_is_not_there_is_refused(few_digits: FewDigits) -> None:
    missing = "mps" if torch.cuda.is_available() else "cuda"
    if torch.backends.mps.is_available():
        missing = "cuda"
    with pytest.raises(ValueError, match=f"device must be .*cpu on this machine, got '{missing}'"):
        trainer(few_digits(16), small(device=missing))
