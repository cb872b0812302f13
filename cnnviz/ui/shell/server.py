"""The server around the pages: whom it answers, who may frame it, and the browser at its start."""

import contextlib
import webbrowser
from collections.abc import AsyncIterator

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EVERYWHERE = (None, "0.0.0.0", "::")  # addresses of a server that no browser can open


class OwnFrames:
    """ASGI middleware that lets no page of another site show the dashboard in a frame."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with one more header."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append("Content-Security-Policy", "frame-ancestors 'self'")
            await send(message)

        await self._app(scope, receive, send_with_header)


def middleware() -> list[Middleware]:
    """Return what every request passes before Streamlit answers it.

    Streamlit compares host names with `server.allowedHosts` for websockets only.
    """
    hosts = list(st.get_option("server.allowedHosts")) or ["*"]
    return [
        Middleware(OwnFrames),
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
    ]


@contextlib.asynccontextmanager
async def browser_at_start(app: st.App) -> AsyncIterator[None]:
    """Open the browser as Streamlit does for a script, unless the server runs without a screen."""
    del app
    if not st.get_option("server.headless"):
        webbrowser.open(dashboard_url())
    yield


def dashboard_url() -> str:
    """Return where a browser on this machine finds the dashboard."""
    host = st.get_option("server.address")
    if host in _EVERYWHERE:
        host = st.get_option("browser.serverAddress")
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    path = st.get_option("server.baseUrlPath").strip("/")
    return f"{scheme}://{host}:{st.get_option('server.port')}/{path}"
