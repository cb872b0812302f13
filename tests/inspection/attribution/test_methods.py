"""Attribution: linear networks and the papers' formulas by hand, and axioms on real networks."""

import copy
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.data.mnist import MEAN, STD, load_digits
from cnnviz.data.normalization import normalize
from cnnviz.inspection.attribution import methods as core
from cnnviz.inspection.attribution.grad_cam_layers import places, propose
from cnnviz.inspection.attribution.methods import METHODS, Question, Target, ask, explain, to_image
from cnnviz.models.catalogue import architecture, of_task
from cnnviz.models.hooks import recording_runs
from cnnviz.models.loaded_network import LoadedNetwork
from tests.inspection.attribution.shipped_networks import available

SIGNED = [method for method in METHODS.values() if method.signed]

DIGIT = load_digits("embedded").test_images[0]


class Ink(nn.Module):
    """Takes the normalization back, so that what follows sees ink from 0 to 1."""

    def forward(self, x: Tensor) -> Tensor:
        return x * STD + MEAN


def linear(weights: list[list[float]], size: int, bias: float = 0.0) -> nn.Module:
    layer = nn.Linear(size * size, len(weights))
    layer.weight.data = torch.tensor(weights)
    layer.bias.data.fill_(bias)
    return nn.Sequential(Ink(), nn.Flatten(), layer)


def to(model: nn.Module, size: int, target: Target, layer: str = "") -> Question:
    return Question(model.eval(), size, target, layer)


WEIGHTS = [[1.0, -2.0, 0.0, 4.0], [3.0, 0.0, 0.0, -1.0]]

PICTURE = torch.tensor([[[1.0, 0.5], [0.25, 0.0]]])

# A linear network: the right maps can be written down


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (core.saliency, [[1.0, 2.0], [0.0, 4.0]]),
        (core.gradient_times_input, [[1.0, -1.0], [0.0, 0.0]]),
        (core.integrated_gradients, [[1.0, -1.0], [0.0, 0.0]]),
    ],
)
def test_maps_of_a_linear_network_are_its_weights(
    method: Callable[[Question, Tensor], Tensor], expected: list[list[float]]
) -> None:
    question = to(linear(WEIGHTS, 2, bias=7.0), 2, Target(0))
    assert torch.allclose(method(question, PICTURE), torch.tensor(expected), atol=1e-5)


def test_a_contrast_explains_the_difference_of_two_logits() -> None:
    question = to(linear(WEIGHTS, 2), 2, Target(0, 1))
    found = core.saliency(question, PICTURE)
    assert torch.allclose(found, torch.tensor([[2.0, 2.0], [0.0, 5.0]]), atol=1e-5)
    assert str(question.target) == "logit of 0 − logit of 1"
    assert str(Target(4)) == "logit of 4"


def test_a_class_is_not_set_against_itself() -> None:
    with pytest.raises(ValueError, match="4 cannot be set against itself"):
        Target(4, 4)


def test_probabilities_are_among_all_or_between_two() -> None:
    logits = torch.tensor([[1.0, 0.0, 5.0]])
    e = torch.e
    assert Target(0).probability(logits).item() == pytest.approx(e / (e + 1 + e**5))
    assert Target(0, 1).probability(logits).item() == pytest.approx(e / (e + 1))


def test_what_only_a_dead_unit_sees_has_no_gradient() -> None:
    first = nn.Linear(4, 2)
    first.weight.data = torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
    first.bias.data = torch.tensor([0.0, -9.0])  # the second never wakes
    model = nn.Sequential(Ink(), nn.Flatten(), first, nn.ReLU(inplace=True), nn.Linear(2, 3))
    for method in (core.saliency, core.gradient_times_input, core.integrated_gradients):
        found = method(to(model, 2, Target(1)), torch.ones(1, 2, 2))
        assert found[:, 0].ne(0).all()
        assert found[:, 1].eq(0).all()


