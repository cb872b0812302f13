"""Why this answer: how much each pixel of an image speaks for a class, by several methods.

Every method asks the same question of a network and puts out one map over the image's pixels. They
disagree, since they mean different things by "speaks for"; `faithfulness` measures how far a map
can be believed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.models.catalogue import Paper, look_up
from cnnviz.models.feature_maps import as_maps
from cnnviz.models.hooks import recording_runs
from cnnviz.models.loaded_network import LoadedNetwork

STEPS = 64  # of the path that gradients are integrated along
WINDOW, STRIDE = 4, 2  # pixels: the square that occlusion hides, and how far it moves
_BATCH = 64  # images at a time, which fit the processor's cache better than all at once


@dataclass(frozen=True)
class Target:
    """The score to explain: the logit of a class, or by how much it is above another's.

    Attributes:
        digit: the class.
        against: the class it is set against; None for the logit by itself.
    """

    digit: int
    against: int | None = None

    def __post_init__(self) -> None:
        """Refuse a class set against itself."""
        if self.digit == self.against:
            raise ValueError(f"{self.digit} cannot be set against itself")

    def __str__(self) -> str:
        """Return the score in words."""
        if self.against is None:
            return f"logit of {self.digit}"
        return f"logit of {self.digit} − logit of {self.against}"

    def score(self, logits: Tensor) -> Tensor:
        """Return the score (N,) from logits (N, K)."""
        if self.against is None:
            return logits[:, self.digit]
        return logits[:, self.digit] - logits[:, self.against]

    def probability(self, logits: Tensor) -> Tensor:
        """Return the probability of the class (N,): among all, or between the two."""
        if self.against is None:
            return logits.softmax(dim=1)[:, self.digit]
        return self.score(logits).sigmoid()


@dataclass(frozen=True, eq=False)
class Question:
    """Why a network gives a score.

    Attributes:
        model: classifier returning logits of shape (N, K); it gets hooks, see `ask`.
        size: side of its input in pixels.
        target: the score.
        layer: dotted name of the layer for Grad-CAM.
        channels_last: whether four-dimensional layers put out (N, H, W, C).
    """

    model: nn.Module
    size: int
    target: Target
    layer: str
    channels_last: bool = False

    def logits(self, images: Tensor) -> Tensor:
        """Return (N, K) from images (N, 1, H, W) in [0, 1]."""
        scores: Tensor = self.model(normalize(images, size=self.size))
        return scores

    def score(self, images: Tensor) -> Tensor:
        """Return (N,) from images (N, 1, H, W) in [0, 1]."""
        return self.target.score(self.logits(images))


@dataclass(frozen=True)
class Method:
    """One way to answer.

    Attributes:
        key: short name.
        title: name to show.
        function: takes a question and an image (1, H, W) in [0, 1], returns a map (H, W).
        signed: whether the map tells for from against; where not, it is nowhere negative.
        needs_layer: whether it looks into the question's layer.
        unit: of the map's values, in words.
        explanation: what it does and what it misses, in two sentences.
        paper: where it was published.
    """

    key: str
    title: str
    function: Callable[[Question, Tensor], Tensor]
    signed: bool
    needs_layer: bool
    unit: str
    explanation: str
    paper: Paper


@dataclass(frozen=True, eq=False)
class Explanation:
    """What all methods answer to one question.

    Attributes:
        score: of the image.
        blank: the score of black paper.
        maps: float32, (H, W), by the method's key.
    """

    score: float
    blank: float
    maps: Mapping[str, NDArray[np.float32]]

    @property
    def missing(self) -> float:
        """By how much the integrated gradients miss the score less that of black paper."""
        return float(self.maps["integrated_gradients"].sum()) - (self.score - self.blank)


def explain(network: LoadedNetwork, pixels: Pixels, target: Target, *, layer: str) -> Explanation:
    """Return the maps of all methods for one digit.

    Args:
        network: any network.
        pixels: uint8, (1, 28, 28).
        target: the score to explain.
        layer: for Grad-CAM.

    Raises:
        ValueError: if the network has no layer of that name.
    """
    question = ask(network, target, layer)
    image = to_image(pixels)
    with torch.inference_mode():
        score, blank = question.score(torch.stack([image, torch.zeros_like(image)])).tolist()
    maps = {key: method.function(question, image).numpy() for key, method in METHODS.items()}
    return Explanation(score, blank, maps)


def to_image(pixels: Pixels) -> Tensor:
    """Return uint8 pixels (1, H, W) as the image that methods take, in [0, 1]."""
    return to_unit_range(torch.from_numpy(pixels))


def ask(network: LoadedNetwork, target: Target, layer: str) -> Question:
    """Return a question to a copy of a network.

    Raises:
        ValueError: if the network has no layer of that name.
    """
    row = network.architecture
    if layer not in dict(network.model.named_modules()):
        raise ValueError(f"no layer {layer!r} in {row.title}")
    return Question(network.copy().model, row.input_size, target, layer, row.channels_last)


def gradient(question: Question, images: Tensor) -> Tensor:
    """Return the gradient of each image's own score, both (N, 1, H, W)."""
    with torch.enable_grad():
        images = images.detach().requires_grad_()
        (found,) = torch.autograd.grad(question.score(images).sum(), images)
    return found


