from dataclasses import dataclass

import torch
from torch import Tensor

from cnnviz.models.structure.meta_dispatch import (
    named_arguments,
    on_meta,
    operator_name,
    tensors_in,
)


@dataclass
class Output:
    scores: Tensor
    name: str = "output"


def test_tensors_are_found_in_nested_values_in_order() -> None:
    a, b, c, d = (torch.tensor(float(i)) for i in range(4))
    tensors = tensors_in([a, ("text", {"b": b, "n": 3}), Output(c), None, (d,)])
    assert [id(t) for t in tensors] == [id(t) for t in (a, b, c, d)]


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


def test_an_operators_name_has_no_underscore_of_the_in_place_one() -> None:
    aten = torch.ops.aten
    assert operator_name(aten.add.Tensor) == ("add", False)
    assert operator_name(aten.relu_.default) == ("relu", True)
    assert operator_name(aten.__and__.Tensor) == ("__and__", False)
    assert operator_name(aten._softmax.default) == ("_softmax", False)


def test_arguments_have_the_names_of_the_operators_schema() -> None:
    x, y = torch.ones(2), torch.ones(2)
    arguments = named_arguments(torch.ops.aten.add.Tensor, (x, y), {"alpha": 2})
    assert list(arguments) == ["self", "other", "alpha"]
    assert arguments["other"] is y
    assert arguments["alpha"] == 2