def naively_occluded(question: Question, image: Tensor) -> Tensor:
    """Every square, one forward pass each; every pixel the mean over those that hide it."""
    side = image.shape[-1]
    total, count = torch.zeros(side, side), torch.zeros(side, side)
    with torch.no_grad():
        before = question.score(image[None])[0]
        for top in range(-2, side, 2):
            for left in range(-2, side, 2):
                hidden = image.clone()
                rows, columns = slice(max(top, 0), top + 4), slice(max(left, 0), left + 4)
                hidden[0, rows, columns] = 0
                total[rows, columns] += before - question.score(hidden[None])[0]
                count[rows, columns] += 1
    return total / count


# Occlusion


@pytest.mark.parametrize("side", [7, 8])
def test_occlusion_is_a_naive_loop_in_batches(side: int) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(Ink(), nn.Flatten(), nn.Linear(side**2, 6), nn.Tanh(), nn.Linear(6, 3))
    image = torch.rand(1, side, side) * (torch.rand(1, side, side) > 0.6)
    question = to(model, side, Target(2, 0))
    expected = naively_occluded(question, image)
    assert torch.allclose(core.occlusion(question, image), expected, atol=1e-5)


def test_every_pixel_is_hidden_four_times_on_an_even_side() -> None:
    assert core.squares(8, 8).sum(dim=0).eq(4).all()


def test_hiding_nothing_changes_nothing() -> None:
    question = to(linear(WEIGHTS, 2), 2, Target(0))
    assert core.occlusion(question, torch.zeros(1, 2, 2)).eq(0).all()


