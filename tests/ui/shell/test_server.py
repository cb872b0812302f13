import asyncio
import webbrowser
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st

from cnnviz.ui.shell import server


def start(monkeypatch: pytest.MonkeyPatch, **options: object) -> list[str]:
    """Return the addresses that are opened when a server with these options starts."""
    defaults = {
        "server.headless": False,
        "server.address": "127.0.0.1",
        "server.port": 8501,
        "server.baseUrlPath": "",
        "server.sslCertFile": None,
        "browser.serverAddress": "localhost",
    }
    given = {name.replace("_", ".", 1): value for name, value in options.items()}
    monkeypatch.setattr(st, "get_option", (defaults | given).__getitem__)
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)

    async def run() -> None:
        async with server.browser_at_start(st.App("dashboard.py")):
            pass

    with ThreadPoolExecutor(1) as pool:  # this thread's loop may be one of a browser's test
        pool.submit(asyncio.run, run()).result()
    return opened


def test_the_browser_opens_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert start(monkeypatch) == ["http://127.0.0.1:8501/"]


def test_a_server_without_a_screen_opens_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    assert start(monkeypatch, server_headless=True) == []


@pytest.mark.parametrize("address", [None, "0.0.0.0", "::"])
def test_a_server_for_a_classroom_is_opened_by_a_name(
    monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    options = {"server_address": address, "server_sslCertFile": "cert.pem", "server_port": 443}
    named = start(monkeypatch, **options, server_baseUrlPath="/cnn/", browser_serverAddress="a.b")
    assert named == ["https://a.b:443/cnn"]
