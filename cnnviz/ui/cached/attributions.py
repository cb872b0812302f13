"""Attributions: which pixels support a prediction."""

from typing import TYPE_CHECKING

from cnnviz.data.mnist import Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached.loading import model
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnnviz.inspection.attribution.grad_cam_layers import GradCamLayer
    from cnnviz.inspection.attribution.methods import Explanation
    from cnnviz.inspection.attribution.question import Target


@cached
def grad_cam_layers(network: TrainedNetwork) -> "tuple[GradCamLayer, ...]":
    """Return the layers that Grad-CAM can use."""
    from cnnviz.inspection.attribution.grad_cam_layers import grad_cam_layers

    return grad_cam_layers(model(network))


@cached
def explanation(
    network: TrainedNetwork, image: Pixels, target: "Target", layer: str
) -> "Explanation":
    """Return the attribution of a score to the pixels of an image, by all methods."""
    from cnnviz.inspection.attribution.methods import explain

    return explain(model(network), image[None], target, layer=layer)


@cached
def attribution_map(
    network: TrainedNetwork, image: Pixels, digit: int, layer: str, method: str
) -> "NDArray[np.float32]":
    """Return the attribution of a digit's logit to the image's own pixels, by one method.

    Args:
        network: trained.
        image: uint8, (28, 28), or of the size of the network's input, padding included.
        digit: the class.
        layer: for Grad-CAM.
        method: key of `attribution.METHODS`.
    """
    from cnnviz.inspection.attribution.methods import explain_by
    from cnnviz.inspection.attribution.question import Target, question_about

    return explain_by(question_about(model(network), Target(digit), layer), image[None], method)
