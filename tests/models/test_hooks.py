import pytest
import torch
from torch import Tensor, nn

from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.hooks import change_output, hooked, recording
from cnnviz.models.layers import innermost_layers

ROWS = pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)


def state(model: nn.Module) -> list[object]:
    """Everything that recording must leave alone."""
    return [
        [
            (name, module.training, len(module._forward_hooks), getattr(module, "inplace", None))
            for name, module in model.named_modules()
        ],
        [len(module._forward_pre_hooks) for module in model.modules()],
        [(name, p.requires_grad, p.grad) for name, p in model.named_parameters()],
    ]


def batch(row: Architecture) -> Tensor:
    return torch.randn(2, 1, row.input_size, row.input_size)


@ROWS
def test_every_layer_is_recorded_and_the_model_is_as_before(row: Architecture) -> None:
    model = row.build()
    model.train()
    before = state(model)
    with recording(model, innermost_layers(model)) as outputs:
        model.eval().requires_grad_(False)
        logits = model(batch(row))
    if isinstance(model, nn.Sequential):  # others run in another order, or leave a layer out
        assert list(outputs) == list(innermost_layers(model))
        assert torch.equal(outputs[list(innermost_layers(model))[-1]], logits)
    assert set(outputs) <= set(innermost_layers(model))
    assert state(model) == before


@ROWS
def test_an_exception_leaves_the_model_as_before(row: Architecture) -> None:
    model = row.build().eval()
    model.get_submodule(row.early).training = True  # modes may differ between modules
    next(model.parameters()).requires_grad_(False)
    before = state(model)

    def fails_inside() -> None:
        with recording(model, [row.early, row.late]):
            model.train()
            model(batch(row))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_inside()
    assert state(model) == before


@ROWS
def test_a_forward_pass_that_fails_leaves_the_model_as_before(row: Architecture) -> None:
    model = row.build()
    before = state(model)
    with pytest.raises((RuntimeError, AssertionError)), recording(model, innermost_layers(model)):
        model(torch.zeros(1, 3, 4, 4))
    assert state(model) == before


def test_an_output_is_kept_as_it_was_before_the_next_layer_worked_in_place() -> None:
    model = nn.Sequential(nn.Linear(1, 2, bias=False), nn.ReLU(inplace=True))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[3.0], [-4.0]]))
    with recording(model, ["0", "1"]) as outputs:
        model(torch.ones(1, 1))
    assert outputs["0"].tolist() == [[3.0, -4.0]]
    assert outputs["1"].tolist() == [[3.0, 0.0]]
    assert not outputs["0"].requires_grad


def test_an_unknown_layer_is_named_with_those_there_are() -> None:
    model = CATALOG["lenet5"].build()
    before = state(model)
    with (
        pytest.raises(ValueError, match=r"layer must be one of c1, tanh1, s2, .*, got 'conv9'"),
        recording(model, ["c1", "conv9"]),
    ):
        pass
    assert state(model) == before


def test_a_layer_that_puts_out_a_tuple_is_named() -> None:
    model = nn.Sequential(nn.LSTM(1, 1))
    with (
        pytest.raises(TypeError, match="output of layer '0' must be a tensor, got a tuple"),
        recording(model, ["0"]),
    ):
        model(torch.zeros(1, 1))


def test_a_layer_that_runs_twice_keeps_its_last_output() -> None:
    twice = nn.Linear(1, 1)
    model = nn.Sequential(twice, twice)
    with recording(model, ["0"]) as outputs:
        answer = model(torch.ones(1, 1))
    assert torch.equal(outputs["0"], answer)


def test_functions_are_called_before_and_after_each_run_in_order() -> None:
    first, second = nn.Linear(1, 1), nn.ReLU()
    model = nn.Sequential(first, second, first)
    calls: list[tuple[object, ...]] = []

    def after(name: str, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        calls.append(("after", name, module, inputs[0].shape == output.shape))

    with hooked(model, before=lambda *call: calls.append(("before", *call[:2])), after=after):
        model(torch.ones(1, 1))
    model(torch.ones(1, 1))
    once = [("before", "0", first), ("after", "0", first, True)]
    relu = [("before", "1", second), ("after", "1", second, True)]
    assert calls == [
        *[("before", "", model), *once, *relu, *once],
        ("after", "", model, True),
    ]


def test_what_is_returned_replaces_the_output() -> None:
    model = nn.Sequential(nn.Identity(), nn.Identity())
    with hooked(model, ["0"], after=lambda *call: call[-1] + 1):
        assert model(torch.tensor(2.0)) == 3
    assert model(torch.tensor(2.0)) == 2


@pytest.mark.parametrize(("always", "expected"), [(False, ["0"]), (True, ["0", "1", ""])])
def test_a_failed_run_is_told_only_where_it_is_asked_for(always: bool, expected: list[str]) -> None:
    model, names = nn.Sequential(nn.Linear(1, 1), nn.Linear(2, 2)), []
    before = state(model)
    hooks = hooked(model, after=lambda name, *_: names.append(name), always=always)
    with pytest.raises(RuntimeError), hooks:
        model(torch.ones(1, 1))
    assert names == expected
    assert state(model) == before


def test_a_changed_output_stays_changed() -> None:
    model = nn.Sequential(nn.Identity())
    change_output(model[0], lambda output: -output)
    assert model(torch.tensor(2.0)) == -2
