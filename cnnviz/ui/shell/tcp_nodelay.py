"""Send answers without delay: turn off Nagle's algorithm."""

import os
import socket
import stat
from pathlib import Path

_OPEN_FILES = Path("/dev/fd")  # of this process, on Linux and macOS


def no_delay() -> None:
    """Turn off Nagle's algorithm for the open and future sockets of this server.

    Streamlit creates its listening socket without a protocol number, so asyncio does not recognize
    it as TCP and leaves the algorithm on. The end of each answer is then held back until the
    browser has acknowledged its beginning, which takes 40 ms. Accepted connections inherit the
    option from the listening socket. Without `/dev/fd`, nothing happens.
    """
    if not _OPEN_FILES.is_dir():
        return
    for path in list(_OPEN_FILES.iterdir()):
        try:
            if stat.S_ISSOCK(os.fstat(int(path.name)).st_mode):
                _turn_off(int(path.name))
        except OSError:  # closed meanwhile
            continue


def _turn_off(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        internet = connection.family in (socket.AF_INET, socket.AF_INET6)
        if internet and connection.type == socket.SOCK_STREAM:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
