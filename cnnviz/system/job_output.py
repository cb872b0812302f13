"""End of the output that the process of a job has left, for the page."""

import re
from pathlib import Path

from cnnviz.system.paths import checkout

_BYTES, _LINES = 8_192, 15  # at most, from the end
_FILE = re.compile(r'File "([^"]+)"')
_PACKAGES = re.compile(r".*/(?:site-packages|python3\.\d+)/")


def output_tail(path: Path) -> str:
    """Return the last lines of a file with a process's output; empty if there are none.

    Files in tracebacks are named without the folders outside of cnnviz and its packages.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _BYTES))
            text = file.read().decode(errors="replace")
    except OSError:  # none, or deleted since
        return ""
    lines = text.rstrip().splitlines()[-_LINES:]
    return "\n".join(_FILE.sub(lambda match: f'File "{_short(match[1])}"', line) for line in lines)


def _short(file: str) -> str:
    root, path = checkout(), Path(file)
    if root and path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    name = _PACKAGES.sub("", path.as_posix())
    return path.name if name.startswith("/") else name
