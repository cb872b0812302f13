"""Requests with foreign hosts and origins, and what the server serves besides the pages."""

import http.client
import json
import shutil
import socket
import sys
import urllib.parse
from pathlib import Path

import pytest

from benchmarks import served
from tests.security.client import session
from tests.security.conftest import Attacked

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "streamlit",
}
FOREIGN_HOSTS = (
    "attacker.example",
    "localhost.attacker.example",
    "127.0.0.1.attacker.example",
    "localhost@attacker.example",
    "attacker.example:8501",
    "0.0.0.0",
    "",
)
FOREIGN_ORIGINS = (
    "http://attacker.example",
    "https://localhost.attacker.example",
    "http://localhost@attacker.example",
    "null",
    "file://",
)

# which Streamlit itself refuses with an error, in the session of who sends them
NO_SELECTIONS = ("x", "5", "null", "[]", '{"selection": 5}', '{"selection": {"cells": 5}}')


def answer(
    attacked: Attacked, path: str, *, method: str = "GET", body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    place = urllib.parse.urlsplit(attacked.url)
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=20)
    try:
        connection.request(
            method, path, body or None, {k.replace("_", "-"): v for k, v in headers.items()}
        )
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return response.status, fields, b"" if response.status == 101 else response.read()
    finally:
        connection.close()


def own_host(attacked: Attacked) -> str:
    return urllib.parse.urlsplit(attacked.url).netloc


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_websocket_for_another_host_is_refused(attacked: Attacked, host: str) -> None:
    headers = {**UPGRADE, "Host": host}
    assert answer(attacked, "/_stcore/stream", **headers)[0] in (400, 403)


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("path", ["/", "/train", "/_stcore/health", "/_stcore/metrics"])
def test_a_request_for_another_host_is_refused(attacked: Attacked, host: str, path: str) -> None:
    status, _, content = answer(attacked, path, Host=host)
    assert (status, content) in ((400, b"Invalid host header"), (400, b"Invalid HTTP request."))


@pytest.mark.parametrize("path", ["/", "/_stcore/health"])
def test_a_request_for_this_machine_is_answered(attacked: Attacked, path: str) -> None:
    port = urllib.parse.urlsplit(attacked.url).port
    for host in (f"127.0.0.1:{port}", "127.0.0.1", f"localhost:{port}", f"LOCALHOST:{port}"):
        assert answer(attacked, path, Host=host)[0] == 200


@pytest.mark.parametrize("path", ["/", "/train", "/_stcore/health"])
def test_every_answer_forbids_frames_of_other_sites(attacked: Attacked, path: str) -> None:
    _, fields, _ = answer(attacked, path)
    assert fields["content-security-policy"] == "frame-ancestors 'self'"


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_websocket_from_another_origin_is_refused(attacked: Attacked, origin: str) -> None:
    headers = {**UPGRADE, "Host": own_host(attacked), "Origin": origin}
    assert answer(attacked, "/_stcore/stream", **headers)[0] == 403


def test_the_browser_of_this_machine_is_let_in(attacked: Attacked) -> None:
    headers = {**UPGRADE, "Host": own_host(attacked), "Origin": attacked.url}
    assert answer(attacked, "/_stcore/stream", **headers)[0] == 101


def test_only_this_machine_can_connect(attacked: Attacked) -> None:
    port = urllib.parse.urlsplit(attacked.url).port
    with pytest.raises(OSError, match=r"refused|not reachable|assign"):
        socket.create_connection(("127.0.0.2", port), timeout=10)  # also this machine


@pytest.mark.parametrize(
    "path", ["/_stcore/health", "/_stcore/host-config", "/", "/train", "/_stcore/metrics"]
)
def test_a_foreign_page_may_read_no_answer(attacked: Attacked, path: str) -> None:
    _, fields, _ = answer(attacked, path, Origin="http://attacker.example")
    assert fields.get("access-control-allow-origin") is None


