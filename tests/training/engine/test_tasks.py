import json
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.data.canvases import canvases, held_out_canvases, preview_canvases
from cnnviz.data.mnist import Digits, preview_indices
from cnnviz.training.engine.detection import Score, Targets, decode_detections, hit_counts, set_loss
from cnnviz.training.engine.events import EpochEvent, IntervalEvent
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.setup import build_network
from cnnviz.training.engine.tasks import TASKS, Detect, evaluate_detection
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.runs.records import Preview

FewDigits = Callable[..., Digits]
CPU = torch.device("cpu")
SETTINGS = Settings(model="detr", epochs=2, batch_size=16, device="cpu", channels_last=False)


class Oracle(nn.Module):
    """Answer with what is on the canvases, whatever comes in."""

    def __init__(self, targets: Targets) -> None:
        super().__init__()
        count, digits = targets.labels.shape
        self.answer = torch.zeros(count, 1, digits, 15)
        classes = torch.where(targets.labels < 0, 10, targets.labels)
        self.answer[:, 0, :, :11] = 50.0 * nn.functional.one_hot(classes, 11)
        self.answer[:, 0, :, 11:] = targets.boxes
        self.start = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.start, start = self.start + len(x), self.start
        return self.answer[start : start + len(x)]


def targets_of(digits: Digits) -> tuple[torch.Tensor, Targets]:
    drawn = held_out_canvases(digits)
    arrays = (torch.from_numpy(array) for array in (drawn.images, drawn.labels, drawn.boxes))
    images, labels, boxes = arrays
    return images, Targets(labels, boxes)


def test_a_batch_is_decided_by_its_seed_and_step_alone(few_digits: FewDigits) -> None:
    task, chosen = Detect(SETTINGS, few_digits(40), CPU), torch.arange(5)
    np.random.default_rng(1)
    (first, one), (again, two) = task.batch(chosen, (3, 7)), task.batch(chosen, (3, 7))
    assert torch.equal(first, again)
    assert torch.equal(one.boxes, two.boxes)
    for key in ((3, 8), (4, 7)):
        assert not torch.equal(task.batch(chosen, key)[0], first)


def test_a_batch_is_the_canvases_normalized(few_digits: FewDigits) -> None:
    digits = few_digits(40)
    x, targets = Detect(SETTINGS, digits, CPU).batch(torch.tensor([4, 9]), (1, 2))
    random = np.random.default_rng((1, 2))
    drawn = canvases(digits.train_images, digits.train_labels, np.array([4, 9]), random)
    assert np.allclose(x.numpy(), (drawn.images / 255 - 0.1307) / 0.3081, atol=1e-5)
    assert targets.labels[:, 0].tolist() == digits.train_labels[[4, 9]].tolist()


def test_whoever_knows_the_canvases_has_an_f1_of_one(few_digits: FewDigits) -> None:
    digits = few_digits(20, 60)
    images, targets = targets_of(digits)
    result = evaluate_detection(Oracle(targets), images, targets)
    assert (result.accuracy, result.measures) == (1.0, {"precision": 1.0, "recall": 1.0})
    assert result.loss == pytest.approx(0, abs=1e-4)
    true = targets.labels[targets.labels >= 0].numpy()
    assert result.confusion == np.diag(np.bincount(true, minlength=10)).tolist()


def test_whoever_misses_each_canvass_first_digit_has_a_precision_of_one(
    few_digits: FewDigits,
) -> None:
    images, targets = targets_of(few_digits(20, 60))
    oracle = Oracle(targets)
    oracle.answer[:, 0, 0, :11] = torch.tensor([0.0] * 10 + [50.0])
    result = evaluate_detection(oracle, images, targets)
    there = int((targets.labels >= 0).sum())
    score = Score(there - 60, there - 60, there)
    assert (result.accuracy, result.measures["precision"]) == (score.f1, 1.0)
    assert result.measures["recall"] == (there - 60) / there


def test_a_tally_divides_to_f1(few_digits: FewDigits) -> None:
    _, targets = targets_of(few_digits(20, 60))
    scores = Oracle(targets).answer
    scores[::2, 0, 0, :11] = 0.0  # not sure of anything
    right, asked = Detect(SETTINGS, few_digits(20), CPU).tally(scores, targets)
    hits, found, there = hit_counts(decode_detections(scores), targets).tolist()
    assert int(right) / int(asked) == Score(hits, found, there).f1
    assert int(right) / int(asked) == pytest.approx(2 * (there - 30) / (2 * there - 30))


def test_training_tells_the_loss_of_its_own_batches_and_clips_its_gradient(
    few_digits: FewDigits,
) -> None:
    digits = few_digits(40)
    trainer = Trainer(build_network(SETTINGS), digits, SETTINGS, measure_every=0)
    events = trainer.events()
    first = next(event for event in events if isinstance(event, IntervalEvent))
    order = torch.randperm(40, generator=torch.Generator().manual_seed(0))[:16]
    x, targets = Detect(SETTINGS, digits, CPU).batch(order, (0, 0))
    assert first.loss == pytest.approx(
        set_loss(build_network(SETTINGS)(x), targets).item(), rel=1e-4
    )
    whole = torch.stack([p.grad.norm() for p in trainer.model.parameters() if p.grad is not None])
    assert whole.norm().item() == pytest.approx(0.1, rel=1e-3)


def test_an_epoch_tells_precision_and_recall_of_the_same_canvases(few_digits: FewDigits) -> None:
    digits = few_digits(32, 40)
    trainer = Trainer(build_network(SETTINGS), digits, SETTINGS)
    [first, second] = [event for event in trainer.events() if isinstance(event, EpochEvent)]
    assert first.epoch == 1
    expected = evaluate_detection(trainer.model, *targets_of(digits))
    assert (second.test_loss, second.measures) == (expected.loss, expected.measures)
    assert second.confusion == expected.confusion


@pytest.mark.parametrize("model", ["lenet5", "detr"])
def test_a_preview_fits_into_its_record(model: str, few_digits: FewDigits) -> None:
    settings, digits = Settings(model=model, device="cpu"), few_digits(20, 60)
    task = TASKS["classify" if model == "lenet5" else "detect"](settings, digits, CPU)
    fields = json.loads(json.dumps(task.preview(build_network(settings))))
    preview = Preview(step=1, kernel=[1, 1], filters=[], **fields)
    assert len(preview.answers) == (len(preview_indices(digits)) if model == "lenet5" else 0)
    assert len(preview.found) == (0 if model == "lenet5" else len(preview_canvases(digits).images))
