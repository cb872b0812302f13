"""Tests of attribution maps: deletion and insertion curves, and randomization of weights."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.attribution.methods import Method
from cnnviz.inspection.attribution.question import IMAGES_AT_A_TIME, Question, to_image

CURVE_STEPS = 20  # of a deletion or insertion curve
ORDERS = 10  # random orders to compare with
SHARES = (0.0, 1 / 3, 2 / 3, 1.0)  # of the layers to shuffle, from the output back; 0: the last
SHUFFLES = 3  # different ones of the whole network


@dataclass(frozen=True, eq=False)
class Curves:
    """The probability of a class while pixels are deleted or inserted in the order of a map.

    Attributes:
        shares: float32, (S + 1,), of the ink's pixels deleted or inserted so far, 0 to 1.
        deletion: float32, (S + 1,), probability while deleting, most important pixels first.
        insertion: float32, (S + 1,), probability while inserting, most important pixels first.
    """

    shares: NDArray[np.float32]
    deletion: NDArray[np.float32]
    insertion: NDArray[np.float32]

    @property
    def deletion_area(self) -> float:
        """Area under the deletion curve, 0 to 1; lower is better."""
        return float(np.trapezoid(self.deletion, self.shares))

    @property
    def insertion_area(self) -> float:
        """Area under the insertion curve, 0 to 1; higher is better."""
        return float(np.trapezoid(self.insertion, self.shares))


@dataclass(frozen=True, eq=False)
class RandomOrders:
    """Deletion and insertion curves of several random orders.

    Attributes:
        curves: one per order.
    """

    curves: tuple[Curves, ...]

    @property
    def deletion_area(self) -> tuple[float, float]:
        """Mean and standard deviation of the area under the deletion curves."""
        return _mean_and_deviation([curve.deletion_area for curve in self.curves])

    @property
    def insertion_area(self) -> tuple[float, float]:
        """Mean and standard deviation of the area under the insertion curves."""
        return _mean_and_deviation([curve.insertion_area for curve in self.curves])


@dataclass(frozen=True)
class Randomization:
    """Similarity of a map to those of networks with more and more layers shuffled.

    Attributes:
        layers: number of layers with parameters.
        scrambled: number of shuffled layers at each stage.
        correlations: rank correlation of the map with that of the shuffled network at each stage,
            -1 to 1, mean over shuffles; None if that map is constant every time.
    """

    layers: int
    scrambled: tuple[int, ...]
    correlations: tuple[float | None, ...]

    @property
    def left(self) -> float | None:
        """Correlation when all layers are shuffled."""
        return self.correlations[-1]


def curves_of_maps(
    question: Question, pixels: Pixels, maps: Mapping[str, NDArray[np.float32]]
) -> tuple[dict[str, Curves], RandomOrders]:
    """Return the deletion and insertion curves of maps by name, and those of random orders.

    Args:
        question: from `question_about`.
        pixels: uint8, (1, 28, 28).
        maps: (28, 28) each, by name.

    Raises:
        ValueError: if all pixels are black.
    """
    image = to_image(pixels)  # (1, 28, 28)
    curves = deletion_insertion_curves(question, image, [*map(torch.from_numpy, maps.values())])
    return dict(zip(maps, curves, strict=True)), random_order_curves(question, image)


def randomization_of_map(
    question: Question, pixels: Pixels, method: Method, attribution: NDArray[np.float32]
) -> Randomization:
    """Return how a method's map (28, 28) of a digit (1, 28, 28) changes as layers are shuffled."""
    return randomization(question, to_image(pixels), method, torch.from_numpy(attribution))


def deletion_insertion_curves(
    question: Question, image: Tensor, maps: Sequence[Tensor]
) -> tuple[Curves, ...]:
    """Return the deletion and insertion curves of maps.

    Deletion sets pixels to black, insertion starts from a black image. Departing from the paper,
    only pixels with ink are ranked: deleting the background changes nothing, and a map should not
    score for telling ink from background.

    Args:
        question: the network, and the target whose probability is computed.
        image: (1, H, W) in [0, 1].
        maps: (H, W) each; the highest value is the most important, ties are broken at random.

    Raises:
        ValueError: if all pixels of the image are black.

    Reference:
        Petsiuk et al. 2018, "RISE: Randomized Input Sampling for Explanation",
        https://arxiv.org/abs/1806.07421
    """
    ink = _ink(image)  # (P,)
    shuffled = torch.randperm(len(ink), generator=torch.Generator().manual_seed(0))  # (P,)
    orders = []
    for attribution in maps:
        values = attribution.flatten().cpu()[ink]  # (P,)
        ranked = values[shuffled].argsort(descending=True, stable=True)
        orders.append(ink[shuffled[ranked]])  # (P,), pixels by importance
    return _curves(question, image, torch.stack(orders))


