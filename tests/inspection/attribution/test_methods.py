"""All methods on real networks: axioms, shapes, and that the network stays as it was."""

import copy

import pytest
import torch

from cnnviz.data.mnist import load_digits
from cnnviz.data.normalization import normalize
from cnnviz.inspection.attribution.grad_cam_layers import default_layer, grad_cam_layers
from cnnviz.inspection.attribution.methods import METHODS, Method, explain
from cnnviz.inspection.attribution.question import Target, question_about, to_image
from cnnviz.models.catalog import architecture, of_task
from cnnviz.models.loaded_network import LoadedNetwork
from tests.inspection.attribution.shipped_networks import available

SIGNED = [method for method in METHODS.values() if method.signed]

DIGIT = load_digits("embedded").test_images[0]


@pytest.mark.parametrize("method", SIGNED, ids=lambda method: method.key)
def test_why_a_and_not_b_is_the_negative_of_why_b_and_not_a(method: Method) -> None:
    row, model, image = architecture("sprint_cnn"), available("sprint_cnn"), to_image(DIGIT)
    network = LoadedNetwork(model, row)
    one, other = (
        method.function(question_about(network, target, "relu3"), image)
        for target in (Target(0, 6), Target(6, 0))
    )
    assert torch.allclose(one, -other, atol=1e-4)


@pytest.mark.parametrize("method", SIGNED, ids=lambda method: method.key)
def test_a_contrast_is_the_difference_of_two_maps(method: Method) -> None:
    row, model, image = architecture("resnet8"), available("resnet8"), to_image(DIGIT)
    network = LoadedNetwork(model, row)
    both, one, other = (
        method.function(question_about(network, target, "layer3"), image)
        for target in (Target(0, 6), Target(0), Target(6))
    )
    assert torch.allclose(both, one - other, atol=1e-3)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
@pytest.mark.parametrize("key", of_task("classify"))
def test_every_method_answers_on_every_network(key: str, method: Method) -> None:
    row, model, image = architecture(key), available(key), to_image(DIGIT)
    network = LoadedNetwork(model, row)
    layer = default_layer(grad_cam_layers(network))[0].layer
    with torch.no_grad():
        answer = int(model(normalize(image[None], size=row.input_size)).argmax())
    found = method.function(question_about(network, Target(answer), layer), image)
    assert found.shape == (28, 28)
    assert found.isfinite().all()
    assert found.any()
    assert not found.requires_grad
    assert method.signed or found.min() >= 0


@pytest.mark.parametrize("trainable", [False, True])
def test_the_model_is_left_as_it_was(trainable: bool) -> None:
    model = copy.deepcopy(available("resnet8")).requires_grad_(trainable).train()
    model.layer1.eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    explain(LoadedNetwork(model, architecture("resnet8")), DIGIT, Target(3), layer="layer2")
    assert modes == [module.training for module in model.modules()]
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert all(p.requires_grad == trainable and p.grad is None for p in model.parameters())
    assert not any(m._forward_hooks or m._backward_hooks for m in model.modules())


def test_methods_are_told_apart_and_sourced() -> None:
    assert list(METHODS) == [method.key for method in METHODS.values()]
    assert [key for key, method in METHODS.items() if method.needs_layer] == ["grad_cam"]
    for method in METHODS.values():
        assert method.paper.url.startswith("https://arxiv.org/abs/")
        assert method.explanation.count(". ") == 1