def saliency(question: Question, image: Tensor) -> Tensor:
    """Return the size of the gradient: how much the score changes with a pixel.

    Reference:
        Simonyan et al. 2013, "Deep Inside Convolutional Networks",
        https://arxiv.org/abs/1312.6034
    """
    return gradient(question, image[None])[0, 0].abs()


def gradient_times_input(question: Question, image: Tensor) -> Tensor:
    """Return each pixel times its gradient: what it adds to the score, were the network linear.

    Reference:
        Shrikumar et al. 2016, "Not Just a Black Box", https://arxiv.org/abs/1605.01713
    """
    return gradient(question, image[None])[0, 0] * image[0]


def integrated_gradients(question: Question, image: Tensor) -> Tensor:
    """Return each pixel times its mean gradient on the way from black paper to the image.

    The path is cut into `STEPS` pieces of one length, each taken at its middle. The map sums up to
    the score less that of black paper, but for what the pieces are too coarse for.

    Reference:
        Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks",
        https://arxiv.org/abs/1703.01365
    """
    shares = (torch.arange(STEPS, device=image.device) + 0.5) / STEPS
    path = shares[:, None, None, None] * image  # (STEPS, 1, H, W)
    mean = torch.cat([gradient(question, part) for part in path.split(_BATCH)]).mean(dim=0)
    return mean[0] * image[0]


def occlusion(question: Question, image: Tensor) -> Tensor:
    """Return by how much the score falls when a square of black paper hides a pixel.

    The square of `WINDOW` pixels moves by `STRIDE` pixels, over the edges too, and a pixel's value
    is the mean over the squares that hide it. Squares that hide nothing but paper change nothing
    and are not tried.

    Reference:
        Zeiler and Fergus 2013, "Visualizing and Understanding Convolutional Networks",
        https://arxiv.org/abs/1311.2901
    """
    windows = squares(image.shape[-2], image.shape[-1]).to(image.device)  # (P, H, W)
    covered = windows.sum(dim=0)
    windows = windows[(windows * image).flatten(1).any(dim=1)]
    if not len(windows):
        return torch.zeros_like(image[0])
    with torch.inference_mode():
        hidden = (image * (1 - windows[:, None])).split(_BATCH)
        falls = question.score(image[None]) - torch.cat([question.score(part) for part in hidden])
    total: Tensor = torch.tensordot(falls.clone(), windows, dims=1)  # (H, W)
    return total / covered


def squares(height: int, width: int) -> Tensor:
    """Return every place of occlusion's square as a mask of zeros and ones, float32, (P, H, W)."""

    def along(length: int) -> Tensor:
        starts = torch.arange(STRIDE - WINDOW, length, STRIDE)[:, None]
        pixels = torch.arange(length)
        return ((pixels >= starts) & (pixels < starts + WINDOW)).float()  # (places, length)

    rows, columns = along(height), along(width)
    return (rows[:, None, :, None] * columns[None, :, None, :]).flatten(0, 1)


