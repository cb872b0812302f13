"""A fragment that stays up to date by itself, without a clock in the server."""

from cnnviz.ui.components.component import component

_PULSE = component("poll", beside=__file__)


def pulse(every: float, *, key: str) -> None:
    """Rerun the fragment around this call so many seconds after it was drawn, again and again.

    The browser asks: a fragment's own `run_every` goes on asking while a full rerun is under way,
    and blocks of the page get lost.
    """
    _PULSE(key=key, data={"every": round(every * 1000)}, on_look_change=lambda: None)
