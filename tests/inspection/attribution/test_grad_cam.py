"""Grad-CAM by the paper's formula, worked out by hand."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.data.normalization import normalize
from cnnviz.inspection.attribution import grad_cam
from cnnviz.inspection.attribution.question import Target
from cnnviz.models.hooks import recording_runs
from tests.inspection.attribution.small_networks import Ink, to


class TwoMaps(nn.Module):
    """A layer of two maps, the image and twice its negative, then mean and a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.ink = Ink()
        self.maps = nn.Conv2d(1, 2, 1, bias=False)
        self.maps.weight.data = torch.tensor([[[[1.0]]], [[[-2.0]]]])
        self.act = nn.ReLU(inplace=True)
        self.head = nn.Linear(2, 2, bias=False)
        self.head.weight.data = torch.tensor([[8.0, 0.0], [-8.0, 4.0]])

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.act(self.maps(self.ink(x))).mean(dim=(2, 3)))


def test_grad_cam_is_what_the_paper_says_by_hand() -> None:
    image = torch.tensor([[[1.0, 0.0], [0.5, 0.25]]])
    question = to(TwoMaps(), 2, Target(0), layer="act")
    # d score / d map 0 = 8 / 4 at each place, its mean is 2; map 1 is silent
    assert torch.allclose(grad_cam.grad_cam(question, image), 2 * image[0], atol=1e-5)
    against = to(TwoMaps(), 2, Target(1), layer="act")
    assert grad_cam.grad_cam(against, image).eq(0).all()


def test_a_layer_before_one_that_works_in_place_is_read_before_it() -> None:
    image = torch.tensor([[[1.0, 0.0], [0.5, 0.25]]])
    question = to(TwoMaps(), 2, Target(0), layer="maps")
    # map 0 has gradient 2 where it is above zero, at three of four places: mean 1.5
    assert torch.allclose(grad_cam.grad_cam(question, image), 1.5 * image[0], atol=1e-5)


def test_grad_cam_is_cut_to_the_image_where_the_input_is_padded() -> None:
    image = torch.rand(1, 4, 4)
    question = to(TwoMaps(), 8, Target(0), "act")
    # on the input of 8 pixels the weight is 8 / 64
    found = grad_cam.grad_cam(question, image)
    assert torch.allclose(found, 8 / 64 * image[0], atol=1e-5)


class Tokens(nn.Module):
    """Tokens after a class token; `last` lets the class token gather, which alone answers."""

    def __init__(self) -> None:
        super().__init__()
        self.early = nn.Identity()
        self.last = nn.Identity()
        self.head = nn.Linear(1, 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.flatten(2).transpose(1, 2)  # (N, H * W, 1)
        tokens = self.early(torch.cat([torch.zeros_like(tokens[:, :1]), tokens], dim=1))
        tokens = self.last(torch.cat([tokens.mean(dim=1, keepdim=True), tokens[:, 1:]], dim=1))
        return self.head(tokens[:, 0])


def test_patches_after_the_last_block_have_no_gradient() -> None:
    image = torch.rand(1, 3, 3)
    model = Tokens()
    model.head.weight.data.fill_(1.0)
    assert grad_cam.grad_cam_cells(to(model, 3, Target(0), "last"), image).eq(0).all()
    early = grad_cam.grad_cam_cells(to(model, 3, Target(0), "early"), image)
    expected = F.relu(normalize(image[None], size=3)[0, 0]) / 10  # nine patches, a class token
    assert torch.allclose(early, expected, atol=1e-6)


class Failing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        raise RuntimeError(f"no answer to {x.shape}")


def test_hooks_go_with_an_exception_too() -> None:
    model = nn.Sequential(Ink(), nn.Conv2d(1, 1, 1), Failing())
    with pytest.raises(RuntimeError, match="no answer"):
        grad_cam.grad_cam(to(model, 2, Target(0), "1"), torch.ones(1, 2, 2))
    assert not any(module._forward_hooks for module in model.modules())
    with (
        pytest.raises(ValueError, match=r"layer must be one of .*, got 'nowhere'"),
        recording_runs(model, ["1", "nowhere"]),
    ):
        pass
    assert not any(module._forward_hooks for module in model.modules())
