"""Convolution arithmetic: output sizes, parameters, MACs and bytes of one layer."""

from dataclasses import dataclass

BYTES = 4  # of a float32


@dataclass(frozen=True)
class Convolution:
    """A two-dimensional convolution with a square kernel, with the arguments of `nn.Conv2d`.

    Attributes:
        in_channels, out_channels: of the input and the output.
        kernel: side of the kernel in pixels.
        stride: pixels between neighboring positions of the kernel.
        padding: pixels of zeros on each side; "same" keeps the size, "valid" is 0.
        dilation: pixels between neighboring taps of the kernel.
        groups: number of channel groups that are convolved independently.
        bias: whether a bias is added to each output channel.

    Raises:
        ValueError: on construction, naming what must hold and what was got.

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
        """Check the arguments."""
        sizes = {
            "channels in": self.in_channels,
            "channels out": self.out_channels,
            "kernel": self.kernel,
            "stride": self.stride,
            "dilation": self.dilation,
            "groups": self.groups,
        }
        for name, value in sizes.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError(
                f"groups must divide the {self.in_channels} channels in and the "
                f"{self.out_channels} channels out, got {self.groups}"
            )
        if self.padding == "same" and self.stride != 1:
            raise ValueError(
                f'stride must be 1 with padding "same", got {self.stride}: a larger stride makes '
                "the output smaller than the input"
            )
        if isinstance(self.padding, str) and self.padding not in ("same", "valid"):
            raise ValueError(f'padding must be "same", "valid" or pixels, got {self.padding!r}')
        if isinstance(self.padding, int) and self.padding < 0:
            raise ValueError(f"padding must be at least 0, got {self.padding}")

    @property
    def extent(self) -> int:
        """Pixels from the first tap of the kernel to the last, both included."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def sides(self) -> tuple[int, int]:
        """Pixels of padding before and after; for "same" and an even extent one more after."""
        if self.padding == "same":
            return (self.extent - 1) // 2, self.extent // 2
        pixels = self.padding if isinstance(self.padding, int) else 0
        return pixels, pixels

    @property
    def parameters(self) -> int:
        """Number of weights and biases."""
        weights = self.out_channels * (self.in_channels // self.groups) * self.kernel**2
        return weights + self.bias * self.out_channels

    def output_size(self, size: int) -> int:
        """Return the side of the output for the side of the input, in pixels.

        Raises:
            ValueError: if the kernel is larger than the padded input.
        """
        padded = size + sum(self.sides)
        if padded < self.extent:
            raise ValueError(
                f"the padded input must be at least as large as the kernel's span of "
                f"{self.extent} pixels, got {padded}"
            )
        return (padded - self.extent) // self.stride + 1

    def macs(self, size: int) -> int:
        """Return the MACs for one example of that side, with padding, without bias."""
        weights = self.out_channels * (self.in_channels // self.groups) * self.kernel**2
        return weights * self.output_size(size) ** 2

    def input_bytes(self, size: int) -> int:
        """Return the bytes of one example's input of that side in float32."""
        return BYTES * self.in_channels * size**2

    def output_bytes(self, size: int) -> int:
        """Return the bytes of the output of one example in float32."""
        return BYTES * self.out_channels * self.output_size(size) ** 2

    def bytes_moved(self, size: int) -> int:
        """Return the bytes of one example's input and output and of the weights, each once."""
        return self.input_bytes(size) + BYTES * self.parameters + self.output_bytes(size)

    def taps(self, row: int) -> list[int]:
        """Return the input rows that an output row reads; those below 0 are padding."""
        first = row * self.stride - self.sides[0]
        return [first + tap * self.dilation for tap in range(self.kernel)]

    def unread_rows(self, size: int) -> int:
        """Return how many rows of an input of that side lie under no tap of the kernel."""
        taps = {row for place in range(self.output_size(size)) for row in self.taps(place)}
        return len(set(range(size)) - taps)

    def formula(self, size: int) -> str:
        """Return the formula of the output's side with the numbers of this convolution."""
        before, after = self.sides
        return (
            f"⌊({size} + {before} + {after} - {self.dilation}·({self.kernel} - 1) - 1) / "
            f"{self.stride}⌋ + 1 = {self.output_size(size)}"
        )
