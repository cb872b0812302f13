"""Signals are handled after a test as before it."""

import signal

import pytest


@pytest.fixture(autouse=True)
def interrupt_as_before() -> object:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
