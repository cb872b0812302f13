import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.data.mnist import MEAN, STD, Digits, load_digits
from cnnviz.evaluation.image_predictions import (
    ImagePrediction,
    classify_canvas,
    classify_images,
    combine_predictions,
    misclassifications,
)
from cnnviz.training.runs import networks
from tests.loaded import loaded


def certain(digit: int, confidence: float = 0.91) -> ImagePrediction:
    others = (1 - confidence) / 9
    return ImagePrediction(tuple(confidence if i == digit else others for i in range(10)))


class Brightness(nn.Module):
    """Says how many of the ten columns 0, 1, ... of the middle row are lit, less one."""

    def forward(self, x: Tensor) -> Tensor:
        lit = (x[:, 0, 14, :10] * STD + MEAN > 0.5).float()
        return 20 * nn.functional.one_hot(lit.sum(dim=1).long() - 1, 10).float()


def columns(*counts: int) -> np.ndarray:
    images = np.zeros((len(counts), 28, 28), np.uint8)
    for image, count in zip(images, counts, strict=True):
        image[14, :count] = 255
    return images


def test_probabilities_are_the_softmax_of_the_logits() -> None:
    (answer,) = classify_images(loaded(Brightness()), columns(4))
    assert answer.digit == 3
    assert answer.confidence == pytest.approx(np.exp(20) / (np.exp(20) + 9))
    assert sum(answer.probabilities) == pytest.approx(1)


def test_a_canvas_is_classified_at_its_own_size() -> None:
    canvas = np.zeros((1, 1, 40, 40), np.uint8)
    canvas[0, 0, 14, :7] = 255  # at the edge, which scaling or padding would move
    prediction = classify_canvas(Brightness(), torch.from_numpy(canvas))
    assert prediction.digit == 6
    assert prediction.confidence == pytest.approx(np.exp(20) / (np.exp(20) + 9))
    with pytest.raises(RuntimeError, match="1x1600 and 784x10"):
        classify_canvas(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), torch.from_numpy(canvas))


def test_a_network_keeps_its_mode() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(784, 10))
    first, second = (classify_images(loaded(model), columns(5))[0] for _ in range(2))
    assert first == second
    assert all(module.training for module in model.modules())


def test_the_shipped_networks_read_the_test_digits() -> None:
    digits = load_digits("embedded")
    for network in networks.networks("classify"):
        answers = classify_images(networks.load_network(network), digits.test_images[::10, 0])
        right = np.array([answer.digit for answer in answers]) == digits.test_labels[::10]
        assert right.mean() > 0.97


def test_together_networks_answer_with_the_mean_of_their_probabilities() -> None:
    image = load_digits("embedded").test_images[0, 0]
    reading = combine_predictions(image, [certain(3, 0.91), certain(3, 0.73), certain(5, 0.82)])
    assert reading.mean.digit == 3
    assert reading.mean.confidence == pytest.approx((0.91 + 0.73 + 0.02) / 3)
    assert reading.doubt is None


def test_contradicting_or_even_answers_are_no_answer() -> None:
    image = load_digits("embedded").test_images[0, 0]
    three = [certain(1), certain(2), certain(3)]
    assert combine_predictions(image, three).doubt == "the networks disagree"
    assert (
        combine_predictions(image, [certain(4, 0.4)]).doubt == "no class is clearly most probable"
    )


def test_what_looks_like_no_digit_stays_none_however_sure_the_networks_are() -> None:
    assert combine_predictions(columns(28)[0], [certain(1, 1.0)]).doubt


def test_mistakes_come_with_label_and_answer_the_most_confident_first() -> None:
    images = columns(1, 2, 3, 4)[:, None]
    labels = np.array([0, 7, 2, 9])
    digits = Digits("embedded", images, labels, images, labels)
    wrong = misclassifications(loaded(Brightness()), digits)
    assert {(m.index, m.label, m.prediction.digit) for m in wrong} == {(1, 7, 1), (3, 9, 3)}

    class Hesitant(Brightness):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) / torch.tensor([1.0, 9.0, 1.0, 2.0])[:, None]

    assert [m.index for m in misclassifications(loaded(Hesitant()), digits)] == [3, 1]
