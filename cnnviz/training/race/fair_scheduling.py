"""Fair scheduling: the run with the least training time gets the next time slice.

One run at a time has every core. Two runs with half of the cores each would slow each other down
through the memory they share, by an amount that depends on which two they are, and with more runs
than cores there would be nothing left to divide.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

TIME_SLICE = 0.25  # seconds; a step or test that has begun is finished


class Schedulable(Protocol):
    """A run that trains in time slices.

    Attributes:
        seconds: trained so far.
        paused: whether the user has paused it; a slice then only reads the user's requests.
        done: whether it needs no further slice.
    """

    seconds: float
    paused: bool
    done: bool

    def run_slice(self) -> None:
        """Train for about `TIME_SLICE` seconds."""


def run_fairly(runs: Sequence[Schedulable], idle: Callable[[], None]) -> None:
    """Give out time slices until all runs are done.

    The next slice goes to the run with the fewest seconds, so a slice that took too long, for a
    step or a test, is made up for by the others: the seconds of two runs that are never paused
    differ by at most the longest slice of either.

    Args:
        runs: to schedule; of several with equal seconds the first one is next.
        idle: called to wait a moment while all runs are paused.
    """
    while pending := [run for run in runs if not run.done]:
        for run in pending:
            if run.paused:
                run.run_slice()  # reads whether to go on
        ready = [run for run in pending if not run.paused and not run.done]
        if ready:
            min(ready, key=lambda run: run.seconds).run_slice()  # of equal ones the first
        else:
            idle()
