import math

import pytest
import torch
from torch import Tensor, nn

from cnnviz.models.inference import evaluate, evaluating, logits


class Reader(nn.Module):
    """Answer with the value of the top left pixel, as surely as `sure` says."""

    def __init__(self, sure: float = 5.0) -> None:
        super().__init__()
        self.sure = sure
        self.calls: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        self.calls.append(len(x))
        read = (x[:, 0, 0, 0] * 0.3081 + 0.1307) * 255
        return self.sure * nn.functional.one_hot(read.round().long(), 10)


def pixels(answers: list[int]) -> Tensor:
    given = torch.zeros(len(answers), 1, 28, 28, dtype=torch.uint8)
    given[:, 0, 0, 0] = torch.tensor(answers, dtype=torch.uint8)
    return given


def test_the_confusion_is_counted_by_hand() -> None:
    answers, truth = [1, 1, 1, 7, 9], [1, 7, 7, 7, 9]
    result = evaluate(Reader(), pixels(answers), torch.tensor(truth), size=28)
    expected = [[0] * 10 for _ in range(10)]
    expected[1][1] = expected[7][7] = expected[9][9] = 1
    expected[7][1] = 2  # true sevens that were taken for ones
    assert result.confusion == expected


def test_the_loss_is_worked_out_by_hand() -> None:
    result = evaluate(Reader(sure=2), pixels([3, 4]), torch.tensor([3, 5]), size=28)
    normalizer = math.log(math.exp(2) + 9)
    assert result.loss == pytest.approx((normalizer - 2 + normalizer - 0) / 2)


def test_the_accuracy_is_an_exact_ratio() -> None:
    answers = [0] * 997 + [1] * 3
    result = evaluate(Reader(), pixels(answers), torch.zeros(1000, dtype=torch.int64), size=28)
    assert result.accuracy == 0.997  # not its nearest neighbor in float32


def test_all_digits_are_asked_whatever_the_batch() -> None:
    reader = Reader()
    scores = logits(reader, pixels([1, 2, 3, 4, 5]), size=28, batch=2)
    assert scores.argmax(dim=1).tolist() == [1, 2, 3, 4, 5]
    assert reader.calls == [2, 2, 1]
    assert scores.dtype == torch.float32


def test_no_gradients_are_recorded() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    assert not logits(model, pixels([1]), size=28).requires_grad


def test_dropout_is_off_while_evaluating() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(784, 10))
    given = torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8)
    assert torch.equal(logits(model, given, size=28), logits(model, given, size=28))


def test_every_module_comes_back_in_the_mode_it_was_in() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(), nn.BatchNorm1d(2))
    model.train()
    model[2].eval()  # a frozen layer
    with evaluating(model):
        assert not any(module.training for module in model.modules())
    assert [module.training for module in model.modules()] == [True, True, True, False]


def test_the_mode_comes_back_after_an_exception() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(5, 10)).train()
    with pytest.raises(RuntimeError):
        logits(model, pixels([1]), size=28)  # 784 values do not fit 5
    assert all(module.training for module in model.modules())
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
