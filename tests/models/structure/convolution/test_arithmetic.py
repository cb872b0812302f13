import itertools

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnnviz.models.structure.convolution.arithmetic import Convolution

LEGAL = [
    Convolution(4, 8, kernel, stride, padding, dilation, groups)
    for kernel, stride, padding, dilation, groups in itertools.product(
        (1, 2, 3, 5), (1, 2, 3), (0, 1, 2, "same", "valid"), (1, 2), (1, 4)
    )
    if not (padding == "same" and stride > 1)
]


def module(convolution: Convolution) -> nn.Conv2d:
    """PyTorch's own, as the oracle."""
    with torch.device("meta"):
        return nn.Conv2d(
            convolution.in_channels,
            convolution.out_channels,
            convolution.kernel,
            convolution.stride,
            convolution.padding,
            convolution.dilation,
            convolution.groups,
        ).requires_grad_(False)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("convolution", LEGAL, ids=str)
def test_sizes_parameters_and_macs_are_pytorchs(convolution: Convolution) -> None:
    oracle = module(convolution)
    assert convolution.parameters == sum(p.numel() for p in oracle.parameters())
    for size in (4, 7, 12):
        try:
            with FlopCounterMode(display=False) as counter:
                output = oracle(torch.empty(1, 4, size, size, device="meta"))
        except RuntimeError:
            with pytest.raises(ValueError, match="at least as large as the kernel's span"):
                convolution.output_size(size)
            continue
        assert convolution.output_size(size) == output.shape[-1]
        assert convolution.macs(size) == counter.get_total_flops() / 2
        assert convolution.output_bytes(size) == output.numel() * 4


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("convolution", LEGAL, ids=str)
def test_the_taps_of_a_row_are_the_rows_that_move_it(convolution: Convolution) -> None:
    size = 9
    oracle = nn.Conv2d(
        1, 1, convolution.kernel, convolution.stride, convolution.padding, convolution.dilation
    )
    nn.init.ones_(oracle.weight)
    x = torch.zeros(1, 1, size, size, requires_grad=True)
    for place in range(convolution.output_size(size)):
        (gradient,) = torch.autograd.grad(oracle(x)[0, 0, place].sum(), x)
        rows = gradient[0, 0].sum(dim=1).nonzero().flatten().tolist()
        assert rows == [tap for tap in convolution.taps(place) if 0 <= tap < size]
    (gradient,) = torch.autograd.grad(oracle(x).sum(), x)
    assert convolution.unread_rows(size) == int((gradient[0, 0].sum(dim=1) == 0).sum())


def test_bytes_moved_are_those_of_the_tensors() -> None:
    layer, x = Convolution(4, 8, 3, stride=2, padding=1), torch.zeros(1, 4, 9, 9)
    tensors = (x, *module(layer).parameters(), module(layer)(x.to("meta")))
    assert layer.input_bytes(9) == x.nbytes
    assert layer.bytes_moved(9) == sum(tensor.nbytes for tensor in tensors)


def test_the_lectures_one_by_one_convolution() -> None:
    narrow, wide = Convolution(512, 64, 1), Convolution(512, 64, 3, padding=1)
    assert (narrow.output_size(32), wide.output_size(32)) == (32, 32)
    assert narrow.parameters == 512 * 64 + 64
    assert narrow.macs(32) == 512 * 64 * 32 * 32 == 33_554_432
    assert wide.macs(32) == 9 * narrow.macs(32)
    assert narrow.output_bytes(32) == 64 * 32 * 32 * 4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kernel": 0}, "kernel must be at least 1, got 0"),
        ({"stride": 0}, "stride must be at least 1, got 0"),
        ({"padding": -1}, "padding must be at least 0, got -1"),
        ({"padding": "full"}, 'padding must be "same", "valid" or pixels, got \'full\''),
        ({"padding": "same", "stride": 2}, 'stride must be 1 with padding "same", got 2'),
        ({"groups": 3}, "groups must divide the 4 channels in and the 8 channels out, got 3"),
    ],
)
def test_an_impossible_convolution_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Convolution(**{"in_channels": 4, "out_channels": 8, "kernel": 3} | wrong)  # type: ignore[arg-type]


def test_the_formula_is_worked_out() -> None:
    assert Convolution(1, 1, 3, 2, 1).formula(7) == "⌊(7 + 1 + 1 - 1·(3 - 1) - 1) / 2⌋ + 1 = 4"
