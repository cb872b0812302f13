"""Occlusion against a loop over every square."""

import pytest
import torch
from torch import Tensor, nn

from cnnviz.inspection.attribution import occlusion
from cnnviz.inspection.attribution.question import Question, Target
from tests.inspection.attribution.small_networks import WEIGHTS, Ink, linear, to


def naively_occluded(question: Question, image: Tensor) -> Tensor:
    """Every square, one forward pass each; every pixel the mean over those that hide it."""
    side = image.shape[-1]
    total, count = torch.zeros(side, side), torch.zeros(side, side)
    with torch.no_grad():
        before = question.score(image[None])[0]
        for top in range(-2, side, 2):
            for left in range(-2, side, 2):
                hidden = image.clone()
                rows, columns = slice(max(top, 0), top + 4), slice(max(left, 0), left + 4)
                hidden[0, rows, columns] = 0
                total[rows, columns] += before - question.score(hidden[None])[0]
                count[rows, columns] += 1
    return total / count


@pytest.mark.parametrize("side", [7, 8])
def test_occlusion_is_a_naive_loop_in_batches(side: int) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(Ink(), nn.Flatten(), nn.Linear(side**2, 6), nn.Tanh(), nn.Linear(6, 3))
    image = torch.rand(1, side, side) * (torch.rand(1, side, side) > 0.6)
    question = to(model, side, Target(2, 0))
    expected = naively_occluded(question, image)
    assert torch.allclose(occlusion.occlusion(question, image), expected, atol=1e-5)


def test_every_pixel_is_hidden_four_times_on_an_even_side() -> None:
    assert occlusion.occlusion_windows(8, 8).sum(dim=0).eq(4).all()


def test_hiding_nothing_changes_nothing() -> None:
    question = to(linear(WEIGHTS, 2), 2, Target(0))
    assert occlusion.occlusion(question, torch.zeros(1, 2, 2)).eq(0).all()
