"""Signals are handled after a test as before it."""

import signal

import pytest


@pytest.fixture(autouse=True)
def interrupt_as_before() -> object:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)