class TwoMaps(nn.Module):
    """A layer of two maps, the image and twice its negative, then mean and a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.ink = Ink()
        self.maps = nn.Conv2d(1, 2, 1, bias=False)
        self.maps.weight.data = torch.tensor([[[[1.0]]], [[[-2.0]]]])
        self.act = nn.ReLU(inplace=True)
        self.head = nn.Linear(2, 2, bias=False)
        self.head.weight.data = torch.tensor([[8.0, 0.0], [-8.0, 4.0]])

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.act(self.maps(self.ink(x))).mean(dim=(2, 3)))


# Grad-CAM


def test_grad_cam_is_what_the_paper_says_by_hand() -> None:
    image = torch.tensor([[[1.0, 0.0], [0.5, 0.25]]])
    question = to(TwoMaps(), 2, Target(0), layer="act")
    # d score / d map 0 = 8 / 4 at each place, its mean is 2; map 1 is silent
    assert torch.allclose(core.grad_cam(question, image), 2 * image[0], atol=1e-5)
    against = to(TwoMaps(), 2, Target(1), layer="act")
    assert core.grad_cam(against, image).eq(0).all()


def test_a_layer_before_one_that_works_in_place_is_read_before_it() -> None:
    image = torch.tensor([[[1.0, 0.0], [0.5, 0.25]]])
    question = to(TwoMaps(), 2, Target(0), layer="maps")
    # map 0 has gradient 2 where it is above zero, at three of four places: mean 1.5
    assert torch.allclose(core.grad_cam(question, image), 1.5 * image[0], atol=1e-5)


def test_grad_cam_is_cut_to_the_image_where_the_input_is_padded() -> None:
    image = torch.rand(1, 4, 4)
    question = Question(TwoMaps().eval(), 8, Target(0), "act")
    # on the input of 8 pixels the weight is 8 / 64
    found = core.grad_cam(question, image)
    assert torch.allclose(found, 8 / 64 * image[0], atol=1e-5)


class Tokens(nn.Module):
    """Tokens after a class token; `last` lets the class token gather, which alone answers."""

    def __init__(self) -> None:
        super().__init__()
        self.early = nn.Identity()
        self.last = nn.Identity()
        self.head = nn.Linear(1, 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.flatten(2).transpose(1, 2)  # (N, H * W, 1)
        tokens = self.early(torch.cat([torch.zeros_like(tokens[:, :1]), tokens], dim=1))
        tokens = self.last(torch.cat([tokens.mean(dim=1, keepdim=True), tokens[:, 1:]], dim=1))
        return self.head(tokens[:, 0])


def test_patches_after_the_last_block_have_no_gradient() -> None:
    image = torch.rand(1, 3, 3)
    model = Tokens()
    model.head.weight.data.fill_(1.0)
    assert core.grad_cam_cells(to(model, 3, Target(0), "last"), image).eq(0).all()
    early = core.grad_cam_cells(to(model, 3, Target(0), "early"), image)
    expected = F.relu(normalize(image[None], size=3)[0, 0]) / 10  # nine patches, a class token
    assert torch.allclose(early, expected, atol=1e-6)


# Axioms, on real networks


@pytest.mark.parametrize("key", ["resnet8", "sprint_cnn", "crossvit", "lenet5"])
def test_integrated_gradients_add_up_to_the_score(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "STEPS", 1000)
    row, model = architecture(key), available(key)
    network = LoadedNetwork(model, row)
    layer = propose(places(network))[0].layer
    for index in (0, 389):
        pixels = load_digits("embedded").test_images[index]
        found = explain(network, pixels, Target(0, 8), layer=layer)
        whole = found.score - found.blank
        assert abs(found.missing) < 0.05
        assert found.maps["integrated_gradients"].sum() == pytest.approx(whole + found.missing)


@pytest.mark.parametrize("method", SIGNED, ids=lambda method: method.key)
def test_why_a_and_not_b_is_the_negative_of_why_b_and_not_a(method: core.Method) -> None:
    row, model, image = architecture("sprint_cnn"), available("sprint_cnn"), to_image(DIGIT)
    network = LoadedNetwork(model, row)
    one, other = (
        method.function(ask(network, target, "relu3"), image)
        for target in (Target(0, 6), Target(6, 0))
    )
    assert torch.allclose(one, -other, atol=1e-4)


@pytest.mark.parametrize("method", SIGNED, ids=lambda method: method.key)
def test_a_contrast_is_the_difference_of_two_maps(method: core.Method) -> None:
    row, model, image = architecture("resnet8"), available("resnet8"), to_image(DIGIT)
    network = LoadedNetwork(model, row)
    both, one, other = (
        method.function(ask(network, target, "layer3"), image)
        for target in (Target(0, 6), Target(0), Target(6))
    )
    assert torch.allclose(both, one - other, atol=1e-3)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
@pytest.mark.parametrize("key", of_task("classify"))
def test_every_method_answers_on_every_network(key: str, method: core.Method) -> None:
    row, model, image = architecture(key), available(key), to_image(DIGIT)
    network = LoadedNetwork(model, row)
    layer = propose(places(network))[0].layer
    with torch.no_grad():
        answer = int(model(normalize(image[None], size=row.input_size)).argmax())
    found = method.function(ask(network, Target(answer), layer), image)
    assert found.shape == (28, 28)
    assert found.isfinite().all()
    assert found.any()
    assert not found.requires_grad
    assert method.signed or found.min() >= 0


class Failing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        raise RuntimeError(f"no answer to {x.shape}")


# The model stays as it was


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


def test_hooks_go_with_an_exception_too() -> None:
    model = nn.Sequential(Ink(), nn.Conv2d(1, 1, 1), Failing())
    with pytest.raises(RuntimeError, match="no answer"):
        core.grad_cam(to(model, 2, Target(0), "1"), torch.ones(1, 2, 2))
    assert not any(module._forward_hooks for module in model.modules())
    with (
        pytest.raises(ValueError, match="no layer 'nowhere'"),
        recording_runs(model, ["1", "nowhere"]),
    ):
        pass
    assert not any(module._forward_hooks for module in model.modules())


def test_an_unknown_layer_is_named() -> None:
    with pytest.raises(ValueError, match="no layer 'layer9' in ResNet-8"):
        explain(
            LoadedNetwork(available("resnet8"), architecture("resnet8")),
            DIGIT,
            Target(3),
            layer="layer9",
        )


# Layers for Grad-CAM


def test_methods_are_told_apart_and_sourced() -> None:
    assert list(METHODS) == [method.key for method in METHODS.values()]
    assert [key for key, method in METHODS.items() if method.needs_layer] == ["grad_cam"]
    for method in METHODS.values():
        assert method.paper.url.startswith("https://arxiv.org/abs/")
        assert method.explanation.count(". ") == 1
