"""Parameters, multiply-accumulates and memory of each layer, from one forward pass.

Multiply-accumulates (MACs) are those of convolutions, linear layers and the matrix products of
attention; normalization, activations, pooling and sums are left out, as in the counts that papers
and torchvision publish. One MAC is two floating-point operations (FLOP).
"""

import csv
import io
from dataclasses import dataclass

from cnnviz.models.structure.convolution.arithmetic import BYTES
from cnnviz.models.structure.trace import Size, Trace, TraceStep

_HEADS = (
    *("layer", "kind", "kernel", "stride", "padding", "input", "output"),
    *("parameters", "macs", "activation_bytes", "share_of_macs"),
)


@dataclass(frozen=True)
class Layer:
    """Cost of one layer, or of one operation between layers.

    Attributes:
        name: dotted name; of an operation, that of the module whose forward performs it.
        kind: class of the module, or the operation in a word.
        kernel, stride, padding: in pixels, "3 × 3"; "" where there is none.
        inputs: shapes of the inputs, one example; several where tensors are combined.
        output: shape of the output, one example.
        parameters: number of parameters; 0 where the layer runs a second time.
        macs: multiply-accumulates for one example.
        activation_bytes: bytes of the output in float32, one example.
        share: fraction of the network's MACs, 0 to 1.
        groups: channel groups of a convolution.
    """

    name: str
    kind: str
    kernel: str
    stride: str
    padding: str
    inputs: tuple[Size, ...]
    output: Size
    parameters: int
    macs: int
    activation_bytes: int
    share: float
    groups: int = 1

    @property
    def work(self) -> str:
        """Its kind, and of a convolution whether it is depthwise, grouped or 1 × 1.

        These differ in arithmetic intensity: a 1 × 1 convolution uses an input value once for each
        filter, a depthwise 3 × 3 convolution nine times at most.
        """
        channels = self.inputs[0][0] if self.inputs and self.inputs[0] else 0  # of (C, H, W)
        if self.groups > 1:
            return f"{self.kind}, {'depthwise' if self.groups == channels else 'grouped'}"
        return f"{self.kind}, 1 × 1" if self.macs and self.kernel == "1 × 1" else self.kind


@dataclass(frozen=True)
class Count:
    """Cost of a network.

    Attributes:
        layers: in the order of execution; a layer that runs twice is listed twice, with its
            parameters in the first entry and its MACs in both.
        parameters: number of parameters.
        idle: number of parameters that the forward pass did not use.
        macs: multiply-accumulates for one example.
        activation_bytes: bytes of all outputs in float32, one example; training stores less where
            layers work in place, and more where they store something beside their output.
    """

    layers: tuple[Layer, ...]
    parameters: int
    idle: int
    macs: int
    activation_bytes: int

    @property
    def weight_bytes(self) -> int:
        """Bytes of the parameters in float32."""
        return self.parameters * BYTES  # float32

    def depth(self, layer: str) -> tuple[int, int]:
        """Return how many layers with weights and MACs run up to the end of a layer, and in all.

        Args:
            layer: dotted name of a layer or of a block of layers.

        Raises:
            ValueError: if there is no layer and no block of that name.
        """
        names = [row.name for row in self.layers]
        inside = [name == layer or name.startswith(f"{layer}.") for name in names]
        if not any(inside):
            raise ValueError(f"layer must be one of {', '.join(names)}, got {layer!r}")
        multiplies = [row.parameters > 0 and row.macs > 0 for row in self.layers]
        last = len(inside) - inside[::-1].index(True)  # one after the last run inside
        return sum(multiplies[:last]), sum(multiplies)


def count(trace: Trace) -> Count:
    """Return the cost of each layer of a forward pass, and the totals."""
    macs = sum(step.macs for step in trace.steps)
    layers = tuple(_layer(step, macs) for step in trace.steps)
    return Count(
        layers=layers,
        parameters=trace.parameters,
        idle=trace.parameters - sum(layer.parameters for layer in layers),
        macs=macs,
        activation_bytes=sum(layer.activation_bytes for layer in layers),
    )


def layers_to_csv(count: Count) -> str:
    """Return the table of layers, with the totals in the last row, as CSV."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_HEADS)
    for layer in count.layers:
        inputs, output = " + ".join(map(size_text, layer.inputs)), size_text(layer.output)
        window = (layer.kernel, layer.stride, layer.padding)
        numbers = (layer.parameters, layer.macs, layer.activation_bytes, f"{layer.share:.6f}")
        table.writerow((layer.name, layer.kind, *window, inputs, output, *numbers))
    totals = (count.parameters, count.macs, count.activation_bytes, 1)
    table.writerow(("total", *[""] * 6, *totals))
    return text.getvalue()


def size_text(size: Size) -> str:
    """Return a shape as text, "64 × 56 × 56"."""
    return " × ".join(map(str, size))


def _layer(step: TraceStep, macs: int) -> Layer:
    return Layer(
        name=step.name or "(network)",
        kind=step.kind,
        kernel=step.kernel,
        stride=step.stride,
        padding=step.padding,
        inputs=step.inputs,
        output=step.output,
        parameters=step.parameters,
        macs=step.macs,
        activation_bytes=step.values * BYTES,  # float32
        share=step.macs / macs if macs else 0.0,
        groups=step.groups,
    )
