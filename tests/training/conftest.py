"""What tests that fork trainers share."""

import multiprocessing
from multiprocessing.context import ForkServerContext

import pytest


@pytest.fixture(scope="session")
def forkserver() -> ForkServerContext:
    """A context whose processes start warm.

    There is one server for all tests of a worker, and what it imports first is settled once: an
    optimizer's first step imports torch._dynamo, which takes longer than some tests let a trainer
    live.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["cnnviz.training.runs.session", "torch._dynamo"])
    return context
