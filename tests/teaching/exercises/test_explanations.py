"""Explanations and misconceptions that fit the network, the layer and the digit."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from cnnviz.data.digit_sample import DigitSample
from cnnviz.models.catalog import CATALOG
from cnnviz.teaching.exercises import channels
from cnnviz.teaching.exercises.catalog import EXERCISES, pose
from cnnviz.teaching.exercises.multiple_choice import MultipleChoice
from cnnviz.teaching.exercises.scene import Scene
from cnnviz.teaching.experiments import EXPERIMENTS
from cnnviz.training.runs.networks import find_network, shipped
from tests.teaching.exercises.scenes import sample_of, scene_of


@pytest.fixture(scope="module")
def sample() -> DigitSample:
    return sample_of(20)


def question(key: str, shown: Scene) -> MultipleChoice:
    posed = pose(EXERCISES[key], shown)
    assert posed is not None
    return posed


def variants(key: str, shown: Scene) -> list[MultipleChoice]:
    poses = EXERCISES[key].pose
    posed = [poses(dataclasses.replace(shown, seed=seed)) for seed in range(12)]
    return [variant for variant in posed if variant]


def misconceptions(posed: MultipleChoice) -> dict[str, str]:
    return {option.text: option.misconception for option in posed.options}


def test_a_convolution_without_padding_has_no_padded_input(sample: DigitSample) -> None:
    for posed in variants("convolution-output_side", scene_of("vit", sample)):
        assert "padding 0" in posed.stem
        assert not any("padded input" in why for why in misconceptions(posed).values())


def test_all_weights_of_one_input_channel_lack_the_biases(sample: DigitSample) -> None:
    stems = {
        posed.stem.split(": ")[0]: posed
        for posed in variants("convolution-parameters_of_the_layer", scene_of("mnist_cnn", sample))
    }
    first = stems["How many parameters does conv1 have"]  # 1 channel into 32, with bias
    assert first.answer == "320"  # 3 · 3 · 32 + 32
    assert misconceptions(first)["288"] == "The biases are missing."
    second = stems["How many parameters does conv2 have"]
    assert misconceptions(second)["576"].startswith("Each filter has a kernel of its own")


def test_a_depthwise_filter_reads_one_channel(sample: DigitSample) -> None:
    shown = scene_of("mobilenet_v1", sample)
    depthwise = [
        posed
        for key in ("products_of_one_value", "parameters_of_the_layer")
        for posed in variants(f"convolution-{key}", shown)
        if "depthwise" in posed.stem
    ]
    assert depthwise
    for posed in depthwise:
        reads = [why for why in misconceptions(posed).values() if why.startswith("Each filter")]
        assert len(reads) == 1
        assert f"each filter {reads[0][12:-1]}" in posed.stem  # "reads 1 of 16 channels"


def test_a_bias_is_added_only_where_there_is_one(sample: DigitSample) -> None:
    with_bias = question("convolution-products_of_one_value", scene_of("mnist_cnn", sample))
    without = question("convolution-products_of_one_value", scene_of("resnet8", sample))
    assert with_bias.explanation.endswith("then one addition of the bias.")
    assert "bias" not in without.explanation


def test_the_second_guess_prints_the_difference_of_the_logits(sample: DigitSample) -> None:
    for digit in range(10):
        shown = scene_of("mnist_cnn", sample, digit=digit)
        x = (torch.from_numpy(shown.image[None]).float() / 255 - 0.1307) / 0.3081
        with torch.inference_mode():
            ordered = shown.network.model(x)[0].sort(descending=True).values
        gap = float(ordered[1] - ordered[-1])
        posed = question("overview-runner_up", shown)
        assert f"Their logits differ by {gap:.1f};" in posed.explanation
        assert f"= {math.exp(gap):.2g} between" in posed.explanation
        first = int(posed.stem.split("answers ")[1][0])
        follows = [t for t, why in misconceptions(posed).items() if "follow each other" in why]
        assert all(abs(int(text) - first) == 1 for text in follows)


def test_a_sum_with_a_shortcut_explains_few_zeros(sample: DigitSample) -> None:
    posed = question("overview-zeros_in_late_layer", scene_of("resnet50", sample))
    assert misconceptions(posed)["half or more"].startswith("A shortcut's sum is rarely negative")


@pytest.mark.parametrize(
    ("network", "word"),
    [("mnist_cnn", "Convolutions"), ("vit", "position embedding"), ("mixer", "two patches")],
)
def test_a_shifted_digit_is_explained_by_the_kind_of_network(
    network: str, word: str, sample: DigitSample
) -> None:
    changed = [
        posed
        for digit in range(10)
        for posed in [question("draw-shifted", scene_of(network, sample, digit=digit))]
        if posed.correct == 2
    ]
    assert changed
    for posed in changed:
        assert all(word in o.misconception for o in posed.options[:2])


def test_tokens_and_positions_are_called_by_their_name(sample: DigitSample) -> None:
    for posed in variants("architecture-most_parameters", scene_of("vit", sample)):
        assert "(network)" not in misconceptions(posed)
        if "class token and positions" in misconceptions(posed):  # 64 + 50 · 64
            assert "class token and positions: 3,264 parameters" in posed.explanation


@pytest.mark.parametrize(
    ("network", "ratio"), [("mnist_fcn", 1.03), ("resnet18", 0.89), ("levit", 0.93)]
)
def test_about_as_many_weights_as_outputs_are_no_question(
    network: str, ratio: float, sample: DigitSample
) -> None:
    shown = scene_of(network, sample)
    assert shown.count.weight_bytes / shown.count.activation_bytes == pytest.approx(ratio, abs=0.01)
    assert pose(EXERCISES["report-weights_and_activations"], shown) is None


@pytest.mark.parametrize(
    ("lost", "answer"),
    [
        (0, "less than 1 percentage point"),
        (2, "1 to 10 points"),
        (20, "1 to 10 points"),
        (21, "more than 10 points"),
    ],
)
def test_ten_points_of_accuracy_are_no_more_than_ten(
    lost: int, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = scene_of("mnist_cnn", sample_of(200))
    right = np.arange(200) < 180
    monkeypatch.setattr(Scene, "correct", lambda *_: right)
    assert channels._cost(shown, "?", 180 - lost).answer == answer


def test_shared_mistakes_are_counted_on_a_thousand_digits() -> None:
    exercise = EXERCISES["compare-same_mistakes"]
    assert exercise.digits == 1_000
    assert exercise.pose(scene_of("vit", sample_of(100))) is None  # one or two mistakes
    shown = scene_of("vit", sample_of(exercise.digits))
    images = torch.from_numpy(shown.sample.images).float() / 255
    x = (images - 0.1307) / 0.3081
    with torch.inference_mode():
        first = shown.network.model(x).argmax(1).numpy() != shown.sample.labels
        padded = torch.nn.functional.pad(images, [2, 2, 2, 2])
        rival = shown.rival.model((padded - 0.1307) / 0.3081).argmax(1).numpy()
    second = rival != shown.sample.labels
    assert min(first.sum(), second.sum()) >= 5
    posed = question("compare-same_mistakes", shown)
    both = int((first & second).sum())
    assert posed.explanation == f"Misclassified by both: {both}."
    assert posed.correct == (both <= 2 * first.sum() * second.sum() / 1_000)


@pytest.mark.parametrize(
    ("network", "answer"), [("vit", "14"), ("swin", "56"), ("resnet50", "7"), ("alexnet", "13")]
)
def test_last_maps_of_published_networks_are_as_wide_as_in_the_papers(
    network: str, answer: str, sample: DigitSample
) -> None:
    posed = question("photographs-resolution_of_late_layer", scene_of(network, sample))
    assert posed.answer == answer
    assert ("patches" in posed.stem) == (network in ("vit", "swin"))


def test_projection_shortcuts_are_named(sample: DigitSample) -> None:
    posed = question("ideas-layers_of_zeros", scene_of("resnet8", sample))
    assert "a projection, as in layer2.0.downsample.0" in misconceptions(posed)["yes"]


def test_a_division_without_remainder_is_not_rounded(sample: DigitSample) -> None:
    for posed in variants("train-steps_of_an_epoch", scene_of("mnist_cnn", sample)):
        total, batch = (
            int(posed.explanation.split(" = ")[0].split(" / ")[i].replace(",", "")) for i in (0, 1)
        )
        assert ("rounded up" in posed.explanation) == (total % batch > 0)


def test_a_detector_says_what_at_least_one_query_does(sample: DigitSample) -> None:
    options = [
        option.text
        for posed in variants("detect-moved_canvas", scene_of("detr", sample))
        for option in posed.options
    ]
    assert "no, at least one other query does" in options


def test_reports_suggest_the_smallest_and_the_largest_network() -> None:
    sizes = {
        row.architecture_key: sum(
            p.numel() for p in CATALOG[row.architecture_key].build_on_meta().parameters()
        )
        for row in shipped()
        if row.task == "classify"
    }
    smallest, largest = (str(row.query["network"]) for row in EXPERIMENTS["report"])
    assert find_network(smallest).architecture_key == min(sizes, key=sizes.__getitem__)
    assert find_network(largest).architecture_key == max(sizes, key=sizes.__getitem__)