def test_a_defect_is_shown_without_the_folders_of_this_machine(tmp_path: Path) -> None:
    """A page that fails, served with the shipped settings."""
    (tmp_path / ".streamlit").mkdir()
    shutil.copy(served.ROOT / ".streamlit" / "config.toml", tmp_path / ".streamlit")
    (tmp_path / "page.py").write_text(
        "import streamlit as st\n"
        "st.dataframe({'a': [1]}, on_select='rerun')\n"
        "raise OSError(f'{__file__} is gone')"
    )
    command = (sys.executable, "-m", "streamlit", "run", "page.py")
    log = tmp_path / "server.log"
    with (
        served.serve(command, served.isolated_environment(tmp_path), log, cwd=tmp_path) as url,
        session(url) as client,
    ):
        first = client.run()
        assert [shown.partition(":")[0] for shown in first.exceptions] == ["OSError"]
        (table,) = first.tables
        answers = [client.run(selections={table: text}) for text in NO_SELECTIONS]
    for answer in (first, *answers):
        assert answer.elements
        assert answer.exceptions
        assert not answer.traces
        assert str(tmp_path).encode() not in answer.elements
    assert "OSError" in log.read_text()


def test_no_page_around_this_one_may_steer_it(attacked: Attacked) -> None:
    """Streamlit takes messages from all of *.streamlit.app by default, where anyone has pages."""
    _, _, content = answer(attacked, "/_stcore/host-config")
    settings = json.loads(content)
    assert settings["allowedOrigins"] == []
    assert settings["enableCustomParentMessages"] is False
    assert settings["useExternalAuthToken"] is False


def test_no_usage_statistics_are_sent_and_no_agent_may_ask(attacked: Attacked) -> None:
    with session(attacked.url) as client:
        client.run()
        assert client.session.initialize.session_id
        assert not client.session.config.gather_usage_stats
    for path in ("interact", "mcp", "openapi.json"):
        status, _, content = answer(attacked, f"/_stcore/agent/{path}", method="POST")
        assert status >= 400
        assert attacked.runs[0].id.encode() not in content


def uploaded(attacked: Attacked, visitor: str, content: bytes, **headers: str) -> int:
    """Return the status of an upload into a visitor's session."""
    form = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n%b\r\n--b--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    path = f"/_stcore/upload_file/{visitor}/1"
    return answer(attacked, path, method="PUT", body=form % content, **kind, **headers)[0]


def token(attacked: Attacked) -> dict[str, str]:
    """The token of a page as its scripts send it."""
    _, fields, _ = answer(attacked, "/_stcore/health")
    cookie = fields["set-cookie"].partition(";")[0]
    return {"Cookie": cookie, "X-Xsrftoken": cookie.partition("=")[2]}


def test_an_upload_of_a_foreign_page_or_of_any_size_is_refused(attacked: Attacked) -> None:
    with session(attacked.url) as client:
        client.run()
        own = client.session.initialize.session_id
        assert uploaded(attacked, own, b"x") == 403
        known = token(attacked)
        assert uploaded(attacked, own, b"x", Cookie=known["Cookie"]) == 403
        assert uploaded(attacked, own, b"x", **known) == 204
        assert uploaded(attacked, own, bytes(5 * 2**20 + 1), **known) == 413
        assert uploaded(attacked, "0" * 36, b"x", **known) == 400


def test_an_upload_needs_a_session_and_the_token_of_the_page(attacked: Attacked) -> None:
    status, _, _ = answer(attacked, "/_stcore/upload_file/0/0", method="PUT", body=b"x")
    assert status in (400, 403)
    status, _, _ = answer(attacked, "/_stcore/upload_file/0/0", method="DELETE")
    assert status in (400, 403)


@pytest.mark.parametrize(
    "path", ["/app/static/x", "/app/static/../dashboard.py", "/static/../../config.toml"]
)
def test_no_file_of_the_application_is_served(attacked: Attacked, path: str) -> None:
    status, _, content = answer(attacked, path)
    assert (
        status in (400, 403, 404) or b"<!DOCTYPE html>" in content or b"<!doctype html>" in content
    )
    assert b"allowedHosts" not in content
    assert b"import streamlit" not in content


def test_metrics_name_no_run_and_no_path(attacked: Attacked) -> None:
    status, _, content = answer(attacked, "/_stcore/metrics")
    assert status == 200
    assert str(attacked.server.runs.parent).encode() not in content
    assert all(run.id.encode() not in content for run in attacked.runs)
