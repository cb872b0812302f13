"""How the C library gives back memory that this process has freed (glibc only).

By default each of up to eight threads per core takes memory from a heap of its own. A server that
computes in many short-lived threads then holds several times the memory that it uses: what is free
lies in pieces between what is not.

Reference:
    https://sourceware.org/glibc/manual/latest/html_node/Malloc-Tunable-Parameters.html
"""

import contextlib
import ctypes
import sys
import threading

_HEAPS = 2  # for all threads together, most of which wait for the interpreter's lock
_M_ARENA_MAX = -8  # in malloc.h
_EVERY = 30.0  # seconds: a network takes twice as long if the system clears its memory each time


def return_freed_memory() -> None:
    """Have the C library give freed memory back to the system twice a minute, from now on."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(AttributeError):  # another C library than glibc
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _HEAPS)
        threading.Thread(target=_trim_for_ever, daemon=True, name="trim memory").start()


def _trim_for_ever() -> None:
    pause = threading.Event()
    while not pause.wait(_EVERY):
        trim()


def trim() -> None:
    """Give back the free pages of all heaps now; raises AttributeError without glibc."""
    ctypes.CDLL(None).malloc_trim(0)
