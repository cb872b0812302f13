"""The methods against captum's, on trained networks.

Where the definitions are the same, so are the maps. Two differ. Captum's occlusion begins at the
image's edge, where ours lets the square hang over, so that every pixel is hidden as often: on an
image with a margin both are the same. Captum's Grad-CAM takes the second dimension for the
channels, as convolutions have them, and does not know tokens; it stays on the layer's own grid.
"""

import captum.attr
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.attribution import grad_cam, gradients, occlusion
from cnnviz.inspection.attribution.question import Question, Target, question_about, to_image
from cnnviz.training.runs import networks

LAYERS = {"mnist_cnn": "pool2", "resnet8": "layer2", "mobilenet_v2": "features.4"}
TARGETS = [Target(3), Target(5, 8)]


def asked(key: str, target: Target) -> Question:
    shipped = {network.architecture_key: network for network in networks.shipped()}
    return question_about(networks.load_network(shipped[key]), target, LAYERS[key])


def picture(index: int) -> Tensor:
    return to_image(load_digits("embedded").test_images[index])


def by_captum(explainer: captum.attr.Attribution, image: Tensor, **options: object) -> Tensor:
    found: Tensor = explainer.attribute(image[None].requires_grad_(), **options)
    return found.detach()[0, 0]


def assert_alike(found: Tensor, expected: Tensor) -> None:
    assert found.shape == expected.shape
    assert found.abs().max() > 1e-3
    assert torch.allclose(found, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("key", LAYERS)
def test_gradients_are_captums(key: str, target: Target) -> None:
    question, image = asked(key, target), picture(17)
    assert_alike(
        gradients.saliency(question, image), by_captum(captum.attr.Saliency(question.score), image)
    )
    assert_alike(
        gradients.gradient_times_input(question, image),
        by_captum(captum.attr.InputXGradient(question.score), image),
    )


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("key", LAYERS)
def test_integrated_gradients_are_captums_by_the_midpoint_rule(key: str, target: Target) -> None:
    question, image = asked(key, target), picture(17)
    expected = by_captum(
        captum.attr.IntegratedGradients(question.score),
        image,
        baselines=0.0,
        n_steps=gradients.INTEGRATION_STEPS,
        method="riemann_middle",
    )
    assert_alike(gradients.integrated_gradients(question, image), expected)


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("key", LAYERS)
def test_occlusion_is_captums_on_an_image_with_a_margin(key: str, target: Target) -> None:
    question, image = asked(key, target), picture(17)
    margin = occlusion.WINDOW - occlusion.STRIDE
    inside = (..., slice(margin, -margin), slice(margin, -margin))
    framed = captum.attr.Occlusion(lambda images: question.score(images[inside]))
    found = framed.attribute(
        F.pad(image, (margin,) * 4)[None],
        sliding_window_shapes=(1, occlusion.WINDOW, occlusion.WINDOW),
        strides=(1, occlusion.STRIDE, occlusion.STRIDE),
        baselines=0.0,
    )
    assert_alike(occlusion.occlusion(question, image), found[inside][0, 0])


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("key", LAYERS)
def test_grad_cam_is_captums_on_the_layers_own_grid(key: str, target: Target) -> None:
    question, image = asked(key, target), picture(17)
    layer = question.model.get_submodule(question.layer)
    expected = by_captum(
        captum.attr.LayerGradCam(question.score, layer), image, relu_attributions=True
    )
    assert_alike(grad_cam.grad_cam_cells(question, image), expected)
