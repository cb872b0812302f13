"""Attribution by the gradient of the score with respect to the pixels."""

import torch
from torch import Tensor

from cnnviz.inspection.attribution.question import IMAGES_AT_A_TIME, Question

INTEGRATION_STEPS = 64  # of the path that gradients are integrated along


def input_gradient(question: Question, images: Tensor) -> Tensor:
    """Return the gradient of each image's own score, (N, 1, H, W), for images of that shape."""
    with torch.enable_grad():
        images = images.detach().requires_grad_()  # a leaf: the caller's tensor gets no gradient
        # images of a batch do not mix: the gradient of the sum is each image's own
        (gradient,) = torch.autograd.grad(question.score(images).sum(), images)
    return gradient


def saliency(question: Question, image: Tensor) -> Tensor:
    """Return the absolute gradient of the score at each pixel, (H, W).

    Args:
        question: the network and its score.
        image: (1, H, W) in [0, 1].

    Reference:
        Simonyan et al. 2013, "Deep Inside Convolutional Networks",
        https://arxiv.org/abs/1312.6034
    """
    return input_gradient(question, image[None])[0, 0].abs()  # (1, 1, H, W) to (H, W)


def gradient_times_input(question: Question, image: Tensor) -> Tensor:
    """Return each pixel times its gradient, (H, W): its share of the score of a linear network.

    Args:
        question: the network and its score.
        image: (1, H, W) in [0, 1].

    Reference:
        Shrikumar et al. 2016, "Not Just a Black Box", https://arxiv.org/abs/1605.01713
    """
    return input_gradient(question, image[None])[0, 0] * image[0]  # (H, W)


def integrated_gradients(question: Question, image: Tensor) -> Tensor:
    """Return each pixel times its mean gradient along the path from a black image, (H, W).

    The integral is a sum over the midpoints of `INTEGRATION_STEPS` equal steps. The map sums to the
    score minus that of the black image, up to the error of that sum.

    Args:
        question: the network and its score.
        image: (1, H, W) in [0, 1].

    Reference:
        Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks",
        https://arxiv.org/abs/1703.01365
    """
    shares = (torch.arange(INTEGRATION_STEPS, device=image.device) + 0.5) / INTEGRATION_STEPS
    path = shares[:, None, None, None] * image  # (INTEGRATION_STEPS, 1, H, W)
    gradients = torch.cat(
        [input_gradient(question, batch) for batch in path.split(IMAGES_AT_A_TIME)]
    )
    return gradients.mean(dim=0)[0] * image[0]  # (H, W)
