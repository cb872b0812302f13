"""What a unit's value comes from, number by number: one class for each way of computing.

Everything is float64, computed from the float32 numbers of the network.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.inspection.unit_arithmetic.layer_run import Unit

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Worked:
    """One unit worked out.

    Attributes:
        layer: dotted name.
        kind: class of the module.
        unit: which of its outputs.
        index: where the unit is in the layer's output, the batch included.
        value: what the arithmetic gives.
        tensor: what the network put out, a float32.
        after: the activation that takes this value, if one follows directly.
    """

    layer: str
    kind: str
    unit: Unit
    index: tuple[int, ...]
    value: float
    tensor: float
    after: "Activated | None" = None

    @property
    def difference(self) -> float:
        """How far the arithmetic is from the tensor, relative to the tensor where it exceeds 1."""
        return abs(self.value - self.tensor) / max(1.0, abs(self.tensor))


@dataclass(frozen=True, eq=False, kw_only=True)
class Convolved(Worked):
    """A convolution: products, their sum over the kernel, over input channels, plus a bias.

    Attributes:
        channels: the C input channels that the unit's group sees.
        rows, columns: of the input under the kernel; below 0 or beyond the last is padding.
        patches: (C, kh, kw), what lies under the kernel, padding included.
        kernels: (C, kh, kw).
        products: (C, kh, kw).
        sums: (C,), of the products of each input channel.
        bias: 0 where the layer has none.
    """

    channels: tuple[int, ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    patches: Numbers
    kernels: Numbers
    products: Numbers
    sums: Numbers
    bias: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Weighed(Worked):
    """A fully connected layer: each input times its weight, their sum plus a bias.

    Attributes:
        inputs, weights, products: (C,).
        bias: 0 where the layer has none.
    """

    inputs: Numbers
    weights: Numbers
    products: Numbers
    bias: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Pooled(Worked):
    """A pooling: the largest, or the mean, of what lies in a window of one map.

    Attributes:
        operation: "max" or "mean".
        rows, columns: of the input in the window.
        window: (rows, columns), padding as zeros where it counts.
        divisor: what a mean's sum is divided by; 1 for a maximum.
    """

    operation: str
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    window: Numbers
    divisor: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Activated(Worked):
    """An activation: a function of one number.

    Attributes:
        input: the number.
        formula: the function of x.
    """

    input: float
    formula: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Normalized(Worked):
    """A batch norm or a layer norm: weight · (x - mean) / √(variance + eps) + bias.

    Attributes:
        input: x.
        inputs: (C,), what mean and variance are of; empty for a batch norm, whose mean and
            variance are running averages from the training.
        mean, variance, eps: as in the formula.
        weight, bias: as in the formula; 1 and 0 where the layer learns none.
        normalized: the quotient.
        scaled: the whole formula.
        inside: the activation that the layer itself applies to it, if any.
    """

    input: float
    inputs: Numbers
    mean: float
    variance: float
    eps: float
    weight: float
    bias: float
    normalized: float
    scaled: float
    inside: Activated | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Shared(Worked):
    """A softmax: the exponential of a logit over the sum of the exponentials of all.

    Attributes:
        logits: (K,).
        largest: of the logits, taken away from each so that no exponential overflows.
        exponentials: (K,), of what is left.
        total: their sum.
    """

    logits: Numbers
    largest: float
    exponentials: Numbers
    total: float
