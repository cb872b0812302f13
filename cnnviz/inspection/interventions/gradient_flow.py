"""Gradient norms in deep stacks of plain, residual or dense layers.

A residual layer is relu(conv(x) + x), a plain one relu(conv(x)); a dense one concatenates
relu(conv(x)) to its input.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.data.mnist import Digits, evenly_spaced
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.models.seeding import seeded

BLOCKS = ("plain", "residual", "dense")
ACTIVATION_FUNCTIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "ReLU": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}
INITIALIZATIONS = ("PyTorch", "He")  # weights' variance 1 / (3 fan-in), or 2 / fan-in for ReLUs
_GROWTH = 4  # channels that each layer of a dense stack adds


class Stack(nn.Module):
    """A classifier of a strided stem, `depth` 3×3 convolutions, average pooling and a linear layer.

    Args:
        depth: number of layers between the stem and the classifier.
        block: one of `BLOCKS`.
        activation: key of `ACTIVATION_FUNCTIONS`.
        width: channels of a plain or residual stack, and of a dense one's stem.
        initialization: one of `INITIALIZATIONS`.
    """

    def __init__(
        self,
        depth: int,
        block: str = "plain",
        activation: str = "ReLU",
        *,
        width: int = 16,
        initialization: str = "PyTorch",
    ) -> None:
        """Build the layers and draw their weights."""
        super().__init__()
        self.block = block
        self.activation = ACTIVATION_FUNCTIONS[activation]
        self.stem = nn.Conv2d(1, width, 3, stride=2, padding=1)  # (N, width, 14, 14)
        dense = block == "dense"
        wide = [width + _GROWTH * i * dense for i in range(depth + 1)]
        self.layers = nn.ModuleList(
            nn.Conv2d(before, _GROWTH if dense else width, 3, padding=1) for before in wide[:-1]
        )
        self.head = nn.Linear(wide[-1], 10)
        if initialization == "He":
            for weight in self.weights():
                nn.init.kaiming_normal_(weight, nonlinearity="relu")

    def weights(self) -> list[Tensor]:
        """Return the convolutions' weights, the stem's first."""
        return [m.weight for m in (self.stem, *self.layers) if isinstance(m, nn.Conv2d)]

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N, 10) for digits (N, 1, 28, 28)."""
        x = self.activation(self.stem(x))  # (N, width, 14, 14)
        for layer in self.layers:
            y = layer(x)  # (N, width, 14, 14), or (N, 4, 14, 14) of a dense stack
            if self.block == "dense":
                x = torch.cat([x, self.activation(y)], dim=1)  # 4 channels more
            else:
                x = self.activation(y + x if self.block == "residual" else y)  # (N, width, 14, 14)
        logits: Tensor = self.head(x.mean(dim=(2, 3)))  # (N, C, 14, 14) to (N, 10)
        return logits


def digit_batch(digits: Digits, count: int) -> tuple[Tensor, Tensor]:
    """Return evenly spaced test digits, uint8 (count, 1, 28, 28), and their labels, (count,).

    Raises:
        ValueError: unless `count` is 1 to the number of test digits.
    """
    chosen = evenly_spaced(len(digits.test_labels), count)  # (count,)
    return (
        torch.from_numpy(digits.test_images[chosen]),
        torch.from_numpy(digits.test_labels[chosen]),
    )


def gradient_norms(model: Stack, pixels: Tensor, labels: Tensor) -> list[float]:
    """Return the norm of the loss gradient with respect to each layer's weight, the stem's first.

    Args:
        model: the stack; its `grad` attributes stay as they were.
        pixels: uint8, (N, 1, 28, 28).
        labels: int64, (N,).
    """
    loss = F.cross_entropy(model(normalize(to_unit_range(pixels), size=28)), labels)  # scalar
    return [float(g.norm()) for g in torch.autograd.grad(loss, model.weights())]


def first_layer_gradients(
    block: str,
    depths: Sequence[int],
    pixels: Tensor,
    labels: Tensor,
    *,
    initialization: str = "PyTorch",
    seed: int = 0,
) -> list[float]:
    """Return the gradient norm at the first layer of untrained stacks, one per depth.

    Args:
        block: one of `BLOCKS`.
        depths: numbers of layers between the stem and the classifier.
        pixels: uint8, (N, 1, 28, 28).
        labels: int64, (N,).
        initialization: one of `INITIALIZATIONS`.
        seed: of the initial weights.

    Reference:
        He et al. 2015, "Deep Residual Learning for Image Recognition",
        https://arxiv.org/abs/1512.03385
    """
    norms = []
    for depth in depths:
        with seeded(seed):
            model = Stack(depth, block, initialization=initialization)
        norms.append(gradient_norms(model, pixels, labels)[0])  # the stem's
    return norms
