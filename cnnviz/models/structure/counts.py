"""Parameters, multiply-accumulates and memory, layer by layer, measured from one forward pass.

Multiply-accumulates (MACs) are those of convolutions, linear layers and the matrix products of
attention; normalization, activation, pooling and sums are left out, as in the counts that papers
and torchvision publish. One MAC is two floating-point operations (FLOP).
"""

import csv
import io
from dataclasses import dataclass

from cnnviz.models.structure.convolution_arithmetic import BYTES
from cnnviz.models.structure.trace import Size, Trace, TraceStep

_HEADS = (
    *("layer", "kind", "kernel", "stride", "padding", "input", "output"),
    *("parameters", "macs", "activation_bytes", "share_of_macs"),
)


@dataclass(frozen=True)
class Layer:
    """What one layer, or one operation between layers, takes.

    Attributes:
        name: dotted name; of an operation, that of the module whose forward does it.
        kind: class of the module, or the operation in a word.
        kernel, stride, padding: in pixels, "3 × 3"; "" where there is none.
        inputs: shapes of what it reads, one example; several where tensors meet.
        output: shape of what it puts out, one example.
        parameters: that it learns; 0 where it runs a second time.
        macs: multiply-accumulates for one example.
        activation_bytes: of the output in float32, one example.
        share: of the network's MACs, 0 to 1.
        groups: that a convolution's channels fall into, each seeing only its own.
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
        """Its kind; of a convolution also whether it is depthwise, grouped or of single pixels.

        These differ in how often they use a number that they have read: one of single pixels as
        often as there are filters, a depthwise one nine times at most where its kernel is 3 × 3.
        """
        channels = self.inputs[0][0] if self.inputs and self.inputs[0] else 0
        if self.groups > 1:
            return f"{self.kind}, {'depthwise' if self.groups == channels else 'grouped'}"
        return f"{self.kind}, 1 × 1" if self.macs and self.kernel == "1 × 1" else self.kind


@dataclass(frozen=True)
class Count:
    """What a network takes.

    Attributes:
        layers: in the order of execution; one that runs twice is listed twice, counts its
            parameters once and its MACs twice.
        parameters: of the whole network.
        idle: parameters that the pass did not use.
        macs: multiply-accumulates for one example.
        activation_bytes: of all outputs in float32, one example; what training keeps is less
            where layers work in place, and more where they keep something beside their output.
    """

    layers: tuple[Layer, ...]
    parameters: int
    idle: int
    macs: int
    activation_bytes: int

    @property
    def weight_bytes(self) -> int:
        """Memory of the parameters in float32."""
        return self.parameters * BYTES

    def depth(self, layer: str) -> tuple[int, int]:
        """Return how many layers that multiply have run once a layer is done, and how many do.

        Args:
            layer: dotted name of a layer, or of a block of them.

        Raises:
            ValueError: if no layer bears that name or lies within a block of that name.
        """
        names = [one.name for one in self.layers]
        inside = [name == layer or name.startswith(f"{layer}.") for name in names]
        if not any(inside):
            raise ValueError(f"no layer {layer!r}: choose one of {', '.join(names)}")
        multiplies = [one.parameters > 0 and one.macs > 0 for one in self.layers]
        last = len(inside) - inside[::-1].index(True)
        return sum(multiplies[:last]), sum(multiplies)


def count(trace: Trace) -> Count:
    """Return what each layer of a forward pass takes, and the totals."""
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
    """Return the table of layers with its totals as CSV."""
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
        activation_bytes=step.values * BYTES,
        share=step.macs / macs if macs else 0.0,
        groups=step.groups,
    )
