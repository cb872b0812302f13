"""What was counted on the test digits, against plain PyTorch and by hand."""

import dataclasses
from collections.abc import Callable

import numpy as np
import torch

from cnnviz.data.mnist import Digits, load_digits
from cnnviz.evaluation.predictions import Predictions
from cnnviz.report import build_report
from cnnviz.report.facts.test_results import ClassifierResults, classifier_results
from cnnviz.training.runs import networks
from tests.report.material import shipped
from tests.report.reading import said

FewDigits = Callable[..., Digits]


def test_counts_on_the_digits_here_are_those_of_the_model(few_digits: FewDigits) -> None:
    digits = few_digits(30, 150)
    network = networks.load_network(shipped("lenet5"))
    results = classifier_results(network, digits)
    x = (torch.from_numpy(digits.test_images) / 255 - 0.1307) / 0.3081
    border = (0 - 0.1307) / 0.3081
    with torch.no_grad():
        scores = network.model(torch.nn.functional.pad(x, (2, 2, 2, 2), value=border))
    right = (scores.argmax(1).numpy() == digits.test_labels).sum()
    assert results.correct.sum() == right
    assert results.perturbed[0].before.value == right / 150
    text = said(build_report(shipped("lenet5"), [], digits), "Metrics")
    assert f": {right} of 150 test digits" in text


def test_mistakes_come_surest_first_and_confusions_by_count() -> None:
    digits = load_digits("embedded")
    labels = np.array([0, 1, 2, 2, 2])
    said_ = np.array([1, 1, 7, 7, 3])
    sure = np.array([0.6, 0.9, 0.7, 0.95, 0.8], np.float32)
    probabilities = np.zeros((5, 10), np.float32)
    probabilities[np.arange(5), said_] = sure
    some = dataclasses.replace(digits, test_images=digits.test_images[:5], test_labels=labels)
    results = ClassifierResults(some, Predictions(probabilities), ())
    assert [(m.index, m.true, m.predicted) for m in results.most_confident_errors(3)] == [
        (3, (2,), (7,)),
        (4, (2,), (3,)),
        (2, (2,), (7,)),
    ]
    assert results.frequent_confusions(2) == [(2, 7, 2), (0, 1, 1)]
    assert results.per_class() == {0: 0.0, 1: 1.0, 2: 0.0}
    assert results.rejection(0.8) == (2, 2)
    assert results.most_confident_errors(1)[0].png().startswith(b"\x89PNG")
