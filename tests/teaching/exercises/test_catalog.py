import collections
import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cnnviz.data.digit_sample import DigitSample
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.teaching.exercises.catalog import EXERCISES, exercises_of, pose
from cnnviz.teaching.exercises.multiple_choice import MultipleChoice
from cnnviz.teaching.exercises.scene import Scene
from tests.teaching.exercises.scenes import sample_of, scene_of, shipped_network

NETWORKS = ("mnist_cnn", "resnet8", "vit")
PAGES = (
    *("overview", "train", "draw", "inside", "field", "convolution", "channels", "why"),
    *("embedding", "time", "photographs", "race", "compare", "report", "architecture", "ideas"),
    "detect",
)


@pytest.fixture(scope="module")
def sample() -> DigitSample:
    return sample_of(60)


@pytest.fixture(scope="module")
def scenes(sample: DigitSample) -> dict[str, Scene]:
    return {key: scene_of(key, sample) for key in NETWORKS}


def test_there_are_three_exercises_for_each_page_and_fifty_in_all() -> None:
    assert all(len(exercises_of(page)) >= 3 for page in PAGES)
    assert len(EXERCISES) >= 50
    assert {row.page for row in EXERCISES.values()} == set(PAGES)


def test_topics_of_a_page_differ() -> None:
    counts = collections.Counter((row.page, row.topic) for row in EXERCISES.values())
    assert set(counts.values()) == {1}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_three_exercises_for_every_network(
    page: str, network: str, sample: DigitSample, scenes: dict[str, Scene]
) -> None:
    shown = scene_of("detr", sample) if page == "detect" else scenes[network]
    posed = [question for row in exercises_of(page) if (question := pose(row, shown))]
    assert len(posed) >= (2 if page == "compare" else 3)  # both may be right on 60 digits
    for question in posed:
        assert question.stem[-1] in "?…"
        assert question.explanation.endswith(".")
        assert "nan" not in question.explanation


def answer(key: str, shown: Scene) -> MultipleChoice:
    question = pose(EXERCISES[key], shown)
    assert question is not None
    return question


# By hand, from the lecture's list of shapes: 32 x 28 x 28; kernels 3 x 3; 3 + 1 + 2 * 2 = 8
@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("overview-values_of_early_layer", "25,088"),
        ("inside-values_early_and_late", "the early one"),
        ("inside-size_of_the_late_map", "7"),
        ("field-size_of_field", "8"),
        ("field-one_pixel", "9"),
        ("field-corner_and_center", "fewer pixels"),
        ("convolution-doubled_input", "no"),
        ("report-bytes_of_weights", "1,647 KiB"),  # 421,642 * 4 / 1024 = 1,647.04
        ("report-weights_and_activations", "the weights"),
        ("report-share_of_the_costliest_layer", "more than 70%"),  # 3.61 of 4.24 million
        ("architecture-most_parameters", "fc1"),
        ("architecture-most_macs", "conv2"),
        ("architecture-share_of_linear_layers", "more than nine tenths"),
        ("ideas-one_by_one", "2,048"),
        ("ideas-depthwise_separable", "8"),
        ("ideas-layers_of_zeros", "no, they are the same for every image"),
        ("train-loss_before_training", "2.3"),
        ("time-accuracy_before_training", "about one in ten"),
    ],
)
def test_answers_for_the_network_of_the_lecture_as_counted_by_hand(
    key: str, text: str, scenes: dict[str, Scene]
) -> None:
    assert answer(key, scenes["mnist_cnn"]).answer == text


def test_transformers_and_residual_networks_answer_otherwise(scenes: dict[str, Scene]) -> None:
    assert answer("overview-zeros_in_late_layer", scenes["vit"]).answer == "almost none"
    assert answer("inside-values_early_and_late", scenes["vit"]).answer == "both the same"
    assert answer("field-size_of_field", scenes["vit"]).answer == "28"
    assert answer("field-corner_and_center", scenes["vit"]).answer == "as many pixels"
    assert answer("ideas-layers_of_zeros", scenes["vit"]).answer == "yes"
    # the shortcut of a stage's first block is a convolution, and zero with the others
    assert answer("ideas-layers_of_zeros", scenes["resnet8"]).answer.startswith("no")
    assert answer("convolution-doubled_input", scenes["resnet8"]).answer.startswith("yes")


