import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.data.mnist import MEAN, STD, load_digits
from cnnviz.evaluation.shift_and_scale import (
    accuracy_by_canvas,
    accuracy_by_shift,
    accuracy_by_size,
    scaled_digits,
    translated_digits,
    with_average_pooling,
)
from cnnviz.models.inference import evaluate, logits
from cnnviz.training.runs import networks

DIGITS = load_digits("embedded")
PIXELS = torch.from_numpy(DIGITS.test_images[:100])
LABELS = torch.from_numpy(DIGITS.test_labels[:100])


@pytest.mark.parametrize(("right", "down"), [(0, 0), (1, 0), (0, 2), (-3, 1), (2, -4), (28, 0)])
def test_moving_agrees_with_moving_pixel_by_pixel(right: int, down: int) -> None:
    picture = torch.arange(2 * 28 * 28, dtype=torch.float32).reshape(2, 1, 28, 28) + 1
    result = translated_digits(picture, right, down)
    for row in range(28):
        for column in range(28):
            y, x = row - down, column - right
            inside = 0 <= y < 28 and 0 <= x < 28
            expected = picture[..., y, x] if inside else torch.zeros(2, 1)
            assert torch.equal(result[..., row, column], expected)


def test_a_digit_of_mnists_own_size_stays_as_it_is_on_any_canvas() -> None:
    for side in (28, 40):
        margin = (side - 28) // 2
        expected = torch.nn.functional.pad(PIXELS, [margin] * 4).int()
        assert (
            scaled_digits(DIGITS.test_images[:100], 20, side=side).int() - expected
        ).abs().max() <= 1


def test_an_enlarged_digit_keeps_its_shape() -> None:
    large = scaled_digits(DIGITS.test_images[:20], 40, side=56).float()
    small = nn.functional.avg_pool2d(large, 2)  # back from twice the size
    ink = [image.nonzero()[:, 0] for image in large[:, 0]]
    assert max(int(rows.max() - rows.min()) + 1 for rows in ink) == 40
    assert torch.corrcoef(torch.stack([small.flatten(), PIXELS[:20].flatten()]))[0, 1] > 0.95


def test_a_fully_convolutional_network_takes_a_larger_canvas_and_the_other_cannot() -> None:
    convolutional = networks.load_network(networks.find_network("shipped-mnist_fcn")).model
    connected = networks.load_network(networks.find_network("shipped-mnist_cnn")).model
    assert logits(convolutional, PIXELS, size=40).shape == (100, 10)
    with pytest.raises(RuntimeError, match=r"100x6400 and 3136x128"):  # 64 * 10 * 10 values
        logits(connected, PIXELS, size=40)


def test_accuracy_counts_right_answers() -> None:
    class Seven(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.eye(10)[7].expand(len(x), 10)

    assert (
        evaluate(Seven(), PIXELS, LABELS, size=28).accuracy
        == (DIGITS.test_labels[:100] == 7).mean()
    )


def test_average_pooling_takes_the_place_of_the_maximum_in_a_copy() -> None:
    model = networks.load_network(networks.find_network("shipped-mnist_fcn")).model
    changed = with_average_pooling(model)
    kinds = {type(m) for m in changed.modules()}
    assert nn.AdaptiveAvgPool2d in kinds
    assert nn.AdaptiveMaxPool2d not in kinds
    assert any(isinstance(m, nn.AdaptiveMaxPool2d) for m in model.modules())
    assert changed.conv1.weight is model.conv1.weight
    with pytest.raises(ValueError, match="must have global max pooling, got none"):
        with_average_pooling(nn.ReLU())


INK = 99.5  # of 255


class InkSeen(nn.Module):
    """Answers 1 if a window of the image has ink in it, else 0; the window is given in pixels."""

    def __init__(self, rows: slice, columns: slice) -> None:
        super().__init__()
        self.window = rows, columns

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows, columns = self.window
        window = (x[:, 0, rows, columns] * STD + MEAN) * 255
        return torch.eye(10)[(window > INK).flatten(1).any(dim=1).long()]


def test_accuracy_by_shift_follows_the_ink() -> None:
    images, right_edge = DIGITS.test_images[:60], InkSeen(slice(0, 28), slice(24, 28))
    ones = np.ones(60, np.int64)  # "there is ink at the right edge" is the right answer
    shifts = (-4, 0, 2, 6)
    expected = [
        float((images[:, 0, :, max(24 - by, 0) : min(28 - by, 28)] > INK).any(axis=(1, 2)).mean())
        for by in shifts
    ]
    assert accuracy_by_shift(right_edge, images, ones, shifts) == pytest.approx(expected)
    assert 0 == expected[0] < expected[2] < expected[3]


def test_accuracy_by_canvas_pads_on_all_sides() -> None:
    images = DIGITS.test_images[:60]
    upper_left = InkSeen(slice(0, 10), slice(0, 28))  # of a canvas of 28, rows 0 to 9
    ones = np.ones(60, np.int64)
    expected = [
        float((images[:, 0, : 10 - margin] > INK).any(axis=(1, 2)).mean()) for margin in (0, 4, 6)
    ]
    sides = (28, 36, 40)
    assert accuracy_by_canvas(upper_left, images, ones, sides) == pytest.approx(expected)
    assert expected[2] < expected[1] < expected[0]


def test_accuracy_by_size_enlarges_the_ink() -> None:
    images = DIGITS.test_images[:60]
    frame = InkSeen(slice(0, 5), slice(0, 40))  # reached by ink of 32 pixels or more on 40
    ones = np.ones(60, np.int64)
    small, middle, large = accuracy_by_size(frame, images, ones, (12, 20, 36), side=40)
    assert (small, middle) == (0.0, 0.0)
    assert large > 0.9