def random_order_curves(
    question: Question, image: Tensor, *, orders: int = ORDERS, seed: int = 0
) -> RandomOrders:
    """Return the deletion and insertion curves of random orders, as a baseline for maps.

    Args:
        question: the network, and the target whose probability is computed.
        image: (1, H, W) in [0, 1].
        orders: number of random orders.
        seed: of the random orders.

    Raises:
        ValueError: if all pixels of the image are black.
    """
    ink = _ink(image)  # (P,)
    random = torch.Generator().manual_seed(seed)
    permutations = [ink[torch.randperm(len(ink), generator=random)] for _ in range(orders)]
    return RandomOrders(_curves(question, image, torch.stack(permutations)))


def randomization(
    question: Question, image: Tensor, method: Method, attribution: Tensor, *, seed: int = 0
) -> Randomization:
    """Return how a map changes while the network's layers are shuffled, from the output back.

    Departing from the paper, weights are not drawn anew but permuted within their tensor. That
    keeps their distribution; several architectures initialize heads or blocks to zero, which would
    make every map zero. The whole network is shuffled `SHUFFLES` times.

    Args:
        question: the network and score of the map.
        image: (1, H, W) in [0, 1].
        method: the map's method.
        attribution: the map, (H, W).
        seed: of the first shuffle.

    Reference:
        Adebayo et al. 2018, "Sanity Checks for Saliency Maps", https://arxiv.org/abs/1810.03292
    """
    layers = layers_with_parameters(question.model)
    stages = sorted({max(1, round(share * len(layers))) for share in SHARES})
    correlations = []
    for count in stages:
        by_shuffle = []
        for number in range(SHUFFLES if count == stages[-1] else 1):
            model = shuffle_weights(question.model, layers[-count:], seed=seed + number)
            network = replace(question.network, model=model)
            shuffled = method.function(replace(question, network=network), image)
            by_shuffle.append(rank_correlation(attribution, shuffled))
        defined = [value for value in by_shuffle if value is not None]
        correlations.append(float(np.mean(defined)) if defined else None)
    return Randomization(len(layers), tuple(stages), tuple(correlations))


def rank_correlation(first: Tensor, second: Tensor) -> float | None:
    """Return Spearman's correlation of two maps of the same shape; None if one is constant."""
    maps = [values.flatten().double().cpu().numpy() for values in (first, second)]  # (H * W,) each
    if any(np.ptp(values) == 0 for values in maps):
        return None
    return float(spearmanr(*maps).statistic)


def layers_with_parameters(model: nn.Module) -> tuple[str, ...]:
    """Return the names of modules with parameters of their own, in the order of definition."""
    return tuple(
        name
        for name, module in model.named_modules()
        if next(module.parameters(recurse=False), None) is not None
    )


def shuffle_weights(model: nn.Module, layers: Sequence[str], *, seed: int) -> nn.Module:
    """Return a copy in which each parameter tensor of some layers is permuted at random."""
    model = copy.deepcopy(model)
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name in layers:
            for weights in model.get_submodule(name).parameters(recurse=False):
                # drawn on the CPU: the same on every device
                order = torch.randperm(weights.numel(), generator=random).to(weights.device)
                weights.copy_(weights.flatten()[order].view_as(weights))
    return model


def _ink(image: Tensor) -> Tensor:
    """Return the indices of an image's nonzero pixels in row order, int64, (P,)."""
    ink = image.flatten().cpu().nonzero()[:, 0]  # (P,)
    if not len(ink):
        raise ValueError("an image must have ink, got only black pixels")
    return ink


def _curves(question: Question, image: Tensor, orders: Tensor) -> tuple[Curves, ...]:
    """Return the curves of orders (M, P) of pixel indices, most important first."""
    count = orders.shape[1]
    steps = np.unique(np.linspace(0, count, min(CURVE_STEPS, count) + 1).round().astype(int))
    rank = torch.full((len(orders), image.numel()), count)  # (M, H * W); background comes last
    rank.scatter_(1, orders, torch.arange(count).expand_as(orders))
    first = rank[:, None] < torch.from_numpy(steps)[None, :, None]  # (M, S + 1, H * W)
    first = first.view(-1, *image.shape).to(image.device)  # (M * (S + 1), 1, H, W)
    images = torch.cat([image * ~first, image * first])  # (2 M (S + 1), 1, H, W), deletion first
    with torch.inference_mode():
        probabilities = torch.cat(
            [
                question.target.probability(question.logits(batch))
                for batch in images.split(IMAGES_AT_A_TIME)
            ]
        )
    deletion, insertion = probabilities.float().cpu().view(2, len(orders), len(steps)).numpy()
    shares = (steps / count).astype(np.float32)  # (S + 1,)
    return tuple(Curves(shares, *pair) for pair in zip(deletion, insertion, strict=True))


def _mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values, ddof=1))
