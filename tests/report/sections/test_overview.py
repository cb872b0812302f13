"""The sections that argue: the summary, the alternatives, and why this one."""

from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.data.mnist import Digits
from cnnviz.evaluation.predictions import Predictions
from cnnviz.report import build_report, to_markdown
from cnnviz.training.runs import networks
from tests.report.material import measure, shipped
from tests.report.reading import said

FewDigits = Callable[..., Digits]

# Latency


@pytest.mark.parametrize(("cpu", "busy"), [(5.5, False), (2.0, True)])
def test_a_busy_machine_is_said(few_digits: FewDigits, cpu: float, busy: bool) -> None:
    measure("lenet5", "mnist_cnn", cpu=cpu)  # 5.5 ms on the clock
    report = build_report(
        shipped("lenet5"), [shipped("mnist_cnn")], few_digits(30, 40), by="latency"
    )
    assert ("on a quiet machine" in said(report, "Why this network")) is busy


def test_a_time_from_a_busy_machine_is_never_shown_without_saying_so(
    few_digits: FewDigits,
) -> None:
    measure("lenet5", "mnist_cnn", cpu=2.0)
    report = build_report(shipped("lenet5"), [shipped("mnist_cnn")], few_digits(30, 40))
    assert "the machine was busy" in said(report, "Summary")
    assert "other processes used the processor while 2 of these" in said(report, "Alternatives")


# Why this one


def test_a_rival_without_an_answer_leaves_the_record(few_digits: FewDigits) -> None:
    def refuse(_: networks.TrainedNetwork) -> Predictions:
        raise ValueError("/srv/secret/weights")

    other = shipped("sprint_cnn")
    report = build_report(shipped("lenet5"), [other], few_digits(30, 40), predict=refuse)
    text = said(report, "Why this network")
    assert "Their predictions for the same digits were not compared, so only their recorded" in text
    assert "McNemar" not in text
    assert "/srv" not in to_markdown(report)
    summary = said(report, "Summary")
    assert "By accuracy there is no clear winner: 99.47% for SprintCNN against 99.30% " in summary
    assert "for LeNet-5 on the 10,000 test digits of MNIST, but the two were not " in summary
    assert "but the two were not compared on the same digits." in summary


def test_who_is_not_told_apart_is_not_recommended(few_digits: FewDigits) -> None:
    digits = few_digits(30, 40)
    others = [shipped("sprint_cnn")]
    right = np.eye(10, dtype=np.float32)[digits.test_labels]
    report = build_report(shipped("lenet5"), others, digits, predict=lambda _: Predictions(right))
    summary = said(report, "Summary")
    assert "By accuracy there is no clear winner: 99.47% for SprintCNN against 99.30% " in summary
    assert "of the same 40 test digits both classify 40 correctly." in summary
    wrong = Predictions(np.roll(right, 1, axis=1))
    report = build_report(shipped("lenet5"), others, digits, predict=lambda _: wrong)
    summary = said(report, "Summary")
    assert "but 0 against 40 of the 40 test digits here, significantly fewer." in summary
    report = build_report(others[0], [shipped("lenet5")], digits, predict=lambda _: wrong)
    assert "For the highest accuracy, choose SprintCNN: it classifies" in said(report, "Summary")
