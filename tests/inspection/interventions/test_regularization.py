"""Transforms and penalties, worked out by hand."""

import torch

from cnnviz.inspection.interventions import regularization


def test_transforms_keep_the_size_and_a_shift_is_a_shift() -> None:
    image = torch.zeros(1, 1, 28, 28)
    image[..., 14, 14] = 1
    random = torch.Generator().manual_seed(0)
    for transform in regularization.TRANSFORMS:
        assert transform(image, random).shape == image.shape
    shifted = regularization.random_shift(2)(image, random)
    down, across = (shifted[0, 0].nonzero()[0] - 14).tolist()
    assert shifted.sum() == 1
    assert max(abs(down), abs(across)) <= 2
    assert torch.allclose(regularization.random_rotation(0)(image, random), image, atol=1e-5)
    assert torch.allclose(regularization.random_scale(0)(image, random), image, atol=1e-5)


def test_penalties_by_hand() -> None:
    image = torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]])
    assert regularization.total_variation(2.0)(image) == 2 * (0 + 1)
    assert regularization.ink(3.0)(image) == 1.5
