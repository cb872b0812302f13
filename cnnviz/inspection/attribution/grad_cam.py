"""Attribution by the feature maps of one layer, weighted by their gradients."""

import torch
import torch.nn.functional as F
from torch import Tensor

from cnnviz.inspection.attribution.question import Question
from cnnviz.models.hooks import recording_runs


def grad_cam(question: Question, image: Tensor) -> Tensor:
    """Return Grad-CAM, upsampled bilinearly from the layer's grid to the pixels, (H, W).

    Args:
        question: the network, its score and the layer.
        image: (1, H, W) in [0, 1].

    Raises:
        ValueError: if the layer's output is neither maps nor tokens.

    Reference:
        Selvaraju et al. 2016, "Grad-CAM", https://arxiv.org/abs/1610.02391
    """
    cells = grad_cam_cells(question, image)[None, None]  # (1, 1, h, w)
    height, width = image.shape[-2:]
    upsampled = F.interpolate(cells, (question.size, question.size), mode="bilinear")[0, 0]
    top, left = (question.size - height) // 2, (question.size - width) // 2
    return upsampled[top : top + height, left : left + width]  # without the input's border


def grad_cam_cells(question: Question, image: Tensor) -> Tensor:
    """Return Grad-CAM on the layer's own grid, (h, w), non-negative."""
    with torch.enable_grad(), recording_runs(question.model, [question.layer]) as runs:
        score = question.score(image[None].detach().requires_grad_()).sum()  # scalar
        output = dict(runs)[question.layer]  # maps or tokens of one image
        (gradient,) = torch.autograd.grad(score, output, allow_unused=True, materialize_grads=True)
    maps, gradients = (
        question.network.maps(question.layer, tensor.detach())[0] for tensor in (output, gradient)
    )  # (C, h, w)
    weights = gradients.mean(dim=(1, 2), keepdim=True)  # (C, 1, 1)
    return torch.relu((weights * maps).sum(dim=0))  # (h, w)
