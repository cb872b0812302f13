"""The heavy imports, behind the first screen."""

import gc
import threading
import time
from dataclasses import dataclass, field

import streamlit as st

from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.tcp_nodelay import no_delay

_FIRST = 4  # networks that the pages open with
_HEAD_START = 0.8  # seconds for the first screen, which would share one interpreter lock with it
_BREATH = 2.0  # seconds for what waited for PyTorch, before more is imported


@dataclass(frozen=True)
class _WarmUp:
    hurry: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Import what is heavy, and send one digit through the networks that are met first."""
        try:
            self.hurry.wait(_HEAD_START)
            import torch

            from cnnviz.data import mnist
            from cnnviz.inspection.activations.forward_pass import forward_pass
            from cnnviz.training.runs import networks

            torch.set_num_threads(1)  # the trainer has its own process; pages need latency
            digits, _ = mnist.digits_for_display()
            for network in networks.shipped()[:_FIRST]:
                forward_pass(networks.load_network(network), digits.test_images[0])
            gc.collect()
            gc.freeze()
        finally:
            self.done.set()
        time.sleep(_BREATH)
        _follow_fields()
        _import_libraries()


def _follow_fields() -> None:
    """Follow one small network's receptive fields: of that machinery the first use is slow."""
    from cnnviz.inspection.receptive_field.fields import receptive_fields
    from cnnviz.models import catalogue

    row = next(iter(catalogue.of_task("classify").values()))
    size = (1, row.input_size, row.input_size)
    receptive_fields(row.build(), size, channels_last=row.channels_last)


def _import_libraries() -> None:
    """Import what builds the larger architectures, which would keep their first visitor waiting."""
    import timm
    import torchvision

    del timm, torchvision
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def _warm_up() -> _WarmUp:
    """Start the one warm-up of this server."""
    no_delay()
    warm_up = _WarmUp()
    threading.Thread(target=warm_up.run, daemon=True, name="warm-up").start()
    return warm_up


def start() -> None:
    """Begin warming up, unless this server has done so already."""
    _warm_up()


def ready() -> bool:
    """Tell whether PyTorch is there, so that using it will not keep the page waiting."""
    return _warm_up().done.is_set()


def wait() -> None:
    """Wait for PyTorch, showing that this happens once."""
    if not ready():
        _warm_up().hurry.set()
        with st.spinner("Loading PyTorch (once after each start)…"):
            _warm_up().done.wait()


def device() -> str:
    """Return the device in words; before PyTorch is there, say that it is coming."""
    if not ready():
        return "PyTorch is loading, once after each start."
    return device_in_words()


@cached
def device_in_words() -> str:
    """Return what PyTorch computes on here."""
    from cnnviz.system.hardware import describe

    return describe()
