import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.data.mnist import load_digits
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.inspection.activations.layer_activations import (
    LayerActivation,
    activation_differences,
    chain_of,
    chains,
    difference_share,
    image_difference,
    last_runs,
    layer_activations,
    main_modules,
)
from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.hooks import recording_runs
from cnnviz.models.layers import innermost_layers
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.trace import trace_architecture

IMAGES = load_digits("embedded").test_images
ROWS = [row for row in CATALOG.values() if row.task == "classify"]
EVERY = pytest.mark.parametrize("row", ROWS, ids=[row.key for row in ROWS])


class Shared(nn.Module):
    """One activation in place that runs twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 1, 1, bias=False), nn.Conv2d(1, 1, 1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        nn.init.constant_(self.first.weight, 1.0)
        nn.init.constant_(self.second.weight, -2.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.second(self.relu(self.first(x)))).flatten(1)


def test_each_run_of_a_layer_in_place_keeps_its_own_values_and_gradients() -> None:
    model = Shared()
    x = torch.tensor([[[[-1.0, 3.0]]]], requires_grad=True)
    with recording_runs(model, ["first", "relu", "second"]) as runs:
        model(x)[0].sum().backward()
    assert [name for name, _ in runs] == ["first", "relu", "second", "relu"]
    values = [output.flatten().tolist() for _, output in runs]
    assert values == [[-1, 3], [0, 3], [0, -6], [0, 0]]  # before and after each ReLU, by hand
    gradients = [output.grad.flatten().tolist() for _, output in runs if output.grad is not None]
    assert gradients == [[0, 0], [0, 0], [0, 0], [1, 1]]


@EVERY
def test_values_and_gradients_agree_with_a_pass_of_ones_own(row: Architecture) -> None:
    torch.manual_seed(0)
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    kept: list[Tensor] = []

    def keep(_: nn.Module, __: object, output: Tensor) -> Tensor:
        kept.append(output)
        return output.clone()

    found = layer_activations(network, IMAGES[0], names=[row.late], target=3)[-1]
    handle = model.get_submodule(row.late).register_forward_hook(keep)
    x = normalize(to_unit_range(torch.from_numpy(IMAGES[:1])), size=row.input_size)
    score = model(x.requires_grad_())[0, 3]
    handle.remove()
    gradient = torch.autograd.grad(score, kept[-1])[0]
    for tensor, mine in ((kept[-1].detach(), found.values), (gradient, found.gradients)):
        if tensor.dim() == 3:  # tokens: the class token, which comes first, has no place on a map
            tensor = tensor[:, -mine[0].size :]
        expected = np.sort(tensor.flatten().numpy())
        assert np.sort(mine.flatten()) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@EVERY
def test_every_layer_has_maps_with_gradients_and_the_model_is_untouched(row: Architecture) -> None:
    model = row.build()
    network = LoadedNetwork(model, row)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    found = layer_activations(network, IMAGES[0])
    assert len(found) >= 5
    for activation in found:
        assert activation.values.dtype == np.float32
        assert activation.values.ndim == 3
        assert activation.values.shape == activation.gradients.shape
    assert all(torch.equal(before[name], t) for name, t in model.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in model.parameters())
    assert model.training


def test_the_difference_of_two_images_is_the_second_minus_the_first() -> None:
    first = np.array([[0, 255], [51, 102]], np.uint8)
    second = np.array([[255, 0], [102, 51]], np.uint8)  # unsigned: 0 - 255 must not wrap around
    difference = image_difference(first, second)
    assert (difference.shape, difference.dtype) == ((1, 2, 2), np.float32)
    assert difference[0] == pytest.approx(np.array([[1, -1], [0.2, -0.2]]))


def test_of_a_layer_that_runs_twice_the_last_run_remains() -> None:
    maps = np.zeros((1, 1, 1), np.float32)
    first, relu, again = (
        LayerActivation(layer, run, "ReLU", maps, maps)
        for layer, run in (("relu1", 0), ("relu2", 0), ("relu1", 1))
    )
    assert last_runs([first, relu, again]) == {"relu1": again, "relu2": relu}
    assert list(last_runs([first, relu, again])) == ["relu1", "relu2"]


def test_a_chain_is_what_follows_a_convolution_directly() -> None:
    assert chains(trace_architecture(CATALOG["mnist_cnn"], published=False))[:2] == [
        ("conv1", "relu1", "pool1"),
        ("conv2", "relu2", "pool2", "flatten"),
    ]
    trace = trace_architecture(CATALOG["resnet8"], published=False)
    assert chain_of("layer1.0.bn2", trace) == ("layer1.0.conv2", "layer1.0.bn2")
    assert chain_of("layer1.0.relu2", trace) == ("layer1.0.relu2",)  # tensors have met before it
    assert chain_of("layer1.0", trace) == ("layer1.0",)
    mobile = trace_architecture(CATALOG["mobilenet_v3"], published=False)
    assert chain_of("bn1", mobile)[:2] == ("conv_stem", "bn1")


@EVERY
def test_a_network_is_opened_as_far_as_asked(row: Architecture) -> None:
    model = row.build()
    coarse, fine = main_modules(model, 20), main_modules(model, 64)
    assert len(coarse) <= max(20, len(main_modules(model, 1)))
    assert 5 <= len(fine) <= 64
    idle = (nn.Dropout, nn.Flatten)
    for leaf, module in innermost_layers(model).items():
        inside = any(f"{leaf}.".startswith(f"{name}.") for name in fine)
        assert inside or isinstance(module, idle)


def test_the_difference_of_two_inputs_is_taken_value_by_value() -> None:
    row = CATALOG["lenet5"]
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    one, other = (layer_activations(network, IMAGES[i], names=["c1", "tanh1"]) for i in (0, 1))
    for a, b, found in zip(one, other, activation_differences(one, other), strict=True):
        assert np.array_equal(found, b.values - a.values)
    message = r"both activations must have the same layers, got .* and "
    with pytest.raises(ValueError, match=message):
        activation_differences(one, other[:1])


@pytest.mark.parametrize("key", ["levit", "resnet8"])
def test_gradients_of_one_digit_are_those_of_two_alike(key: str) -> None:
    row = CATALOG[key]
    torch.manual_seed(0)
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    kept: list[Tensor] = []

    def keep(_: nn.Module, __: object, output: Tensor) -> Tensor:
        output.retain_grad()
        kept.append(output)
        return output.clone()

    found = layer_activations(network, IMAGES[0], names=[row.early], target=3)[0]
    handle = model.get_submodule(row.early).register_forward_hook(keep)
    x = normalize(to_unit_range(torch.from_numpy(IMAGES[[0, 0]])), size=row.input_size)
    model(x.requires_grad_())[:, 3].sum().backward()  # PyTorch errs for a batch of one only
    handle.remove()
    assert kept[0].grad is not None
    assert found.gradients == pytest.approx(kept[0].grad[0].numpy(), rel=1e-3, abs=1e-5)


def test_a_linear_layer_on_pairs_of_tokens_has_a_map_for_each_head() -> None:
    row = CATALOG["convit"]
    network = LoadedNetwork(row.build(), row)
    (found,) = layer_activations(network, IMAGES[0], names=["blocks.0.attn.pos_proj"])
    assert found.values.shape == (4, 49, 49)


def test_the_mean_magnitude_is_taken_over_channels_by_hand() -> None:
    values = np.array([[[1.0, -2.0]], [[-3.0, 0.0]]], np.float32)  # (2, 1, 2)
    activation = LayerActivation("it", 0, "ReLU", values, np.zeros_like(values))
    assert activation.mean_magnitude.tolist() == [[[2, 1]]]


def test_the_share_of_a_difference_is_none_for_equal_and_all_for_separate_maps() -> None:
    one = np.array([[[1, 2], [0, 0]]], np.float32)
    separate = np.array([[[0, 0], [3, 1]]], np.float32)
    assert difference_share(one, one) == 0
    assert difference_share(one, separate) == 1
    assert difference_share(one, -one) == 1
    assert difference_share(one, 3 * one) == 0.5  # 6 of 12
    assert difference_share(0 * one, 0 * one) == 0
