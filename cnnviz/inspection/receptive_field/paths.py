"""Chains of sliding windows from the input to a tensor: size, jump and start of its fields.

Reference:
    Araujo et al. 2019, "Computing Receptive Fields of Convolutional Neural Networks",
    https://distill.pub/2019/computing-receptive-fields
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """One step of the recurrence along a path of windows.

    Attributes:
        layer: dotted name of the module whose forward pass runs it.
        kind: "convolution", "max pool", "average pool".
        kernel, stride, padding, dilation: (rows, columns).
        size: of the receptive field after it, r + (k - 1) * dilation * jump.
        jump: distance in pixels between the fields of neighbors after it, jump * stride.
        start: center of the first unit's field in pixels; the first pixel's center is 0.
        joined: whether branches have met since the step before; the path follows the branch with
            the largest field.
        before: the step before; None at the input.
    """

    layer: str
    kind: str
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    size: tuple[int, int]
    jump: tuple[int, int]
    start: tuple[float, float]
    joined: bool
    before: "Window | None"


@dataclass(frozen=True)
class Path:
    """The windows from the input to a tensor, and the receptive field they give.

    Attributes:
        step: the last window; None before the first.
        size, jump, start: as in `Window`, after branches have met.
        joined: whether branches have met since the last window.
    """

    step: Window | None = None
    size: tuple[int, int] = (1, 1)
    jump: tuple[int, int] = (1, 1)
    start: tuple[float, float] = (0.0, 0.0)
    joined: bool = False

    def windows(self) -> tuple[Window, ...]:
        """Return the windows from the input on."""
        steps = []
        step = self.step
        while step is not None:
            steps.append(step)
            step = step.before
        return tuple(reversed(steps))


def joined_path(paths: Sequence[Path | None]) -> Path | None:
    """Return the path where branches meet: the one with the largest field.

    Its size is the largest along either dimension; None if any branch has no path.
    """
    complete = [path for path in paths if path is not None]
    if len(complete) < len(paths):
        return None
    longest = max(complete, key=lambda path: math.prod(path.size))
    if all(path.step is longest.step for path in complete):
        return longest
    largest = [max(complete, key=lambda path: path.size[axis]) for axis in (0, 1)]
    return Path(
        longest.step,
        size=(largest[0].size[0], largest[1].size[1]),
        jump=longest.jump,
        start=(largest[0].start[0], largest[1].start[1]),
        joined=True,
    )
