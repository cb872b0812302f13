"""The numbers that a unit's value is computed from: one class per kind of layer.

All of them are float64, computed from the network's float32 inputs and weights.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.inspection.unit_arithmetic.layer_run import Unit

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class UnitResult:
    """The value of one unit, computed and as the network has it.

    Attributes:
        layer: dotted name.
        kind: class of the module.
        unit: position in the layer's output maps.
        index: of the unit in the output tensor, batch dimension included.
        value: the computed value.
        tensor: the network's own value, a float32.
        after: the activation applied to the value, if one follows directly.
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
        """Absolute difference of value and tensor; relative where the tensor exceeds 1."""
        return abs(self.value - self.tensor) / max(1.0, abs(self.tensor))


@dataclass(frozen=True, eq=False, kw_only=True)
class Convolved(UnitResult):
    """A convolution: the sum of input times kernel over taps and input channels, plus a bias.

    Attributes:
        channels: indices of the C input channels in the unit's group.
        rows, columns: of the input under the kernel; indices outside the input are padding.
        patches: (C, kh, kw), the input under the kernel, padding included.
        kernels: (C, kh, kw).
        products: (C, kh, kw).
        sums: (C,), the products' sum in each input channel.
        bias: 0 if the layer has none.
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
class WeightedSum(UnitResult):
    """A fully connected layer: the sum of input times weight, plus a bias.

    Attributes:
        inputs, weights, products: (C,).
        bias: 0 if the layer has none.
    """

    inputs: Numbers
    weights: Numbers
    products: Numbers
    bias: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Pooled(UnitResult):
    """Pooling: the maximum or mean of a window of one input map.

    Attributes:
        operation: "max" or "mean".
        rows, columns: of the input in the window.
        window: (rows, columns), with zeros for padding that counts in the mean.
        divisor: of the window's sum in a mean; 1 for a maximum.
    """

    operation: str
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    window: Numbers
    divisor: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Activated(UnitResult):
    """An activation function applied to one number.

    Attributes:
        input: x.
        formula: the function, in x.
    """

    input: float
    formula: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Normalized(UnitResult):
    """Batch norm or layer norm: weight · (x - mean) / √(variance + eps) + bias.

    Attributes:
        input: x.
        inputs: (C,), the numbers that mean and variance are computed from; empty for batch norm,
            which uses running averages.
        mean, variance, eps: as in the formula.
        weight, bias: as in the formula; 1 and 0 if the layer has none.
        normalized: (x - mean) / √(variance + eps).
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
class Softmaxed(UnitResult):
    """Softmax: the exponential of a logit divided by the sum of all exponentials.

    Attributes:
        logits: (K,).
        largest: the largest logit, subtracted from each so that no exponential overflows.
        exponentials: (K,), of the differences.
        total: sum of the exponentials.
    """

    logits: Numbers
    largest: float
    exponentials: Numbers
    total: float
