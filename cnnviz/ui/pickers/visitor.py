"""The visitor of a session, and which runs and races are somebody else's.

There are no accounts. A visitor is a browser, known by the cookie that Streamlit gives it; where
there is none, a session. This keeps visitors from stopping each other's runs by mistake, not on
purpose.
"""

import secrets
from hashlib import sha256

import streamlit as st

from cnnviz.system import ownership
from cnnviz.system.jobs import Job

_COOKIE = "_streamlit_xsrf"
_SESSION_TOKEN = "cnnviz_visitor"


def visitor_token() -> str:
    """Return the token of this visitor, which does not tell the cookie."""
    secret = _unmasked(str(st.context.cookies.get(_COOKIE, "")))
    if secret is None:
        return str(st.session_state.setdefault(_SESSION_TOKEN, secrets.token_hex(8)))
    return sha256(secret).hexdigest()[:16]


def claim(job: Job) -> None:
    """Record this visitor as the one who has created a job."""
    ownership.set_owner(job, visitor_token())


def is_mine(job: Job) -> bool:
    """Tell whether this visitor has created a job."""
    return ownership.owner(job) == visitor_token()


def is_foreign(job: Job) -> bool:
    """Tell whether another visitor has created a job; nobody has those of the command line."""
    return ownership.owner(job) not in ("", visitor_token())


def _unmasked(cookie: str) -> bytes | None:
    """Return the secret in a cookie `2|mask|masked|time`, whose mask is new in each response."""
    parts = cookie.strip("\"'").split("|")
    try:
        mask, masked = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except (IndexError, ValueError):  # none, or of another version
        return None
    if not mask or not masked:
        return None
    return bytes(byte ^ mask[place % len(mask)] for place, byte in enumerate(masked))