def grad_cam(question: Question, image: Tensor) -> Tensor:
    """Return a layer's maps, each weighed by its mean gradient, added up where that is positive.

    The map has one value per cell of the layer and is spread over the pixels bilinearly.

    Raises:
        ValueError: if the layer's output is neither maps nor tokens.

    Reference:
        Selvaraju et al. 2016, "Grad-CAM", https://arxiv.org/abs/1610.02391
    """
    cells = grad_cam_cells(question, image)[None, None]
    height, width = image.shape[-2:]
    spread = F.interpolate(cells, (question.size, question.size), mode="bilinear")[0, 0]
    top, left = (question.size - height) // 2, (question.size - width) // 2
    return spread[top : top + height, left : left + width]


def grad_cam_cells(question: Question, image: Tensor) -> Tensor:
    """Return Grad-CAM on the layer's own grid, (h, w), without a negative value."""
    with torch.enable_grad(), recording_runs(question.model, [question.layer]) as runs:
        score = question.score(image[None].detach().requires_grad_()).sum()
        output = dict(runs)[question.layer]
        (slope,) = torch.autograd.grad(score, output, allow_unused=True, materialize_grads=True)
    maps, slopes = (
        as_maps(tensor.detach(), channels_last=question.channels_last)[0]
        for tensor in (output, slope)
    )  # (C, h, w)
    weights = slopes.mean(dim=(1, 2), keepdim=True)
    return torch.relu((weights * maps).sum(dim=0))


_INK = "of the score per unit of ink"
_SCORE = "of the score"

_ROWS = (
    Method(
        "saliency",
        "Saliency",
        saliency,
        signed=False,
        needs_layer=False,
        unit=_INK,
        explanation=(
            "The absolute gradient: where a little more or less ink would change the score most. "
            "It shows what the score is sensitive to, not what produced it."
        ),
        paper=Paper("Deep Inside Convolutional Networks", "https://arxiv.org/abs/1312.6034"),
    ),
    Method(
        "gradient_times_input",
        "Gradient × input",
        gradient_times_input,
        signed=True,
        needs_layer=False,
        unit=_SCORE,
        explanation=(
            "Each pixel's value times its gradient: what it would add to the score if the network "
            "were linear. The background is black, so it is always zero."
        ),
        paper=Paper("Not Just a Black Box", "https://arxiv.org/abs/1605.01713"),
    ),
    Method(
        "integrated_gradients",
        "Integrated gradients",
        integrated_gradients,
        signed=True,
        needs_layer=False,
        unit=_SCORE,
        explanation=(
            "The gradient averaged while the image fades in from black, times the pixel's value. "
            "The map sums to the score minus that of a black image; the background is always zero."
        ),
        paper=Paper("Axiomatic Attribution for Deep Networks", "https://arxiv.org/abs/1703.01365"),
    ),
    Method(
        "occlusion",
        "Occlusion",
        occlusion,
        signed=True,
        needs_layer=False,
        unit=_SCORE,
        explanation=(
            f"A square of {WINDOW} × {WINDOW} black pixels covers one position after the other; "
            "the map shows how far the score falls. It needs no gradient, but misses anything "
            "finer than the square and any joint effect of two positions."
        ),
        paper=Paper(
            "Visualizing and Understanding Convolutional Networks",
            "https://arxiv.org/abs/1311.2901",
        ),
    ),
    Method(
        "grad_cam",
        "Grad-CAM",
        grad_cam,
        signed=False,
        needs_layer=True,
        unit=_SCORE,
        explanation=(
            "The feature maps of one layer, weighted by their mean gradients and summed; only "
            "evidence for the class is kept. It is as coarse as the layer's grid."
        ),
        paper=Paper("Grad-CAM", "https://arxiv.org/abs/1610.02391"),
    ),
)

METHODS: Mapping[str, Method] = MappingProxyType({method.key: method for method in _ROWS})


def explain_by(question: Question, pixels: Pixels, method: str) -> NDArray[np.float32]:
    """Return one method's map, float32, (H, W), for one digit.

    Args:
        question: see `ask`.
        pixels: uint8, (1, 28, 28).
        method: key of `METHODS`.

    Raises:
        ValueError: if there is no such method.
    """
    function = look_up(METHODS, method, "method").function
    return np.asarray(function(question, to_image(pixels)).numpy())
