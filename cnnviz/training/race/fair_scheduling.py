"""Who trains next, where several share the cores: the one that has had the fewest seconds.

Each has every core to itself while its turn lasts. Two at once, with half of the cores each, would
slow each other down through the memory that they share, by how much would depend on who runs
beside whom, and with more contestants than cores there is nothing left to divide.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

TIME_SLICE = 0.25  # seconds of one turn; a step that has begun, or a test, is finished


class Schedulable(Protocol):
    """One of several that take turns.

    Attributes:
        seconds: it has had so far.
        paused: whether it waits for the user; a turn is then only a look at what the user wants.
        over: whether it needs no further turn.
    """

    seconds: float
    paused: bool
    done: bool

    def run_slice(self) -> None:
        """Work for about `TIME_SLICE` seconds."""


def run_fairly(players: Sequence[Schedulable], idle: Callable[[], None]) -> None:
    """Give turns until all is over.

    The next is always whoever has had the fewest seconds, so that what one took too long, for a
    step or a test, the others get before it is its turn again: two that play all the time never
    differ by more than the longest turn of either.

    Args:
        players: in the order that decides between equals.
        idle: called when there is nobody who could play, to wait a moment.
    """
    while playing := [player for player in players if not player.done]:
        for player in playing:
            if player.paused:
                player.run_slice()
        ready = [player for player in playing if not player.paused and not player.done]
        if ready:
            min(ready, key=lambda player: player.seconds).run_slice()
        else:
            idle()
