from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from cnnviz.benchmark import separable_convolutions
from cnnviz.benchmark.separable_convolutions import convolution_times
from cnnviz.models.structure.convolution.blocks import separable_layers


def test_the_calls_that_are_timed_are_the_layers_on_a_whole_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outputs, macs = [], []

    def once(call: Callable[[], Tensor]) -> float:
        with FlopCounterMode(display=False) as counter:
            outputs.append(call())
        macs.append(counter.get_total_flops() // 2)
        return float(len(outputs))

    monkeypatch.setattr(separable_convolutions, "milliseconds", once)
    times = convolution_times(separable_layers(8, 12, 3), 7, batch=5)
    assert times == {"full": 1.0, "depthwise": 2.0, "1×1": 3.0}
    assert [tuple(output.shape) for output in outputs] == [
        (5, 12, 7, 7),
        (5, 8, 7, 7),
        (5, 12, 7, 7),
    ]
    positions = 5 * 7 * 7
    assert macs == [positions * 8 * 12 * 9, positions * 8 * 9, positions * 8 * 12]
    assert not any(output.requires_grad for output in outputs)
    assert all(output.is_contiguous(memory_format=torch.channels_last) for output in outputs)


def test_a_large_convolution_takes_longer_than_a_small_one() -> None:
    layers = separable_layers(128, 128, 5)
    times = convolution_times(layers, 28, batch=4)
    assert times["full"] > times["1×1"] > 0  # 25 times the MACs
