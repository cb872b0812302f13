"""Exercises have one defensible answer for a network and a digit, or they do not apply."""

import collections
import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.data.digit_sample import DigitSample
from cnnviz.models.catalog import CATALOG
from cnnviz.models.hooks import recording
from cnnviz.models.loaded_network import untrained_network
from cnnviz.teaching.exercises import race
from cnnviz.teaching.exercises.catalog import EXERCISES, pose
from cnnviz.teaching.exercises.multiple_choice import MultipleChoice
from cnnviz.teaching.exercises.scene import Scene
from tests.teaching.exercises.scenes import sample_of, scene_of


@pytest.fixture(scope="module")
def sample() -> DigitSample:
    return sample_of(200)


def question(key: str, shown: Scene) -> MultipleChoice:
    posed = pose(EXERCISES[key], shown)
    assert posed is not None
    return posed


def texts(posed: MultipleChoice) -> list[str]:
    return [option.text for option in posed.options]


def network_input(image: np.ndarray, side: int) -> Tensor:
    """The input of a network, by hand: normalized, with a black border."""
    x = torch.from_numpy(image).float().reshape(1, 1, 28, 28) / 255
    return (F.pad(x, [(side - 28) // 2] * 4) - 0.1307) / 0.3081


def logits_of(shown: Scene, image: np.ndarray) -> Tensor:
    network = shown.network
    with torch.inference_mode():
        logits: Tensor = network.model(network_input(image, network.architecture.input_size))
    return logits[0]


NO_CONVOLUTION = (
    *("products_of_one_value", "parameters_of_the_layer", "output_side", "doubled_input"),
    "response_to_uniform_brightness",
)


@pytest.mark.parametrize("name", NO_CONVOLUTION)
def test_a_network_without_convolutions_has_no_exercise_about_them(
    name: str, sample: DigitSample
) -> None:
    shown = scene_of("t2t_vit", sample)
    assert not any(isinstance(module, nn.Conv2d) for module in shown.network.model.modules())
    (key,) = (key for key in EXERCISES if key.endswith(f"-{name}"))
    assert pose(EXERCISES[key], shown) is None


# ResNet-50 as published: 7 × 7 kernels on three colors, and five halvings of 224 pixels
@pytest.mark.parametrize(
    ("name", "answer"), [("weights_of_color_filters", "147"), ("resolution_of_late_layer", "7")]
)
def test_photographs_fall_back_to_a_network_with_convolutions(
    name: str, answer: str, sample: DigitSample
) -> None:
    posed = question(f"photographs-{name}", scene_of("t2t_vit", sample))
    assert posed.stem.startswith("ResNet-50 ")
    assert posed.answer == answer


@pytest.mark.parametrize("key", ["mnist_cnn", "resnet50", "resnet101", "mixer", "levit"])
def test_the_share_of_changed_weights_is_that_with_a_gradient(
    key: str, sample: DigitSample
) -> None:
    network = untrained_network(CATALOG[key])
    model = network.model.train().requires_grad_(True)
    x = torch.cat([network_input(i, network.architecture.input_size) for i in sample.images[:64]])
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        F.cross_entropy(model(x), torch.from_numpy(sample.labels[:64]).long()).backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    share = sum(int((g != 0).sum()) for g in gradients) / sum(p.numel() for p in model.parameters())
    posed = question("time-weights_that_one_step_changes", scene_of(key, sample))
    ranges = ["less than a tenth", "a tenth to six tenths", "more than six tenths"]
    assert texts(posed) == ranges
    assert posed.answer == ranges[(share >= 0.1) + (share >= 0.6)]
    assert "or where a later weight starts at zero" in posed.explanation


def test_only_the_head_of_mlp_mixer_changes_in_the_first_step(sample: DigitSample) -> None:
    head = untrained_network(CATALOG["mixer"]).model.get_submodule("head")
    assert isinstance(head, nn.Linear)
    assert not head.weight.any()  # the weight behind all others starts at zero
    posed = question("time-weights_that_one_step_changes", scene_of("mixer", sample))
    assert posed.explanation.startswith("650, ")  # 64 × 10 weights and 10 biases


@pytest.mark.parametrize("key", ["mnist_cnn", "mobilenet_v1", "mobilenet_v2", "resnet8"])
def test_a_map_sums_to_what_the_ink_changes(key: str, sample: DigitSample) -> None:
    shown = scene_of(key, sample, digit=3)
    logits = logits_of(shown, shown.image)
    digit = int(logits.argmax())
    change = float(logits[digit] - logits_of(shown, np.zeros_like(shown.image))[digit])
    posed = question("why-sum_of_integrated_gradients", shown)
    assert posed.answer == f"{round(change):,}"
    near = [text for text in texts(posed) if abs(float(text.replace(",", "")) - change) <= 1]
    assert near == [posed.answer]


def test_a_sum_that_misses_its_integral_is_not_asked_for(sample: DigitSample) -> None:
    shown = scene_of("t2t_vit", sample, digit=3)
    assert pose(EXERCISES["why-sum_of_integrated_gradients"], shown) is None


def test_channels_that_are_equally_strong_are_not_asked_for(sample: DigitSample) -> None:
    shown = scene_of("lenet5", sample, digit=3)
    with torch.inference_mode(), recording(shown.network.model, ["tanh5"]) as outputs:
        shown.network.model(network_input(shown.image, 32))
    assert int((outputs["tanh5"] == outputs["tanh5"].max()).sum()) > 1
    assert pose(EXERCISES["inside-strongest_channel_of_another_digit"], shown) is None


@pytest.mark.parametrize("key", ["mnist_cnn", "lenet5"])
def test_removed_ink_has_the_same_effect_with_other_random_choices(
    key: str, sample: DigitSample
) -> None:
    for digit in range(4):
        shown = scene_of(key, sample, digit=digit)
        exercise = EXERCISES["why-deleting_the_top"]
        variants = [exercise.pose(dataclasses.replace(shown, seed=seed)) for seed in range(4)]
        assert len({posed.answer for posed in variants if posed}) <= 1


def test_one_pixel_is_named_where_its_neighbors_would_change_another_number_of_units(
    sample: DigitSample,
) -> None:
    shown = scene_of("resnet50", sample)
    model, early = shown.network.model, shown.network.architecture.early
    before = network_input(shown.image, 28)
    counts = {}
    for row, column in ((13, 13), (14, 14)):
        after = before.clone()
        after[0, 0, row, column] += 1 / 0.3081
        with torch.inference_mode(), recording(model, [early]) as outputs:
            model(torch.cat([before, after]))
        change = (outputs[early][1] - outputs[early][0]).abs().amax(dim=0)
        counts[row, column] = int((change > 1e-5).sum())
    assert counts[13, 13] != counts[14, 14]
    posed = question("field-one_pixel", shown)
    assert "row 14 and column 14" in posed.stem
    assert posed.answer == f"{counts[14, 14]}"


@pytest.mark.parametrize("key", ["mobilenet_v3", "efficientnet"])
def test_a_field_behind_gates_is_called_local(key: str, sample: DigitSample) -> None:
    shown = scene_of(key, sample)
    network, middle = shown.network, shown.network.architecture.middle
    x = torch.rand(1, 1, 28, 28, requires_grad=True)
    model, outputs = network.copy().model, list[Tensor]()
    model.get_submodule(middle).register_forward_hook(lambda _m, _i, out: outputs.append(out))
    with torch.enable_grad():
        model(x)
        [maps] = outputs  # (1, C, h, w)
        center = maps[0, :, maps.shape[2] // 2, maps.shape[3] // 2]
        (gradient,) = torch.autograd.grad(center.sum(), x)
    assert bool((gradient != 0).all())  # through the gates the unit sees the whole image
    posed = question("field-size_of_field", shown)
    assert posed.answer != "28"
    assert "local receptive field, without gates" in posed.stem
    assert pose(EXERCISES["field-effective_and_theoretical"], shown) is None


# (positions on the grid + class token) × numbers of a token, from the papers' layouts
@pytest.mark.parametrize(("key", "answer"), [("vit", "3,200"), ("crossvit", "1,600")])
def test_a_class_token_counts_as_output(key: str, answer: str, sample: DigitSample) -> None:
    assert question("overview-values_of_early_layer", scene_of(key, sample)).answer == answer


def test_a_class_token_decides_which_layer_has_more_values(sample: DigitSample) -> None:
    # 16 numbers at 14 × 14 positions are 3,136; 64 at 7 × 7 and a class token are 3,200
    posed = question("inside-values_early_and_late", scene_of("t2t_vit", sample))
    assert posed.answer == "the late one"
    assert "3,136 values" in posed.explanation
    assert "64 × (7 × 7 + 1) = 3,200 values" in posed.explanation


def test_an_embedding_says_what_it_leaves_out(sample: DigitSample) -> None:
    posed = question("embedding-variance_in_the_plane", scene_of("vit", sample))
    assert "gives 3,200 numbers for a digit" in posed.stem
    assert "computed from 3,136" in posed.stem


def test_maps_that_fit_in_no_place_have_not_moved(sample: DigitSample) -> None:
    moved = EXERCISES["inside-moved_digit"]
    assert pose(moved, scene_of("vit", sample, digit=3)) is None
    posed = question("inside-moved_digit", scene_of("mnist_cnn", sample, digit=3))
    assert posed.answer == "2"
    assert posed.explanation.endswith("is called equivariance.")


@pytest.mark.parametrize(
    ("name", "ratio", "answer"),
    [
        ("parameters_and_time", 1.05, "neither: they differ by less than 25%"),
        ("parameters_and_time", 1.2, None),
        ("parameters_and_time", 1.3, None),
        ("parameters_and_time", 2.0, "LeNet-5"),
        ("batch_and_time", 1.05, "about as long"),
        ("batch_and_time", 1.3, None),
        ("batch_and_time", 4.0, "longer, but clearly less than 16 times as long"),
        ("batch_and_time", 12.8, None),
        ("batch_and_time", 16.0, "about 16 times as long, or longer"),
    ],
)
def test_times_near_the_limit_are_not_asked_for(
    name: str,
    ratio: float,
    answer: str | None,
    sample: DigitSample,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(race, "_fastest", lambda *_: [1.0, ratio])
    posed = pose(EXERCISES[f"race-{name}"], scene_of("mnist_cnn", sample))
    assert (posed.answer if posed else None) == answer


def test_a_ratio_of_times_near_that_of_macs_is_not_asked_for(
    sample: DigitSample, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = scene_of("mnist_cnn", sample)
    # by hand: 28² · 32 · 9 + 14² · 64 · 32 · 9 + 3136 · 128 + 1280 against LeNet-5's 416,520
    macs = 225_792 + 3_612_672 + 401_408 + 1_280
    answers = collections.Counter[str | None]()
    for factor in (0.5, 0.8, 1.0, 1.3, 3.0):
        times = [macs / 416_520 * factor, 1.0]
        monkeypatch.setattr(race, "_fastest", lambda *_, times=times: times)
        posed = pose(EXERCISES["race-macs_and_time"], shown)
        answers[posed.answer if posed else None] += 1
    assert answers[None] == 2
    assert len(answers) == 4


def test_two_runs_of_one_architecture_are_told_apart(sample: DigitSample) -> None:
    shown = scene_of("lenet5", sample)  # whose rival is LeNet-5, too
    posed = question("compare-larger_and_more_accurate", shown)
    assert texts(posed)[:2] == ["the first LeNet-5", "the second LeNet-5"]
    assert posed.answer == "neither: the difference may be chance"
