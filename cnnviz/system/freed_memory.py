"""How the C library gives back memory that this process has freed (glibc only).

By default each of up to eight threads per core takes memory from a heap of its own, and blocks of
up to 32 MB are put into these heaps as well. A server that computes in many short-lived threads
then holds several times the memory that it uses: what is free lies in pieces between what is not.

Reference:
    https://sourceware.org/glibc/manual/latest/html_node/Malloc-Tunable-Parameters.html
"""

import contextlib
import ctypes
import sys
import threading

_HEAPS = 2  # for all threads together, most of which wait for the interpreter's lock
_OWN_BLOCK = 1 << 20  # bytes from which a block is given back as soon as it is freed
_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3  # in malloc.h
_EVERY = 30.0  # seconds


def return_freed_memory() -> None:
    """Have the C library give freed memory back to the system, from now on.

    This suits a server. A process that trains frees and takes the same blocks in each step, and
    keeps them instead: see `cnnviz.system.hardware.keep_freed_memory`.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(AttributeError):  # another C library than glibc
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _HEAPS)
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _OWN_BLOCK)
        threading.Thread(target=_trim_for_ever, daemon=True, name="trim memory").start()


def _trim_for_ever() -> None:
    pause = threading.Event()
    while not pause.wait(_EVERY):
        trim()


def trim() -> None:
    """Give back the free pages of all heaps now; raises AttributeError without glibc."""
    ctypes.CDLL(None).malloc_trim(0)
