"""Attribution by occlusion: how far the score falls when a square hides part of the image."""

import torch
from torch import Tensor

from cnnviz.inspection.attribution.question import IMAGES_AT_A_TIME, Question

WINDOW, STRIDE = 4, 2  # pixels: side of the square, and how far it moves


def occlusion(question: Question, image: Tensor) -> Tensor:
    """Return the mean fall of the score over the black squares that cover each pixel, (H, W).

    The square of `WINDOW` pixels moves by `STRIDE` pixels, beyond the borders too. Squares that
    cover only background change nothing and are skipped.

    Args:
        question: the network and its score.
        image: (1, H, W) in [0, 1].

    Reference:
        Zeiler and Fergus 2013, "Visualizing and Understanding Convolutional Networks",
        https://arxiv.org/abs/1311.2901
    """
    windows = occlusion_windows(image.shape[-2], image.shape[-1]).to(image.device)  # (P, H, W)
    covered = windows.sum(dim=0)  # (H, W)
    windows = windows[(windows * image).flatten(1).any(dim=1)]  # (P, H, W), the P that cover ink
    if not len(windows):
        return torch.zeros_like(image[0])
    with torch.inference_mode():
        occluded = (image * (1 - windows[:, None])).split(IMAGES_AT_A_TIME)  # (n, 1, H, W) each
        scores = torch.cat([question.score(batch) for batch in occluded])  # (P,)
        falls = question.score(image[None]) - scores  # (P,)
    total: Tensor = torch.tensordot(falls.clone(), windows, dims=1)  # (H, W)
    return total / covered  # (H, W)


def occlusion_windows(height: int, width: int) -> Tensor:
    """Return each position of the square as a mask of zeros and ones, float32, (P, H, W)."""

    def along(length: int) -> Tensor:
        starts = torch.arange(STRIDE - WINDOW, length, STRIDE)[:, None]  # (positions, 1)
        pixels = torch.arange(length)  # (length,)
        return ((pixels >= starts) & (pixels < starts + WINDOW)).float()  # (positions, length)

    rows, columns = along(height), along(width)  # (positions, H), (positions, W)
    return (rows[:, None, :, None] * columns[None, :, None, :]).flatten(0, 1)  # (P, H, W)
