import socket
from pathlib import Path

import pytest

from cnnviz.ui.shell.tcp_nodelay import no_delay

pytestmark = pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="no /dev/fd here")


def at_once(connection: socket.socket) -> bool:
    return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


def test_open_and_later_connections_send_at_once() -> None:
    with socket.socket(socket.AF_INET) as server, socket.socket(socket.AF_INET) as first:
        server.bind(("127.0.0.1", 0))
        server.listen()
        first.connect(server.getsockname())
        accepted, _ = server.accept()
        assert not at_once(accepted)
        no_delay()
        assert at_once(accepted)
        with socket.create_connection(server.getsockname()) as second:
            later, _ = server.accept()
            assert at_once(later)
            second.sendall(b"still works")
            assert later.recv(20) == b"still works"
        for connection in (accepted, later):
            connection.close()


def test_other_open_files_are_left_alone(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file, socket.socket(socket.AF_INET) as connection:
        connection.setblocking(False)
        before = len(list(Path("/dev/fd").iterdir()))
        no_delay()
        file.write("still open")
        assert len(list(Path("/dev/fd").iterdir())) == before
        assert not connection.getblocking()