def plain_logits(network: LoadedNetwork, images: np.ndarray) -> torch.Tensor:
    """The lecture's network, written with functions only."""
    w = network.model.state_dict()
    x = (torch.from_numpy(images).float() / 255 - 0.1307) / 0.3081
    for name in ("conv1", "conv2"):
        x = F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], padding=1)
        x = F.max_pool2d(F.relu(x), 2)
    x = F.relu(F.linear(x.flatten(1), w["fc1.weight"], w["fc1.bias"]))
    return F.linear(x, w["fc2.weight"], w["fc2.bias"])


def test_answers_about_changed_digits_agree_with_the_network_by_hand(
    scenes: dict[str, Scene], sample: DigitSample
) -> None:
    base = scenes["mnist_cnn"]
    for i in range(8):
        shown = dataclasses.replace(base, image=sample.images[i])
        image = sample.images[i][None]
        flipped = np.ascontiguousarray(image[:, :, ::-1, ::-1])
        for key, changed in (("draw-inverted", 255 - image), ("draw-upside_down", flipped)):
            before = plain_logits(base.network, image).softmax(1)[0]
            after = plain_logits(base.network, changed).softmax(1)[0]
            digit = int(before.argmax())
            expected = (
                "another class"
                if int(after.argmax()) != digit
                else f"{digit} again, but more than 10 points less surely"
                if before[digit] - after[digit] > 0.1
                else f"{digit} again, about as surely (within 10 points) or more surely"
            )
            assert answer(key, shown).answer == expected
        second = int(plain_logits(base.network, image)[0].argsort()[-2])
        assert answer("overview-runner_up", shown).answer == str(second)


def test_an_empty_image_has_the_probability_of_the_biases(scenes: dict[str, Scene]) -> None:
    shown = scenes["mnist_cnn"]
    top = float(plain_logits(shown.network, np.zeros((1, 1, 28, 28), np.uint8)).softmax(1).max())
    expected = (
        "10%, the same for all classes"
        if top < 0.105
        else "between 10% and 50%"
        if top < 0.5
        else "50% or more"
    )
    assert answer("draw-empty_image", shown).answer == expected


def test_the_share_of_zeros_is_that_of_the_pooled_maps(scenes: dict[str, Scene]) -> None:
    shown = scenes["mnist_cnn"]
    w = shown.network.model.state_dict()
    x = (torch.from_numpy(shown.image[None]).float() / 255 - 0.1307) / 0.3081
    for name in ("conv1", "conv2"):
        x = F.max_pool2d(F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], padding=1).relu(), 2)
    share = float((x == 0).float().mean())
    question = answer("overview-zeros_in_late_layer", shown)
    assert question.explanation.startswith(f"{share:.0%}")
    assert question.answer == ("half or more" if share >= 0.5 else "less than half")


def test_another_seed_asks_about_another_layer(scenes: dict[str, Scene]) -> None:
    exercise = EXERCISES["convolution-parameters_of_the_layer"]
    stems = set()
    for seed in range(6):
        question = pose(exercise, dataclasses.replace(scenes["resnet8"], seed=seed))
        assert question is not None
        stems.add(question.stem)
    assert len(stems) > 1


def test_posing_an_exercise_changes_neither_the_network_nor_random_numbers(
    scenes: dict[str, Scene],
) -> None:
    shown = scenes["mnist_cnn"]
    before = {k: v.clone() for k, v in shown.network.model.state_dict().items()}
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    for row in EXERCISES.values():
        if row.page != "detect":
            pose(row, shown)
    assert torch.equal(torch.rand(1), expected)
    assert not shown.network.model.training
    after = shown.network.model.state_dict()
    assert all(torch.equal(after[k], v) for k, v in before.items())


def test_an_image_without_its_channel_is_refused(sample: DigitSample) -> None:
    network = shipped_network("lenet5")
    with pytest.raises(ValueError, match=r"image must have shape \(1, H, W\), got \(28, 28\)"):
        Scene(network, sample.images[0, 0], sample, network)
