"""Answers that leave at once."""

import os
import socket
import stat
from pathlib import Path

_OPEN_FILES = Path("/dev/fd")  # of this process, on Linux and macOS


def no_delay() -> None:
    """Turn off Nagle's algorithm for the sockets that this server has open or will accept.

    Streamlit makes its listening socket without naming the protocol, so that asyncio does not
    take it for TCP and leaves the algorithm on. It then holds back the end of each answer until
    the browser has acknowledged the beginning, which takes the browser 40 ms. Accepted
    connections inherit the option from the listening socket. Without `/dev/fd`, nothing happens.
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
