from dataclasses import dataclass

import torch
from torch import Tensor

from cnnviz.models.structure.meta_dispatch import on_meta, tensors_in


@dataclass
class Output:
    scores: Tensor
    name: str = "output"


def test_tensors_are_found_in_nested_values_in_order() -> None:
    a, b, c, d = (torch.tensor(float(i)) for i in range(4))
    found = list(tensors_in([a, ("text", {"b": b, "n": 3}), Output(c), None, (d,)]))
    assert [id(t) for t in found] == [id(t) for t in (a, b, c, d)]


def test_constants_move_to_the_meta_device_beside_tensors_that_are_there() -> None:
    meta, constant = torch.empty(2, device="meta"), torch.ones(2)
    args, kwargs = on_meta((meta, [constant]), {"out": constant, "dim": 1}, [meta, constant])
    assert args[0] is meta
    assert (args[1][0].is_meta, args[1][0].shape) == (True, (2,))
    assert kwargs["out"].is_meta
    assert kwargs["dim"] == 1


def test_operations_off_the_meta_device_are_left_alone() -> None:
    constant = torch.ones(2)
    args, kwargs = on_meta((constant, 3), {}, [constant])
    assert args[0] is constant
    assert (args[1], kwargs) == (3, {})
