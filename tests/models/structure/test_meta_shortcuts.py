"""Shortcuts on the meta device, against PyTorch's own outputs on the CPU."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from cnnviz.models.structure.meta_shortcuts import SHORTCUTS, shortcut_output


def meta(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.empty(*shape, device="meta", dtype=dtype)


def run(name: str, *, in_place: bool = False, **arguments: Any) -> Any:
    return SHORTCUTS[name](arguments, in_place=in_place)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "dilation"),
    [(9, 3, 1, 1, 1), (9, 3, 2, 0, 1), (10, 5, 3, 2, 1), (9, 3, 1, 2, 2)],
)
def test_a_convolution_has_pytorchs_shape(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    x, weight = torch.zeros(2, 4, size, size + 1), torch.zeros(6, 2, kernel, 1)
    window = {
        "stride": [stride, 1],
        "padding": [padding, 0],
        "dilation": [dilation, 1],
    }
    expected = F.conv2d(x, weight, None, *window.values(), groups=2)
    output = run(
        "convolution",
        input=meta(*x.shape),
        weight=meta(*weight.shape),
        transposed=False,
        **window,
    )
    assert output.shape == expected.shape
    assert output.is_meta


def test_a_transposed_convolution_is_left_to_pytorch() -> None:
    window = {"stride": [1, 1], "padding": [0, 0], "dilation": [1, 1]}
    x, weight = meta(1, 2, 4, 4), meta(2, 3, 3, 3)
    assert run("convolution", input=x, weight=weight, transposed=True, **window) is None


def test_an_elementwise_operator_keeps_shape_and_dtype() -> None:
    x = meta(2, 3, dtype=torch.float16)
    output = run("add", self=x, other=meta(2, 3, dtype=torch.float16))
    assert (output.shape, output.dtype) == (x.shape, x.dtype)
    assert output is not x
    assert run("relu", self=x, in_place=True) is x


@pytest.mark.parametrize("other", [meta(3), meta(2, 3, dtype=torch.float16)])
def test_broadcasting_and_other_dtypes_are_left_to_pytorch(other: Tensor) -> None:
    assert run("mul", self=meta(2, 3), other=other) is None


def test_integers_are_left_to_pytorch() -> None:
    """A sigmoid, or a product with a fraction, makes them floating-point numbers."""
    counts = meta(2, 3, dtype=torch.int64)
    assert run("sigmoid", self=counts) is None
    assert run("mul", self=counts, other=0.5) is None


def test_operators_are_found_by_their_overloads() -> None:
    x, y = meta(2, 3), meta(2, 3)
    aten = torch.ops.aten
    assert shortcut_output(aten.relu_.default, {"self": x}) is x
    total = shortcut_output(aten.add.Tensor, {"self": x, "other": y})
    assert total.shape == (2, 3)
    assert total is not x
    assert shortcut_output(aten.cumsum.default, {"self": x, "dim": 1}) is None


def test_batch_norm_has_three_outputs() -> None:
    output, *statistics = run("native_batch_norm", input=meta(2, 3, 4, 4))
    assert output.shape == (2, 3, 4, 4)
    assert [tensor.shape for tensor in statistics] == [(0,), (0,)]
