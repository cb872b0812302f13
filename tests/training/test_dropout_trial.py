import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.data.mnist import load_digits
from cnnviz.training import dropout_trial
from cnnviz.training.dropout_trial import (
    Accuracies,
    Differences,
    Pair,
    summarize,
    train_and_test,
)

DIGITS = load_digits("embedded")


class Nearest(nn.Module):
    """Answers a digit by the label of the nearest of the digits that it was given."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        super().__init__()
        self.images, self.labels = images.flatten(1), labels

    def forward(self, x: Tensor) -> Tensor:
        nearest = torch.cdist(x.flatten(1), self.images).argmin(dim=1)
        return nn.functional.one_hot(self.labels[nearest], 10).float()


def test_a_network_is_asked_about_what_it_learned_and_about_all_test_digits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cnnviz.data.normalization import normalize, to_unit_range

    class Trainer:
        def __init__(self, model: nn.Module, digits: object, settings: object, **_: object) -> None:
            self.model, self.digits, self.settings = model, digits, settings
            seen.append(self)

        def events(self) -> list[object]:
            pixels = normalize(to_unit_range(torch.from_numpy(self.digits.train_images)), size=28)  # type: ignore[attr-defined]
            labels = torch.from_numpy(self.digits.train_labels)  # type: ignore[attr-defined]
            self.model = Nearest(pixels, labels)
            return []

    seen: list[Trainer] = []
    monkeypatch.setattr(dropout_trial, "Trainer", Trainer)
    scores = train_and_test(DIGITS, dropout=0.3, seed=5)
    [trainer] = seen
    learned = trainer.digits.train_images.reshape(300, -1).astype(np.float32)  # type: ignore[attr-defined]
    asked = DIGITS.test_images.reshape(len(DIGITS.test_images), -1).astype(np.float32)
    distances = (asked**2).sum(1)[:, None] - 2 * asked @ learned.T + (learned**2).sum(1)
    answers = trainer.digits.train_labels[distances.argmin(axis=1)]  # type: ignore[attr-defined]
    assert scores.train == 1.0
    assert scores.test == pytest.approx((answers == DIGITS.test_labels).mean())
    assert (trainer.settings.dropout, trainer.settings.seed) == (0.3, 5)  # type: ignore[attr-defined]
    assert min(np.bincount(trainer.digits.train_labels)) >= 20  # type: ignore[attr-defined]


def test_few_digits_are_learned_by_heart_and_a_seed_decides_all() -> None:
    state = torch.random.get_rng_state()
    scores = train_and_test(DIGITS, dropout=0.0, seed=1)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert scores.train > 0.97
    assert 0.7 < scores.test < scores.train
    assert train_and_test(DIGITS, dropout=0.0, seed=1) == scores
    assert train_and_test(DIGITS, dropout=0.5, seed=1) != scores


def test_a_pair_is_compared_by_gap_and_by_test_accuracy() -> None:
    pair = Pair(Accuracies(1.0, 0.90), Accuracies(0.97, 0.91))
    assert pair.narrowing == pytest.approx(0.04)  # 10 points against 6
    assert pair.improvement == pytest.approx(0.01)


def test_differences_are_summed_up_and_a_rounding_is_no_difference() -> None:
    summary = summarize([0.03, 1e-12, -0.01])
    assert summary == Differences(1, 3, pytest.approx(0.02 / 3), -0.01, 0.03)
