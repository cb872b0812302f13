import itertools

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.map_layers import map_layers
from cnnviz.inspection.interventions import feature_visualization as v
from cnnviz.inspection.interventions import objectives, regularization
from cnnviz.models.catalog import Architecture, of_task
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
    for frame in v.visualize(network, objectives.channel_objective(layer, 0), steps=2, every=1):
        assert frame.image.shape == (28, 28)
        assert frame.image.min() >= 0
        assert frame.image.max() <= 1
        assert np.isfinite(frame.value)
    assert state(model) == before
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    "begin",
    [regularization.pixel_parametrization(), regularization.fourier_parametrization()],
    ids=["pixels", "fourier"],
)
def test_the_objective_rises_and_goes_beyond_every_real_digit(
    begin: regularization.Parametrization,
) -> None:
    network = trained("mnist_cnn")
    layer = next(layer for layer in map_layers(network) if layer.role == "late")
    objective = objectives.channel_objective(layer, 7)
    *_, last = frames = list(v.visualize(network, objective, parametrization=begin))
    assert last.value > frames[0].value
    assert (
        last.value
        > v.objective_values(network, objective, load_digits("embedded").test_images).max()
    )
    assert [frame.step for frame in frames] == list(range(0, 193, 4))


def test_the_same_seed_gives_the_same_images_and_another_one_others() -> None:
    network = trained()
    runs = [
        list(v.visualize(network, objectives.logit_objective(8), steps=12, every=3, seed=seed))[
            -1
        ].image
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_closing_early_and_failing_leave_the_model_as_it_was() -> None:
    network = trained()
    model = network.model
    before = state(model)
    frames = v.visualize(network, objectives.logit_objective(0))
    assert len(list(itertools.islice(frames, 3))) == 3
    frames.close()
    assert state(model) == before

    def fails(_: object) -> torch.Tensor:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(v.visualize(network, objectives.Objective((network.architecture.early,), fails)))
    assert state(model) == before
    assert torch.is_grad_enabled()
