import pytest
import torch
from torch import Tensor, nn

from cnnviz.inspection.activations.map_layers import MapLayer
from cnnviz.inspection.interventions.edits import (
    Edit,
    Kernel,
    Scale,
    append_edit,
    apply_edits,
    effective_edits,
)
from cnnviz.models.catalog import of_task
from cnnviz.models.loaded_network import LoadedNetwork

ROWS = of_task("classify")


class Two(nn.Module):
    """Two channels, twice and three times the input, through a batch norm, added up."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(2, eps=0)
        with torch.no_grad():
            self.conv.weight.copy_(torch.tensor([2.0, 3.0]).view(2, 1, 1, 1))
            self.norm.bias.copy_(torch.tensor([10.0, 100.0]))
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x)).sum(dim=(1, 2, 3))


def two() -> LoadedNetwork:
    return LoadedNetwork(Two(), ROWS["mnist_cnn"])


CONV = MapLayer("conv", "Conv2d", "", 2, (1, 1), 1, (1, 1), 1)
NORM = MapLayer("norm", "BatchNorm2d", "", 2, (1, 1), 1)


def answer(*edits: Edit) -> float:
    return float(apply_edits(two(), edits, [CONV, NORM]).model(torch.ones(1, 1, 1, 1)).detach())


def test_muting_by_hand() -> None:
    assert answer() == 2 + 10 + 3 + 100
    assert answer(Scale("conv", 0, 0)) == 0 + 10 + 3 + 100  # the norm still adds its shift
    assert answer(Scale("norm", 0, 0)) == 3 + 100
    assert answer(Scale("norm", 1, 0.5)) == 2 + 10 + 51.5
    assert answer(Kernel("conv", 1, 0, ((-7.0,),))) == 2 + 10 - 7 + 100


def test_edits_compose_and_of_two_that_set_the_same_the_later_holds() -> None:
    edits: tuple[Edit, ...] = (
        Scale("norm", 0, 0),
        Scale("conv", 1, 2),
        Kernel("conv", 1, 0, ((4.0,),)),
        Scale("norm", 0, 3),
    )
    assert answer(*edits) == 3 * (2 + 10) + 2 * 4 + 100
    assert answer(*edits[:-1]) == 0 + 2 * 4 + 100  # undone
    assert len(effective_edits(edits)) == 3


def test_moving_on_with_a_value_is_one_edit_in_the_history() -> None:
    history = append_edit((), Scale("conv", 0, 0.5))
    history = append_edit(history, Scale("conv", 0, 0.2))
    assert history == (Scale("conv", 0, 0.2),)
    history = append_edit(history, Scale("conv", 1, 0))
    history = append_edit(history, Scale("conv", 0, 1))
    assert len(history) == 3


def test_the_original_is_not_touched() -> None:
    model = Two()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    apply_edits(
        LoadedNetwork(model, ROWS["mnist_cnn"]),
        [Kernel("conv", 0, 0, ((9.0,),)), Scale("norm", 1, 0)],
        [CONV, NORM],
    )
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (Scale("conv9", 0, 0), "layer must be one with feature maps, conv, norm, got 'conv9'"),
        (Scale("conv", 2, 0), "channel of conv must be 0 to 1, got 2"),
        (Kernel("norm", 0, 0, ((1.0,),)), "norm must be a convolution, got BatchNorm2d"),
        (Kernel("conv", 0, 3, ((1.0,),)), "input channel of conv must be 0 to 0, got 3"),
        (Kernel("conv", 0, 0, ((1.0, 2.0),)), r"kernel must have shape \(1, 1\), got \(1, 2\)"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(edit: Edit, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        apply_edits(two(), [edit], [CONV, NORM])
