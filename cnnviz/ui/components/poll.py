"""A component in the browser that reruns the surrounding fragment at intervals."""

from cnnviz.ui.components.component import component

_PULSE = component("poll", beside=__file__)


def pulse(every: float, *, key: str) -> None:
    """Rerun the surrounding fragment `every` seconds after it was drawn.

    Streamlit's `run_every` keeps requesting during a full rerun, and blocks of the page get lost.
    """
    _PULSE(key=key, data={"every": round(every * 1000)}, on_update_change=lambda: None)
