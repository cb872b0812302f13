import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.data.mnist import MEAN, STD, load_digits
from cnnviz.inspection.attribution.faithfulness import (
    Curves,
    curves_of_maps,
    deletion_insertion_curves,
    layers_with_parameters,
    random_order_curves,
    randomization,
    randomization_of_map,
    rank_correlation,
    shuffle_weights,
)
from cnnviz.inspection.attribution.methods import METHODS
from cnnviz.inspection.attribution.question import Target, question_about, to_image
from cnnviz.training.runs import networks
from tests.inspection.attribution.small_networks import to

IMAGE = torch.zeros(1, 4, 4)
IMAGE[0, 1] = torch.tensor([1.0, 0.5, 0.5, 0.5])  # the only ink: four pixels of one row


class OnePixel(nn.Module):
    """Certain of class 0 while the first pixel of the ink is there, else of class 1."""

    def forward(self, x: Tensor) -> Tensor:
        ink = x * STD + MEAN
        there = (ink[:, 0, 1, 0] - 0.5) * 200
        return torch.stack([there, -there], dim=1)


QUESTION = to(OnePixel(), 4, Target(0), "")


def marking(*values: float) -> Tensor:
    found = torch.zeros(4, 4)
    found[1] = torch.tensor(values)
    return found


def test_the_map_that_knows_the_pixel_deletes_at_once_and_inserts_at_once() -> None:
    right, wrong = deletion_insertion_curves(
        QUESTION, IMAGE, [marking(9, 3, 2, 1), marking(0, 3, 2, 1)]
    )
    assert right.shares.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert right.deletion == pytest.approx([1, 0, 0, 0, 0], abs=1e-6)
    assert right.insertion == pytest.approx([0, 1, 1, 1, 1], abs=1e-6)
    assert wrong.deletion == pytest.approx([1, 1, 1, 1, 0], abs=1e-6)
    assert wrong.insertion == pytest.approx([0, 0, 0, 0, 1], abs=1e-6)
    # trapezoids of width 1/4
    assert (right.deletion_area, right.insertion_area) == pytest.approx((0.125, 0.875))
    assert (wrong.deletion_area, wrong.insertion_area) == pytest.approx((0.875, 0.125))


def test_what_a_map_says_of_paper_does_not_count() -> None:
    loud = marking(9, 3, 2, 1)
    loud[3] = 100
    (plain, noisy) = deletion_insertion_curves(QUESTION, IMAGE, [marking(9, 3, 2, 1), loud])
    assert noisy.deletion.tolist() == plain.deletion.tolist()


def test_chance_is_every_place_alike() -> None:
    # the pixel goes at step 1, 2, 3 or 4, each as often: the mean of 0.125, 0.375, 0.625, 0.875
    found = random_order_curves(QUESTION, IMAGE, orders=400)
    mean, spread = found.deletion_area
    assert mean == pytest.approx(0.5, abs=0.05)
    assert spread == pytest.approx(np.std([0.125, 0.375, 0.625, 0.875]), abs=0.02)
    assert found.insertion_area[0] == pytest.approx(1 - mean, abs=1e-5)


def test_a_flat_map_is_a_random_order_and_not_the_rows_from_above() -> None:
    image = torch.ones(1, 4, 4)
    (flat,) = deletion_insertion_curves(QUESTION, image, [torch.zeros(4, 4)])
    assert flat.deletion_area != pytest.approx((4 + 0.5) / 16)  # the pixel is the fifth


def test_a_contrast_follows_the_probability_between_the_two() -> None:
    class Three(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.tensor([[1.0, 0.0, 50.0]]).expand(len(x), 3)

    (found,) = deletion_insertion_curves(to(Three(), 4, Target(0, 1), ""), IMAGE, [IMAGE[0]])
    assert found.deletion == pytest.approx(torch.tensor(1.0).sigmoid().item())


def test_without_ink_there_is_nothing_to_delete() -> None:
    with pytest.raises(ValueError, match="must have ink, got only black pixels"):
        deletion_insertion_curves(QUESTION, torch.zeros(1, 4, 4), [torch.zeros(4, 4)])
    with pytest.raises(ValueError, match="must have ink, got only black pixels"):
        random_order_curves(QUESTION, torch.zeros(1, 4, 4))


def test_much_ink_goes_in_twenty_steps() -> None:
    question = to(OnePixel(), 20, Target(0), "")
    (found,) = deletion_insertion_curves(question, torch.ones(1, 20, 20), [torch.ones(20, 20)])
    assert len(found.shares) == 21
    assert np.diff(found.shares) == pytest.approx(0.05)


# Ranks


def test_ranks_correlate_whatever_the_scale() -> None:
    values = torch.tensor([[0.0, 1.0], [2.0, 30.0]])
    assert rank_correlation(values, values**3) == pytest.approx(1)
    assert rank_correlation(values, -values) == pytest.approx(-1)
    # ranks 1 2 3 4 against 2 1 4 3: 1 - 6 * 4 / (4 * 15)
    assert rank_correlation(values, torch.tensor([[1.0, 0.0], [9.0, 8.0]])) == pytest.approx(0.6)
    # a tie shares its ranks: 1 2.5 2.5 4 against 1 2 3 4
    tied = torch.tensor([[0.0, 1.0], [1.0, 2.0]])
    assert rank_correlation(values, tied) == pytest.approx(4.5 / (5 * 4.5) ** 0.5)
    assert rank_correlation(values, torch.ones(2, 2)) is None


# Scrambled weights


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 5), nn.ReLU(), nn.Linear(5, 3))


