import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.map_layers import MapLayer, map_layers
from cnnviz.inspection.activations.partial_forward import earliest, prefix, resume
from cnnviz.inspection.interventions.edits import Edit, Kernel, Scale, added, current, edited
from cnnviz.inspection.interventions.effects import Effect, baseline, effects
from cnnviz.models.catalogue import Architecture, of_task
from cnnviz.models.inference import evaluate
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs.networks import load_network, shipped

ROWS = of_task("classify")


class Two(nn.Module):
    """Two channels, twice and three times the input, through a batch norm, added up."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(2, eps=0)
        with torch.no_grad():
            self.conv.weight.copy_(torch.tensor([2.0, 3.0]).view(2, 1, 1, 1))
            self.norm.bias.copy_(torch.tensor([10.0, 100.0]))
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x)).sum(dim=(1, 2, 3))


def two() -> LoadedNetwork:
    return LoadedNetwork(Two(), ROWS["mnist_cnn"])


CONV = MapLayer("conv", "Conv2d", "", 2, (1, 1), 1, (1, 1), 1)
NORM = MapLayer("norm", "BatchNorm2d", "", 2, (1, 1), 1)


def answer(*edits: Edit) -> float:
    return float(edited(two(), edits, [CONV, NORM]).model(torch.ones(1, 1, 1, 1)).detach())


def test_muting_by_hand() -> None:
    assert answer() == 2 + 10 + 3 + 100
    assert answer(Scale("conv", 0, 0)) == 0 + 10 + 3 + 100  # the norm still adds its shift
    assert answer(Scale("norm", 0, 0)) == 3 + 100
    assert answer(Scale("norm", 1, 0.5)) == 2 + 10 + 51.5
    assert answer(Kernel("conv", 1, 0, ((-7.0,),))) == 2 + 10 - 7 + 100


def test_edits_compose_and_of_two_that_set_the_same_the_later_holds() -> None:
    edits: tuple[Edit, ...] = (
        Scale("norm", 0, 0),
        Scale("conv", 1, 2),
        Kernel("conv", 1, 0, ((4.0,),)),
        Scale("norm", 0, 3),
    )
    assert answer(*edits) == 3 * (2 + 10) + 2 * 4 + 100
    assert answer(*edits[:-1]) == 0 + 2 * 4 + 100  # undone
    assert len(current(edits)) == 3


def test_moving_on_with_a_value_is_one_edit_in_the_history() -> None:
    history = added((), Scale("conv", 0, 0.5))
    history = added(history, Scale("conv", 0, 0.2))
    assert history == (Scale("conv", 0, 0.2),)
    history = added(history, Scale("conv", 1, 0))
    history = added(history, Scale("conv", 0, 1))
    assert len(history) == 3


def test_the_original_is_not_touched() -> None:
    model = Two()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    edited(
        LoadedNetwork(model, ROWS["mnist_cnn"]),
        [Kernel("conv", 0, 0, ((9.0,),)), Scale("norm", 1, 0)],
        [CONV, NORM],
    )
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (Scale("conv9", 0, 0), "no layer 'conv9' with channels: choose conv, norm"),
        (Scale("conv", 2, 0), "conv has no channel 2: choose 0 to 1"),
        (Kernel("norm", 0, 0, ((1.0,),)), "norm is no convolution"),
        (Kernel("conv", 0, 3, ((1.0,),)), "no kernel for input 3: choose 0 to 0"),
        (Kernel("conv", 0, 0, ((1.0, 2.0),)), "does not fit"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(edit: Edit, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        edited(two(), [edit], [CONV, NORM])


def random_net(row: Architecture) -> nn.Module:
    """A network in which what comes early reaches the logits, though nobody has trained it."""
    torch.manual_seed(5)
    model = row.build()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            module.momentum = None
        if isinstance(module, nn.Linear) and not module.weight.any():
            nn.init.normal_(module.weight)
    model(torch.rand(20, 1, row.input_size, row.input_size))
    return model.eval()


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_resuming_at_any_of_the_three_layers_gives_what_running_everything_gives(
    row: Architecture,
) -> None:
    model, digits = random_net(row), load_digits("embedded").test_images[::250]
    network = LoadedNetwork(model, row)
    layers = map_layers(network)
    x = prefix(network, digits, layer="").batches[0]
    for layer in (layer for layer in layers if layer.role):
        changed = edited(network, [Scale(layer.name, layer.channels // 2, -3)], layers)
        kept = prefix(network, digits, layer=layer.name)
        with torch.inference_mode():
            whole = changed.model(x)
        found = torch.cat(list(resume(changed, kept)))
        assert torch.allclose(found, whole, atol=1e-3 * float(whole.abs().max()))
        again = torch.cat(list(resume(changed, kept)))  # what was kept is as before
        assert torch.equal(again, found)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_scaling_by_one_changes_nothing_and_muting_changes_something(row: Architecture) -> None:
    model, digits = random_net(row), load_digits("embedded")
    network = LoadedNetwork(model, row)
    tested = baseline(network, digits.test_images[::100], digits.test_labels[::100])
    layers = map_layers(network)
    image = digits.test_images[0, 0]
    early = next(layer for layer in layers if layer.role == "early")
    *_, same = effects(network, [Scale(early.name, 0, 1)], image, tested, layers=layers)
    assert np.allclose(same.before, same.after, atol=1e-6)
    assert (same.lost, same.gained, same.tested) == (0, 0, 10)
    mute = tuple(Scale(early.name, channel, 0) for channel in range(early.channels))
    *_, muted = effects(network, mute, image, tested, layers=layers)
    assert not np.allclose(muted.after, same.before, atol=1e-6)


def trained() -> LoadedNetwork:
    network = next(network for network in shipped() if network.architecture_key == "sprint_cnn")
    return load_network(network)


def test_accuracy_after_muting_is_that_of_a_network_with_the_weights_at_zero() -> None:
    network = trained()
    model, row = network.model, network.architecture
    digits, layers = load_digits("embedded"), map_layers(network)
    tested = baseline(network, digits.test_images, digits.test_labels)
    mute = [Scale(row.late, channel, 0) for channel in range(0, 30)]
    kept = prefix(network, digits.test_images, layer=row.late)
    *_, found = effects(network, mute, digits.test_images[3, 0], tested, layers=layers, before=kept)
    model.get_submodule(row.late).register_forward_hook(  # this copy is the test's own
        lambda _module, _inputs, output: torch.cat(
            [torch.zeros_like(output[:, :30]), output[:, 30:]], dim=1
        )
    )
    images, labels = torch.from_numpy(digits.test_images), torch.from_numpy(digits.test_labels)
    alone = evaluate(model, images, labels, size=row.input_size)
    assert found.accuracy_after.value == alone.accuracy < found.accuracy_before.value
    assert found.difference.value == pytest.approx(
        found.accuracy_after.value - found.accuracy_before.value
    )
    assert found.accuracy_after.low < alone.accuracy < found.accuracy_after.high


def test_effects_grow_batch_by_batch_to_the_whole() -> None:
    network = trained()
    digits, layers = load_digits("embedded"), map_layers(network)
    tested = baseline(network, digits.test_images[:250], digits.test_labels[:250])
    arguments = (
        network,
        [Scale(network.architecture.early, 0, 0)],
        digits.test_images[0, 0],
        tested,
    )
    found: list[Effect] = list(effects(*arguments, layers=layers))
    assert [one.tested for one in found] == [100, 200, 250]
    assert not torch.is_inference_mode_enabled()


def test_the_earliest_layer_is_the_one_that_runs_first() -> None:
    row = ROWS["lenet5"]
    assert earliest(LoadedNetwork(row.build(), row), ["tanh5", "c3", "s4"]) == "c3"
    assert earliest(LoadedNetwork(row.build(), row), []) == ""
