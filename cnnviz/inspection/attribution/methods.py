"""The attribution methods: how much each pixel of an image contributes to a score.

All methods take the same `Question` and return one map over the pixels. They disagree, since each
defines "contributes" in its own way; `faithfulness` measures how far a map agrees with the network.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.attribution import grad_cam, gradients, occlusion
from cnnviz.inspection.attribution.occlusion import WINDOW
from cnnviz.inspection.attribution.question import Question, Target, question_about, to_image
from cnnviz.models.catalog import Paper, look_up
from cnnviz.models.loaded_network import LoadedNetwork


@dataclass(frozen=True)
class Method:
    """One attribution method.

    Attributes:
        key: short name.
        title: name to show.
        function: takes a question and an image (1, H, W) in [0, 1], returns a map (H, W).
        signed: whether the map has negative values, for evidence against the target.
        needs_layer: whether it reads the question's layer.
        unit: of the map's values, in words.
        explanation: what it shows and what it misses, in two sentences.
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
    """The maps of all methods for one question.

    Attributes:
        score: of the image.
        blank: score of a black image.
        maps: float32, (H, W), by the method's key.
    """

    score: float
    blank: float
    maps: Mapping[str, NDArray[np.float32]]

    @property
    def missing(self) -> float:
        """Error of integrated gradients: their sum minus the difference of score and blank."""
        return float(self.maps["integrated_gradients"].sum()) - (self.score - self.blank)

    def strongest(self, method: str) -> tuple[float, float]:
        """Return how far down and how far right a map's largest value is, 0 to 1 (exclusive)."""
        rows, columns = self.maps[method].shape
        row, column = divmod(int(self.maps[method].argmax()), columns)
        return row / rows, column / columns


def explain(network: LoadedNetwork, pixels: Pixels, target: Target, *, layer: str) -> Explanation:
    """Return the maps of all methods for one digit.

    Args:
        network: a classifier.
        pixels: uint8, (1, 28, 28).
        target: the score to explain.
        layer: dotted name of the layer for Grad-CAM.

    Raises:
        ValueError: if the network has no layer of that name.
    """
    question = question_about(network, target, layer)
    image = to_image(pixels)  # (1, 28, 28)
    with torch.inference_mode():
        score, blank = question.score(torch.stack([image, torch.zeros_like(image)])).tolist()
    maps = {key: method.function(question, image).numpy() for key, method in METHODS.items()}
    return Explanation(score, blank, maps)


def explain_by(question: Question, pixels: Pixels, method: str) -> NDArray[np.float32]:
    """Return one method's map, float32, (H, W), for one digit.

    Args:
        question: from `question_about`.
        pixels: uint8, (1, 28, 28).
        method: key of `METHODS`.

    Raises:
        ValueError: if there is no such method.
    """
    function = look_up(METHODS, method, "method").function
    return np.asarray(function(question, to_image(pixels)).numpy())


_INK = "of the score per unit of ink"
_SCORE = "of the score"

_ROWS = (
    Method(
        "saliency",
        "Saliency",
        gradients.saliency,
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
        gradients.gradient_times_input,
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
        gradients.integrated_gradients,
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
        occlusion.occlusion,
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
        grad_cam.grad_cam,
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
