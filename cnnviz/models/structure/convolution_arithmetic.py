"""Convolution arithmetic: sizes, parameters and multiply-adds, and what cannot be."""

from dataclasses import dataclass

BYTES = 4  # of a float32


@dataclass(frozen=True)
class Convolution:
    """A two-dimensional convolution with a square kernel, as `torch.nn.Conv2d` has it.

    Attributes:
        in_channels, out_channels: maps that come in and go out.
        kernel: side of the kernel.
        stride: pixels from one position of the kernel to the next.
        padding: pixels of zeros on each side; "same" keeps the size, "valid" is 0.
        dilation: pixels from one tap of the kernel to the next.
        groups: parts of the channels that do not see each other.
        bias: whether each output channel adds a number of its own.

    Raises:
        ValueError: on construction, in one sentence that says what cannot be and why.

    Reference:
        Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning",
        https://arxiv.org/abs/1603.07285
    """

    in_channels: int
    out_channels: int
    kernel: int
    stride: int = 1
    padding: int | str = 0
    dilation: int = 1
    groups: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        """Refuse what no framework can compute."""
        whole = {
            "channels in": self.in_channels,
            "channels out": self.out_channels,
            "kernel": self.kernel,
            "stride": self.stride,
            "dilation": self.dilation,
            "groups": self.groups,
        }
        for name, value in whole.items():
            if value < 1:
                raise ValueError(f"{name} is {value}: it must be at least 1")
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError(
                f"{self.groups} groups cannot share {self.in_channels} channels in and "
                f"{self.out_channels} out evenly: choose a number that divides both"
            )
        if self.padding == "same" and self.stride != 1:
            raise ValueError(
                f'padding "same" with stride {self.stride} contradicts itself: a stride above 1 '
                "makes the output smaller, so it cannot stay the same"
            )
        if isinstance(self.padding, str) and self.padding not in ("same", "valid"):
            raise ValueError(f'unknown padding {self.padding!r}: choose "same", "valid" or pixels')
        if isinstance(self.padding, int) and self.padding < 0:
            raise ValueError(f"padding is {self.padding}: it must be at least 0")

    @property
    def extent(self) -> int:
        """Pixels from the first tap of the kernel to the last, both counted."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def sides(self) -> tuple[int, int]:
        """Pixels of padding before and after; "same" with an even extent puts more after."""
        if self.padding == "same":
            return (self.extent - 1) // 2, self.extent // 2
        pixels = self.padding if isinstance(self.padding, int) else 0
        return pixels, pixels

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        weights = self.out_channels * (self.in_channels // self.groups) * self.kernel**2
        return weights + self.bias * self.out_channels

    def output_size(self, size: int) -> int:
        """Return the side of the output for an input of that side.

        Raises:
            ValueError: if the kernel does not fit into the padded input.
        """
        padded = size + sum(self.sides)
        if padded < self.extent:
            raise ValueError(
                f"the kernel spans {self.extent} pixels and the padded input has {padded}: "
                "there is no position in which it fits"
            )
        return (padded - self.extent) // self.stride + 1

    def macs(self, size: int) -> int:
        """Return the multiply-adds for one example of that side, padding counted, bias not."""
        weights = self.out_channels * (self.in_channels // self.groups) * self.kernel**2
        return weights * self.output_size(size) ** 2

    def output_bytes(self, size: int) -> int:
        """Return the bytes of one example's output in float32."""
        return BYTES * self.out_channels * self.output_size(size) ** 2

    def taps(self, place: int) -> list[int]:
        """Return the input rows under the kernel at an output row; those in the padding too."""
        first = place * self.stride - self.sides[0]
        return [first + tap * self.dilation for tap in range(self.kernel)]

    def formula(self, size: int) -> str:
        """Return the output's side worked out: the formula with this convolution's numbers."""
        before, after = self.sides
        return (
            f"⌊({size} + {before} + {after} - {self.dilation}·({self.kernel} - 1) - 1) / "
            f"{self.stride}⌋ + 1 = {self.output_size(size)}"
        )
