import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.data.mnist import load_digits
from cnnviz.evaluation.predictions import (
    Predictions,
    accuracy,
    class_accuracies,
    concatenate_predictions,
    confusion_counts,
    confusion_mask,
    predict,
    ranked_digits,
)
from cnnviz.models.catalog import CATALOG
from cnnviz.models.inference import evaluate
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs import networks

LABELS = np.array([0, 0, 1, 1, 2])
FIRST = Predictions(np.eye(10, dtype=np.float32)[[0, 0, 1, 7, 3]])


def test_rows_of_the_confusion_are_true_and_columns_answers() -> None:
    counts = confusion_counts(FIRST, LABELS)
    assert counts.sum() == 5
    assert (counts[0, 0], counts[1, 1], counts[1, 7], counts[2, 3]) == (2, 1, 1, 1)


def test_the_mask_of_a_cell_marks_the_digits_that_it_counts() -> None:
    assert confusion_mask(FIRST, LABELS, 0, 0).tolist() == [True, True, False, False, False]
    assert confusion_mask(FIRST, LABELS, 1, 7).tolist() == [False, False, False, True, False]
    assert not confusion_mask(FIRST, LABELS, 7, 1).any()


def test_digits_are_ranked_by_confidence_and_ties_stay_in_order() -> None:
    confidence = np.array([0.5, 0.9, 0.7, 0.9, 0.6])
    included = np.array([True, True, False, True, True])
    assert ranked_digits(included, confidence, lowest_first=False) == [1, 3, 4, 0]
    assert ranked_digits(included, confidence, lowest_first=True) == [0, 4, 1, 3]
    assert ranked_digits(~included & included, confidence, lowest_first=True) == []


def test_chunks_are_put_together_in_order() -> None:
    whole = concatenate_predictions([FIRST, Predictions(FIRST.probabilities[:2] / 2)])
    assert whole.digits.tolist() == [0, 0, 1, 7, 3, 0, 0]
    assert whole.confidence.tolist() == [1, 1, 1, 1, 1, 0.5, 0.5]


def test_each_class_has_its_own_interval_and_one_without_digits_has_none() -> None:
    accuracies = class_accuracies(FIRST, LABELS)
    assert [share and share.value for share in accuracies] == [1, 0.5, 0] + [None] * 7
    assert accuracy(FIRST, LABELS).value == pytest.approx(3 / 5)


@pytest.mark.parametrize("key", ["mnist_cnn", "lenet5", "swin"])
def test_the_answers_are_those_of_the_test_after_training(key: str) -> None:
    network, row, digits = networks.find_network(f"shipped-{key}"), CATALOG[key], load_digits()
    loaded = networks.load_network(network)
    model = loaded.model
    pixels, labels = digits.test_images[:300], digits.test_labels[:300]
    predictions = predict(loaded, pixels)
    whole = evaluate(model, torch.from_numpy(pixels), torch.from_numpy(labels), size=row.input_size)
    assert accuracy(predictions, labels).value == pytest.approx(whole.accuracy)
    assert confusion_counts(predictions, labels).tolist() == whole.confusion
    assert predictions.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_a_network_that_has_diverged_gives_no_answers() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).eval()
    nn.init.constant_(model[1].weight, float("nan"))
    with pytest.raises(ValueError, match="diverged"):
        predict(LoadedNetwork(model, CATALOG["mnist_cnn"]), load_digits().test_images[:2])
