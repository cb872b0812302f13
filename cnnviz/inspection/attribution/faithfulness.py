"""What a map is worth: does the network agree with it, and does it depend on what was learned?"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor, nn

from cnnviz.inspection.attribution.methods import Method, Question

STEPS = 20  # in which the ink goes
ORDERS = 10  # random ones to compare with
SHARES = (0.0, 1 / 3, 2 / 3, 1.0)  # of the layers to scramble, from the output back; 0: the last
SCRAMBLES = 3  # different ones of the whole network
_BATCH = 64  # images at a time


@dataclass(frozen=True, eq=False)
class Curves:
    """What becomes of a class when ink goes, and when it comes, in the order of a map.

    Attributes:
        shares: float32, (S + 1,), of the ink's pixels that have gone or come, 0 to 1.
        deletion: float32, (S + 1,), the probability while ink goes, most important first.
        insertion: float32, (S + 1,), the probability while ink comes, most important first.
    """

    shares: NDArray[np.float32]
    deletion: NDArray[np.float32]
    insertion: NDArray[np.float32]

    @property
    def deletion_area(self) -> float:
        """The mean probability while ink goes, 0 to 1; lower is better."""
        return float(np.trapezoid(self.deletion, self.shares))

    @property
    def insertion_area(self) -> float:
        """The mean probability while ink comes, 0 to 1; higher is better."""
        return float(np.trapezoid(self.insertion, self.shares))


@dataclass(frozen=True, eq=False)
class Chance:
    """The same for ink in several random orders.

    Attributes:
        curves: one per order.
    """

    curves: tuple[Curves, ...]

    @property
    def deletion_area(self) -> tuple[float, float]:
        """Mean and standard deviation over the orders."""
        return _spread([curves.deletion_area for curves in self.curves])

    @property
    def insertion_area(self) -> tuple[float, float]:
        """Mean and standard deviation over the orders."""
        return _spread([curves.insertion_area for curves in self.curves])


@dataclass(frozen=True)
class Randomization:
    """How much of a map stays when the weights are scrambled, from the output back.

    Attributes:
        layers: how many layers have weights.
        scrambled: how many of them were scrambled, stage by stage.
        correlations: of the map with the one from the scrambled network, by ranks, -1 to 1, a mean
            over scrambles for each stage; None where the map has vanished each time.
    """

    layers: int
    scrambled: tuple[int, ...]
    correlations: tuple[float | None, ...]

    @property
    def left(self) -> float | None:
        """What is left of the map when all weights are scrambled."""
        return self.correlations[-1]


def curves(question: Question, image: Tensor, maps: Sequence[Tensor]) -> tuple[Curves, ...]:
    """Delete and insert the ink in the order of each map.

    Deleting sets a pixel to black paper, inserting starts from black paper. Departing from the
    paper, only pixels with ink are counted: deleting paper changes nothing, and a map should not
    be praised for telling ink from paper.

    Args:
        question: its target's probability is followed.
        image: (1, H, W) in [0, 1].
        maps: each (H, W); the highest value is the most important, ties are broken at random.

    Raises:
        ValueError: if there is no ink on the image.

    Reference:
        Petsiuk et al. 2018, "RISE: Randomized Input Sampling for Explanation",
        https://arxiv.org/abs/1806.07421
    """
    ink = _ink(image)
    chaos = torch.randperm(len(ink), generator=torch.Generator().manual_seed(0))
    orders = []
    for found in maps:
        values = found.flatten().cpu()[ink]
        ranked = values[chaos].argsort(descending=True, stable=True)
        orders.append(ink[chaos[ranked]])
    return _follow(question, image, torch.stack(orders))


def chance(question: Question, image: Tensor, *, orders: int = ORDERS, seed: int = 0) -> Chance:
    """Delete and insert the ink in random orders, to compare maps with.

    Args:
        question: its target's probability is followed.
        image: (1, H, W) in [0, 1].
        orders: how many.
        seed: of the first.

    Raises:
        ValueError: if there is no ink on the image.
    """
    ink = _ink(image)
    random = torch.Generator().manual_seed(seed)
    drawn = [ink[torch.randperm(len(ink), generator=random)] for _ in range(orders)]
    return Chance(_follow(question, image, torch.stack(drawn)))


def randomization(
    question: Question, image: Tensor, method: Method, found: Tensor, *, seed: int = 0
) -> Randomization:
    """Compare a map with those of networks whose weights are scrambled, from the output back.

    Departing from the paper, weights are not drawn anew but change places within their tensor:
    that keeps their distribution, while some of the networks start with heads or blocks of zeros,
    whose maps would vanish. Of the whole network several scrambles are tried.

    Args:
        question: as the map was made for.
        image: (1, H, W) in [0, 1].
        method: that the map was made by.
        found: the map, (H, W).
        seed: of the first scramble.

    Reference:
        Adebayo et al. 2018, "Sanity Checks for Saliency Maps", https://arxiv.org/abs/1810.03292
    """
    layers = weighted(question.model)
    stages = sorted({max(1, round(share * len(layers))) for share in SHARES})
    correlations = []
    for count in stages:
        tries = SCRAMBLES if count == stages[-1] else 1
        alike = []
        for number in range(tries):
            model = scramble(question.model, layers[-count:], seed=seed + number)
            other = Question(
                model, question.size, question.target, question.layer, question.channels_last
            )
            alike.append(rank_correlation(found, method.function(other, image)))
        there = [value for value in alike if value is not None]
        correlations.append(float(np.mean(there)) if there else None)
    return Randomization(len(layers), tuple(stages), tuple(correlations))


def rank_correlation(first: Tensor, second: Tensor) -> float | None:
    """Return Spearman's correlation of two maps of one shape; None if one is flat."""
    maps = [values.flatten().double().cpu().numpy() for values in (first, second)]
    if any(np.ptp(values) == 0 for values in maps):
        return None
    return float(spearmanr(*maps).statistic)


