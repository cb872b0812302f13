"""What is recorded of a network."""

import dataclasses

import pytest

from cnnviz.report.facts.network_facts import first_number, network_facts
from cnnviz.training.engine.settings import Settings
from tests.report.material import card, finished_run, shipped


def test_numbers_are_read_out_of_records() -> None:
    assert first_number("the 10,000 test digits of MNIST") == 10_000
    assert first_number("1,000 canvases") == 1_000
    assert first_number("") is None


def test_no_interval_is_made_up_for_what_is_no_share() -> None:
    assert network_facts(shipped("detr")).interval is None
    interval = network_facts(shipped("lenet5")).interval
    assert interval
    assert interval.low < card("lenet5")["accuracy"] < interval.high


def test_a_record_that_cannot_be_read_is_named_without_its_path() -> None:
    network = finished_run(Settings(model="lenet5"))
    gone = network.weights.with_name("gone.safetensors")
    with pytest.raises(ValueError, match="must be readable") as refusal:
        network_facts(dataclasses.replace(network, title="Mine", weights=gone))
    assert str(refusal.value) == "record of Mine must be readable, got No such file or directory"
