import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnnviz.data.mnist import load_digits
from cnnviz.inspection import unit_arithmetic
from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.layers import innermost_layers
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs import networks

CLASSIFIERS = [row for row in CATALOG.values() if row.task == "classify"]
DIGITS = load_digits("embedded")
IMAGE, LABEL = DIGITS.test_images[3], int(DIGITS.test_labels[3])
OTHER = (LABEL + 1) % 10  # a wrong label, which makes the loss large


def weighed(model: nn.Module) -> list[str]:
    """A first, a middle and a last layer that multiplies inputs with weights."""
    kinds = (nn.Conv2d, nn.Linear)
    found = [name for name, module in innermost_layers(model).items() if isinstance(module, kinds)]
    return [found[0], found[len(found) // 2], found[-1]]


def middle(model: nn.Module, layer: str) -> tuple[int, ...]:
    weight = model.get_submodule(layer).weight
    assert isinstance(weight, torch.Tensor)
    return tuple(size // 2 for size in weight.shape)


def straight(model: nn.Module) -> nn.Module:
    """Hand batch norms contiguous gradients: PyTorch 2.15 misreads others of one image."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.register_forward_hook(
                lambda _m, _x, y: y.register_hook(lambda g: g.contiguous()) and None
            )
    return model


@pytest.mark.parametrize("row", CLASSIFIERS, ids=lambda row: row.key)
def test_the_terms_add_up_to_autograds_gradient(row: Architecture) -> None:
    torch.manual_seed(0)
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    other = straight(copy.deepcopy(model))
    x = network.input(IMAGE)
    F.cross_entropy(other(x), torch.tensor([LABEL])).backward()
    for layer in weighed(model):
        weight = middle(model, layer)
        found = unit_arithmetic.gradient_of_weight(network, IMAGE, LABEL, layer, weight)
        gradient = other.get_submodule(layer).weight.grad
        assert isinstance(gradient, torch.Tensor)
        expected = gradient[weight].item()
        assert found.gradient == pytest.approx(expected, rel=1e-3, abs=1e-5)
        assert found.gradient == pytest.approx(found.autograd, rel=1e-9, abs=1e-15)
        assert found.products.sum() == pytest.approx(found.gradient)


@pytest.mark.parametrize(
    "module",
    [
        nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2, bias=False),
        nn.Conv2d(4, 4, 3, padding="same", dilation=2, groups=4),
        nn.Conv2d(4, 6, (2, 3), padding=(1, 0), padding_mode="circular"),
        nn.Conv2d(4, 6, 1),
    ],
    ids=str,
)
def test_every_weight_of_a_convolution_of_any_kind(module: nn.Conv2d) -> None:
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=4), nn.Tanh(), module, nn.Flatten(), nn.LazyLinear(10)
    ).eval()
    network = LoadedNetwork(model, CATALOG["mnist_cnn"])
    x = network.input(IMAGE)
    model(x)
    F.cross_entropy(model(x), torch.tensor([LABEL])).backward()
    expected = module.weight.grad
    assert expected is not None
    for weight in torch.cartesian_prod(*(torch.arange(size) for size in expected.shape)).tolist():
        found = unit_arithmetic.gradient_of_weight(network, IMAGE, LABEL, "2", tuple(weight))
        assert found.gradient == pytest.approx(expected[tuple(weight)].item(), abs=1e-6)


@pytest.mark.parametrize("key", ["mnist_cnn", "resnet8", "mobilenet_v1", "levit", "vgg11"])
def test_a_small_step_changes_the_loss_as_predicted(key: str) -> None:
    loaded = networks.load_network(networks.find_network(f"shipped-{key}"))
    model = loaded.model
    layer = unit_arithmetic.supported_layers(model)[0].layer
    found = unit_arithmetic.gradient_of_weight(loaded, IMAGE, OTHER, layer, middle(model, layer))
    step = unit_arithmetic.weight_update(loaded, IMAGE, OTHER, found, 1e-5)
    assert step.after == found.value - 1e-5 * found.gradient
    assert step.predicted == -1e-5 * found.gradient**2
    assert step.real == pytest.approx(step.predicted, rel=0.02)
    assert step.ratio == pytest.approx(1, rel=0.02)


def test_a_tiny_loss_is_exact_enough_to_see_one_weight_change_it() -> None:
    loaded = networks.load_network(networks.find_network("shipped-mnist_cnn"))
    model = loaded.model
    double = copy.deepcopy(model).double()
    image, label = DIGITS.test_images[0], int(DIGITS.test_labels[0])
    found = unit_arithmetic.gradient_of_weight(loaded, image, label, "conv1", (0, 0, 1, 1))
    assert found.loss < 1e-6
    logits = double(loaded.input(image).double())
    expected = F.cross_entropy(logits, torch.tensor([label]))
    assert found.loss == pytest.approx(expected.item(), rel=1e-6)
    step = unit_arithmetic.weight_update(loaded, image, label, found, 0.1)
    assert step.predicted > -1e-14
    assert step.ratio == pytest.approx(1, rel=0.01)


def test_a_change_too_small_to_be_told_has_no_ratio() -> None:
    assert unit_arithmetic.Update(1.0, 1.0, 0.1, -1e-20, 2e-16).ratio is None
    assert unit_arithmetic.Update(1.0, 1.0, 0.1, 0.0, 0.0).ratio is None


def test_a_weight_that_is_not_there_is_a_sentence() -> None:
    row, model = CATALOG["mnist_cnn"], CATALOG["mnist_cnn"].build()
    network = LoadedNetwork(model, row)
    with pytest.raises(ValueError, match=r"conv1 must be an index .*, got \(0, 0, 3, 0\)"):
        unit_arithmetic.gradient_of_weight(network, IMAGE, LABEL, "conv1", (0, 0, 3, 0))
    with pytest.raises(ValueError, match="must be a convolution or a fully connected layer"):
        unit_arithmetic.gradient_of_weight(network, IMAGE, LABEL, "relu1", (0,))


@pytest.mark.parametrize("key", ["mnist_cnn", "mobilenet_v1", "vit"])
def test_the_steepest_weight_of_a_channel_is_autograds(key: str) -> None:
    torch.manual_seed(0)
    model = CATALOG[key].build().eval()
    network = LoadedNetwork(model, CATALOG[key])
    other = straight(copy.deepcopy(model)).double()
    x = network.input(IMAGE).double()
    F.cross_entropy(other(x), torch.tensor([OTHER])).backward()
    for layer in weighed(model):
        gradient = other.get_submodule(layer).weight.grad
        assert isinstance(gradient, torch.Tensor)
        found = unit_arithmetic.steepest_weight(network, IMAGE, OTHER, layer, 3)
        assert found[0] == 3
        assert gradient[found].abs() == gradient[3].abs().max()


def test_terms_are_ranked_by_magnitude_and_equal_ones_by_position() -> None:
    products = np.array([[1.0, -3.0, 0.0], [3.0, 2.0, -4.0]])
    gradient = unit_arithmetic.WeightGradient(
        "it", (0, 0), 0.0, products, products, products, 0.0, 0.0, 0.0
    )
    rows, columns = gradient.ranked()
    assert products[rows, columns].tolist() == [-4, -3, 3, 2, 1, 0]
    assert list(zip(rows, columns, strict=True))[:3] == [(1, 2), (0, 1), (1, 0)]