def weighted(model: nn.Module) -> tuple[str, ...]:
    """Return the names of the modules that own parameters, in the order of definition."""
    return tuple(
        name
        for name, module in model.named_modules()
        if next(module.parameters(recurse=False), None) is not None
    )


def scramble(model: nn.Module, layers: Sequence[str], *, seed: int) -> nn.Module:
    """Return a copy in which the weights of some layers have changed places, tensor by tensor."""
    model = copy.deepcopy(model)
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name in layers:
            for weights in model.get_submodule(name).parameters(recurse=False):
                places = torch.randperm(weights.numel(), generator=random).to(weights.device)
                weights.copy_(weights.flatten()[places].view_as(weights))
    return model


def _ink(image: Tensor) -> Tensor:
    """Return the places of an image's ink, int64, counted along its rows."""
    ink = image.flatten().cpu().nonzero()[:, 0]
    if not len(ink):
        raise ValueError("there is no ink on the image")
    return ink


def _follow(question: Question, image: Tensor, orders: Tensor) -> tuple[Curves, ...]:
    """Return the curves of orders (M, P) of the places of the ink, most important first."""
    count = orders.shape[1]
    steps = np.unique(np.linspace(0, count, min(STEPS, count) + 1).round().astype(int))
    rank = torch.full((len(orders), image.numel()), count)  # paper comes last
    rank.scatter_(1, orders, torch.arange(count).expand_as(orders))
    first = rank[:, None] < torch.from_numpy(steps)[None, :, None]  # (M, S + 1, H * W)
    first = first.view(-1, *image.shape).to(image.device)
    both = torch.cat([image * ~first, image * first])
    with torch.inference_mode():
        found = torch.cat(
            [question.target.probability(question.logits(part)) for part in both.split(_BATCH)]
        )
    deletion, insertion = found.float().cpu().view(2, len(orders), len(steps)).numpy()
    shares = (steps / count).astype(np.float32)
    return tuple(Curves(shares, *pair) for pair in zip(deletion, insertion, strict=True))


def _spread(values: Sequence[float]) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values, ddof=1))
