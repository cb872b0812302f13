import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.data.mnist import load_digits
from cnnviz.evaluation.agreement import (
    Answers,
    accuracy,
    answers,
    confusion,
    differing,
    disputed,
    every_pair,
    per_class,
    split,
)
from cnnviz.models.catalogue import CATALOGUE
from cnnviz.models.inference import evaluate
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs import networks

LABELS = np.array([0, 0, 1, 1, 2])


def sure(*digits: int) -> Answers:
    return Answers(np.eye(10, dtype=np.float32)[list(digits)])


FIRST, SECOND = sure(0, 0, 1, 7, 3), sure(0, 1, 1, 1, 3)  # both, first, both, second, neither


def test_both_one_and_neither_are_counted_by_hand() -> None:
    found = split(FIRST, SECOND, LABELS)
    assert (found.both, found.first, found.second, found.neither) == (2, 1, 1, 1)
    assert found.difference.value == 0
    assert found.chance == 1  # one against one is as even as it can be


def test_the_difference_is_the_seconds_accuracy_less_the_firsts() -> None:
    better = split(sure(0, 5, 5, 5, 5), sure(0, 0, 1, 1, 3), LABELS)
    assert better.difference.value == pytest.approx((4 - 1) / 5)
    assert better.chance == pytest.approx(2 / 2**3)  # three of three one way, or the other
    assert better.difference.low < better.difference.value < better.difference.high


def test_rows_of_the_confusion_are_true_and_columns_answers() -> None:
    counts = confusion(FIRST, LABELS)
    assert counts.sum() == 5
    assert (counts[0, 0], counts[1, 1], counts[1, 7], counts[2, 3]) == (2, 1, 1, 1)


def test_each_class_has_its_own_interval_and_one_without_digits_has_none() -> None:
    found = per_class(FIRST, LABELS)
    assert [share and share.value for share in found] == [1, 0.5, 0] + [None] * 7
    assert accuracy(FIRST, LABELS).value == pytest.approx(3 / 5)


def test_networks_can_agree_on_a_wrong_answer() -> None:
    assert differing(FIRST, SECOND) == 2
    assert differing(FIRST, FIRST) == 0


def test_every_two_are_compared_and_their_chances_corrected() -> None:
    labels = np.zeros(40, np.int64)
    good, fair, same_as_fair = (sure(*[0] * right, *[1] * (40 - right)) for right in (40, 20, 20))
    found = every_pair([good, fair, same_as_fair], labels)
    assert list(found) == [(0, 1), (0, 2), (1, 2)]
    assert found[0, 1].split.difference.value == -0.5
    # three tests: twice 2 / 2^20, and once that nothing differs at all
    assert [one.chance for one in found.values()] == pytest.approx([6 / 2**20, 6 / 2**20, 1])
    assert every_pair([good], labels) == {}


def test_a_digit_is_disputed_unless_all_answer_alike() -> None:
    assert disputed([FIRST, SECOND]).tolist() == [False, True, False, True, False]
    assert disputed([FIRST, SECOND, sure(0, 0, 1, 7, 4)]).tolist()[-1]
    assert not disputed([FIRST]).any()
    with pytest.raises(ValueError, match="no network"):
        disputed([])


@pytest.mark.parametrize("key", ["mnist_cnn", "lenet5", "swin"])
def test_the_answers_are_those_of_the_test_after_training(key: str) -> None:
    network, row, digits = networks.network(f"shipped-{key}"), CATALOGUE[key], load_digits()
    loaded = networks.load(network)
    model = loaded.model
    pixels, labels = digits.test_images[:300], digits.test_labels[:300]
    found = answers(loaded, pixels)
    whole = evaluate(model, torch.from_numpy(pixels), torch.from_numpy(labels), size=row.input_size)
    assert accuracy(found, labels).value == pytest.approx(whole.accuracy)
    assert confusion(found, labels).tolist() == whole.confusion
    assert found.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_a_network_that_has_diverged_gives_no_answers() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).eval()
    nn.init.constant_(model[1].weight, float("nan"))
    with pytest.raises(ValueError, match="diverged"):
        answers(LoadedNetwork(model, CATALOGUE["mnist_cnn"]), load_digits().test_images[:2])
