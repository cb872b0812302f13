import itertools

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.map_layers import map_layers
from cnnviz.inspection.interventions import feature_visualization as v
from cnnviz.models.catalogue import Architecture, of_task
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs.networks import load_network, shipped

ROWS = of_task("classify")


def state(model: nn.Module) -> list[object]:
    return [
        [
            (name, module.training, len(module._forward_hooks))
            for name, module in model.named_modules()
        ],
        [(name, p.requires_grad, p.grad) for name, p in model.named_parameters()],
    ]


def trained(key: str = "sprint_cnn") -> LoadedNetwork:
    network = next(network for network in shipped() if network.architecture_key == key)
    return load_network(network)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_row_can_be_climbed_and_stays_as_it_was(row: Architecture) -> None:
    model = row.build()
    network = LoadedNetwork(model, row)
    model.train()
    before = state(model)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    layer = next(layer for layer in map_layers(network) if layer.role == "middle")
    for frame in v.visualize(network, v.channel(layer, 0), steps=2, every=1):
        assert frame.image.shape == (28, 28)
        assert frame.image.min() >= 0
        assert frame.image.max() <= 1
        assert np.isfinite(frame.value)
    assert state(model) == before
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("begin", [v.pixels(), v.fourier()], ids=["pixels", "fourier"])
def test_the_objective_rises_and_goes_beyond_every_real_digit(begin: v.Parametrization) -> None:
    network = trained("mnist_cnn")
    layer = next(layer for layer in map_layers(network) if layer.role == "late")
    objective = v.channel(layer, 7)
    *_, last = frames = list(v.visualize(network, objective, parametrization=begin))
    assert last.value > frames[0].value
    assert last.value > v.over(network, objective, load_digits("embedded").test_images).max()
    assert [frame.step for frame in frames] == list(range(0, 193, 4))


def test_the_same_seed_gives_the_same_images_and_another_one_others() -> None:
    network = trained()
    runs = [
        list(v.visualize(network, v.logit(8), steps=12, every=3, seed=seed))[-1].image
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_closing_early_and_failing_leave_the_model_as_it_was() -> None:
    network = trained()
    model = network.model
    before = state(model)
    frames = v.visualize(network, v.logit(0))
    assert len(list(itertools.islice(frames, 3))) == 3
    frames.close()
    assert state(model) == before

    def fails(_: object) -> torch.Tensor:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(v.visualize(network, v.Objective((network.architecture.early,), fails)))
    assert state(model) == before
    assert torch.is_grad_enabled()


def test_a_class_minus_another_prefers_it() -> None:
    network = trained()
    *_, last = v.visualize(network, v.minus(v.logit(4), v.logit(9)), steps=60)
    pixels = (255 * last.image).round().astype(np.uint8)[None, None]
    four, nine = (v.over(network, v.logit(digit), pixels)[0] for digit in (4, 9))
    assert four - nine == pytest.approx(last.value, rel=0.1)
    assert four > nine


def test_a_unit_is_one_place_of_its_channel() -> None:
    network = trained()
    layer = next(layer for layer in map_layers(network) if layer.role == "early")
    digits = load_digits("embedded").test_images[:4]
    rows, columns = layer.grid
    places = itertools.product(range(rows), range(columns))
    units = [v.over(network, v.unit(layer, 2, *place), digits) for place in places]
    mean = v.over(network, v.channel(layer, 2), digits)
    assert np.mean(units, axis=0) == pytest.approx(mean, abs=1e-5)


def test_transforms_keep_the_size_and_a_shift_is_a_shift() -> None:
    image = torch.zeros(1, 1, 28, 28)
    image[..., 14, 14] = 1
    random = torch.Generator().manual_seed(0)
    for transform in v.TRANSFORMS:
        assert transform(image, random).shape == image.shape
    shifted = v.jitter(2)(image, random)
    down, across = (shifted[0, 0].nonzero()[0] - 14).tolist()
    assert shifted.sum() == 1
    assert max(abs(down), abs(across)) <= 2
    assert torch.allclose(v.rotate(0)(image, random), image, atol=1e-5)
    assert torch.allclose(v.scale(0)(image, random), image, atol=1e-5)


def test_penalties_by_hand() -> None:
    image = torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]])
    assert v.total_variation(2.0)(image) == 2 * (0 + 1)
    assert v.ink(3.0)(image) == 1.5
