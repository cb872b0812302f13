"""Memory that many threads have freed goes back to the system."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys, threading
from pathlib import Path
from cnnviz.system import freed_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

if sys.argv[1] == "returned":
    freed_memory.return_freed_memory()
keep, step = [], threading.Barrier(16)

def work():
    step.wait()
    blocks = [bytearray(60_000) for _ in range(200)]  # 12 MB in this thread's heap
    keep.append(bytes(100_000))  # the last block, which keeps the heap from shrinking
    step.wait()

before = resident()
threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if sys.argv[1] == "returned":
    freed_memory.trim()
print(resident() - before)
"""


def grown(how: str) -> int:
    """Return the memory in bytes by which a fresh process has grown after its threads ended."""
    command = [sys.executable, "-c", PROGRAM, how]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps freed memory by thread")
def test_memory_that_threads_have_freed_is_given_back() -> None:
    assert grown("kept") > 100e6
    assert grown("returned") < 20e6
