"""Import heavy libraries in the background while the first screen is shown."""

import gc
import threading
import time
from dataclasses import dataclass, field

import streamlit as st

from cnnviz.system.freed_memory import return_freed_memory
from cnnviz.ui.shell.caching import cached, yield_to_requests
from cnnviz.ui.shell.tcp_nodelay import no_delay

_FIRST = 4  # networks that the pages show first
_HEAD_START = 0.8  # seconds for the first screen, which shares the interpreter lock
_POLL = 0.1  # seconds between two checks whether a waiting session has left the page
_PAUSE = 2.0  # seconds for pages that waited for PyTorch, before more is imported
_LOOK = 2.0  # seconds between two looks whether a training runs
_LONGEST_WAIT = 300.0  # seconds for trainings to end; then the imports slow one down


@dataclass(frozen=True)
class _WarmUp:
    hurry: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Import PyTorch, and run the first networks on one digit.

        An import takes a core for seconds, which a training may need as well. While one runs, this
        waits until a page asks for PyTorch.
        """
        try:
            self.hurry.wait(_HEAD_START)
            _wait_for_trainings(self.hurry)
            import torch

            from cnnviz.data import mnist
            from cnnviz.inspection.activations.forward_pass import forward_pass
            from cnnviz.training.runs import networks

            torch.set_num_threads(1)  # pages need low latency; training has its own process
            digits, _ = mnist.digits_for_display()
            for network in networks.shipped()[:_FIRST]:
                forward_pass(networks.load_network(network), digits.test_images[0])
            gc.collect()
            gc.freeze()
        finally:
            self.done.set()
        time.sleep(_PAUSE)
        _wait_for_trainings(threading.Event())
        try:
            _compute_fields()
            _import_libraries()
        except RuntimeError as error:  # nothing can be registered any more once the server ends
            if "after shutdown" not in str(error):
                raise


def _wait_for_trainings(hurry: threading.Event) -> None:
    """Wait until no training runs, something is urgent, or it has taken too long."""
    from cnnviz.training.runs.summaries import any_running

    deadline = time.monotonic() + _LONGEST_WAIT
    while any_running() and time.monotonic() < deadline and not hurry.wait(_LOOK):
        pass


def _compute_fields() -> None:
    """Compute the receptive fields of one small network: their first use is slow."""
    from cnnviz.inspection.receptive_field.fields import architecture_fields
    from cnnviz.models import catalog

    architecture_fields(next(iter(catalog.of_task("classify").values())))


def _import_libraries() -> None:
    """Import the libraries of larger architectures and embeddings, so that no page has to."""
    import sklearn.decomposition
    import timm
    import torchvision

    del sklearn, timm, torchvision
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def _warm_up() -> _WarmUp:
    """Start the warm-up of this server; later calls return the same one."""
    no_delay()
    return_freed_memory()
    warm_up = _WarmUp()
    threading.Thread(target=warm_up.run, daemon=True, name="warm-up").start()
    return warm_up


def start_warm_up() -> None:
    """Start the warm-up unless it has been started."""
    _warm_up()


def pytorch_ready() -> bool:
    """Return whether PyTorch is loaded."""
    return _warm_up().done.is_set()


def wait_for_pytorch() -> None:
    """Wait until PyTorch is loaded, with a spinner."""
    if not pytorch_ready():
        _warm_up().hurry.set()
        with st.spinner("Loading PyTorch, once per start…"):
            while not _warm_up().done.wait(_POLL):
                yield_to_requests()


def device() -> str:
    """Return the device description, or a loading note."""
    if not pytorch_ready():
        return "Loading PyTorch, once per start."
    return device_in_words()


@cached
def device_in_words() -> str:
    """Return a description of the device that PyTorch uses."""
    from cnnviz.system.hardware import describe

    return describe()