def test_scrambling_keeps_the_weights_and_changes_their_places() -> None:
    model = network()
    assert layers_with_parameters(model) == ("1", "3")
    other = shuffle_weights(model, ["3"], seed=0)
    assert torch.equal(other[1].weight, model[1].weight)
    assert not torch.equal(other[3].weight, model[3].weight)
    for mine, theirs in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine.flatten().sort().values, theirs.flatten().sort().values)
    again = shuffle_weights(model, ["3"], seed=0)
    assert torch.equal(again[3].weight, other[3].weight)


def test_an_edge_detector_passes_for_learned_by_no_means() -> None:
    """A map that is only the image's ink stays the same whatever the weights are."""
    ink = METHODS["saliency"]
    only_ink = type(ink)(
        **{**vars(ink), "function": lambda question, image: image[0] + 0 * len(question.layer)}
    )
    image = torch.rand(1, 4, 4)
    question = to(network(), 4, Target(0), "")
    found = randomization(question, image, only_ink, image[0])
    assert found.layers == 2
    assert found.scrambled == (1, 2)
    assert found.correlations == pytest.approx((1, 1))
    assert found.left == pytest.approx(1)


def test_a_map_that_vanishes_has_no_correlation() -> None:
    method = METHODS["grad_cam"]
    silent = type(method)(**{**vars(method), "function": lambda *_: torch.zeros(4, 4)})
    question = to(network(), 4, Target(0), "")
    found = randomization(question, IMAGE, silent, torch.rand(4, 4))
    assert found.left is None


def test_the_network_that_is_scrambled_is_a_copy() -> None:
    loaded = networks.load_network(networks.find_network("shipped-sprint_cnn"))
    model = loaded.model
    before = [parameter.clone() for parameter in model.parameters()]
    image = to_image(load_digits("embedded").test_images[0])
    question = question_about(loaded, Target(0), "relu3")
    method = METHODS["integrated_gradients"]
    found = randomization(question, image, method, method.function(question, image))
    assert all(torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))
    assert found.scrambled == (1, 3, 4)
    assert abs(found.left or 0) < 0.5  # what was learned is gone


def test_areas_are_means_over_shares() -> None:
    shares = np.array([0, 0.5, 1], np.float32)
    found = Curves(shares, np.float32([1, 0.5, 0]), np.float32([0, 1, 1]))
    assert found.deletion_area == pytest.approx(0.5)
    assert found.insertion_area == pytest.approx(0.75)


def test_arrays_of_a_digit_are_checked_as_tensors_are() -> None:
    pixels = np.zeros((1, 4, 4), np.uint8)
    pixels[0, 1] = 255
    maps = {
        "right": marking(9, 3, 2, 1).numpy(),
        "wrong": marking(0, 3, 2, 1).numpy(),
    }
    curves, chance = curves_of_maps(QUESTION, pixels, maps)
    assert list(curves) == ["right", "wrong"]
    # trapezoids of width 1/4: the decisive pixel goes first or last
    assert curves["right"].deletion_area == pytest.approx(0.125, abs=1e-6)
    assert curves["wrong"].deletion_area == pytest.approx(0.875, abs=1e-6)
    assert len(chance.curves) == 10
    assert 0.125 - 1e-6 <= chance.deletion_area[0] <= 0.875 + 1e-6


def test_an_array_is_randomized_by_its_method() -> None:
    method = METHODS["saliency"]
    only_ink = type(method)(**{**vars(method), "function": lambda _, image: image[0]})
    pixels = np.arange(16, dtype=np.uint8).reshape(1, 4, 4)
    question = to(network(), 4, Target(0), "")
    result = randomization_of_map(question, pixels, only_ink, -pixels[0].astype(np.float32))
    assert result.correlations == pytest.approx((-1, -1))  # ranks of the ink, turned round
