"""Percentiles of waiting times beside their targets, and the load of the machine."""

import os
from collections.abc import Sequence

import numpy as np

FRAME = 1000 / 60  # ms, for what follows the pointer
ANSWER = 300.0  # ms, for what needs the server


class TargetTable:
    """A printed table with a row of percentiles in milliseconds for each measured wait.

    Attributes:
        met: whether the 95th percentile of every row was within its target.
    """

    def __init__(self, width: int, *, places: int = 0) -> None:
        """Print the heading; the first column has that width, numbers have so many decimals."""
        self.met = True
        self._width, self._places = width, places
        print(f"{'ms':{width}}{'p50':>8}{'p95':>8}{'target':>8}")

    def add(self, name: str, milliseconds: Sequence[float], target: float) -> None:
        """Print a row."""
        p50, p95 = np.percentile(milliseconds, [50, 95])
        self.met &= bool(p95 <= target)
        numbers = f"{p50:8.{self._places}f}{p95:8.{self._places}f}{target:8.0f}"
        print(f"{name:{self._width}}{numbers}", flush=True)


def print_load() -> None:
    """Print the load average of the last five minutes and the number of processors."""
    print(f"load {os.getloadavg()[1]:.1f} over five minutes, on {os.cpu_count()} processors")
