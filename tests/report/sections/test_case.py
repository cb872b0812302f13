"""The sections that argue: the summary, the alternatives, and why this one."""

from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.data.mnist import Digits
from cnnviz.evaluation.agreement import Answers
from cnnviz.report import gather, to_markdown
from cnnviz.training.runs import networks
from tests.report.material import measure, shipped
from tests.report.reading import said

FewDigits = Callable[..., Digits]

# Latency


@pytest.mark.parametrize(("cpu", "busy"), [(5.5, False), (2.0, True)])
def test_a_busy_machine_is_said(few_digits: FewDigits, cpu: float, busy: bool) -> None:
    measure("lenet5", "mnist_cnn", cpu=cpu)  # 5.5 ms on the clock
    report = gather(shipped("lenet5"), [shipped("mnist_cnn")], few_digits(30, 40), by="latency")
    assert ("on a quiet machine" in said(report, "Why this one")) is busy


def test_a_time_from_a_busy_machine_is_never_shown_without_saying_so(
    few_digits: FewDigits,
) -> None:
    measure("lenet5", "mnist_cnn", cpu=2.0)
    report = gather(shipped("lenet5"), [shipped("mnist_cnn")], few_digits(30, 40))
    assert "the machine was busy" in said(report, "In short")
    assert "others used the processor while 2 of these" in said(report, "Alternatives")


# Why this one


def test_a_rival_without_an_answer_leaves_the_record(few_digits: FewDigits) -> None:
    def refuse(_: networks.TrainedNetwork) -> Answers:
        raise ValueError("/srv/secret/weights")

    other = shipped("sprint_cnn")
    report = gather(shipped("lenet5"), [other], few_digits(30, 40), ask=refuse)
    text = said(report, "Why this one")
    assert "They were not asked about the same digits, so their accuracies on record" in text
    assert "McNemar" not in text
    assert "/srv" not in to_markdown(report)
    assert "Best by accuracy on record: SprintCNN, but it was not asked" in said(report, "In short")


def test_who_is_not_told_apart_is_not_recommended(few_digits: FewDigits) -> None:
    digits = few_digits(30, 40)
    others = [shipped("sprint_cnn")]
    right = np.eye(10, dtype=np.float32)[digits.test_labels]
    report = gather(shipped("lenet5"), others, digits, ask=lambda _: Answers(right))
    assert "Best by accuracy on record: SprintCNN, but the same digits do not tell it from" in said(
        report, "In short"
    )
    wrong = Answers(np.roll(right, 1, axis=1))
    report = gather(shipped("lenet5"), others, digits, ask=lambda _: wrong)
    assert "but asked about the same digits, LeNet-5 is ahead" in said(report, "In short")
    report = gather(others[0], [shipped("lenet5")], digits, ask=lambda _: wrong)
    assert "Recommended by accuracy: SprintCNN." in said(report, "In short")
