"""The token of a visitor: the same for a browser, whatever the mask of its cookie."""

import pytest
import streamlit as st
from streamlit.web.server.starlette import starlette_app_utils

from cnnviz.system import ownership
from cnnviz.ui.pickers import visitor
from tests.on_disk import make_run


class Context:
    """Stands for `st.context`."""

    def __init__(self, **cookies: str) -> None:
        self.cookies = cookies


def use(monkeypatch: pytest.MonkeyPatch, cookie: str) -> None:
    monkeypatch.setattr(st, "context", Context(_streamlit_xsrf=cookie))


def test_a_browser_keeps_its_token_though_its_cookie_is_masked_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cookies = [
        starlette_app_utils.generate_xsrf_token_string(secret, 1)
        for secret in (b"0123456789abcdef", b"0123456789abcdef", b"fedcba9876543210")
    ]
    assert len(set(cookies)) == 3
    tokens = []
    for cookie in cookies:
        use(monkeypatch, cookie)
        tokens.append(visitor.visitor_token())
    assert tokens[0] == tokens[1] != tokens[2]
    assert all(len(token) == 16 for token in tokens)
    assert not any(token in cookie for token in tokens for cookie in cookies)


@pytest.mark.parametrize("cookie", ["", "2", "2|zz|00|1", "2||00|1", "2|00||1", "a|b"])
def test_without_a_cookie_the_session_is_the_visitor(
    cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, cookie)
    monkeypatch.setattr(st, "session_state", {})
    assert visitor.visitor_token() == visitor.visitor_token() != ""
    first = visitor.visitor_token()
    monkeypatch.setattr(st, "session_state", {})
    assert visitor.visitor_token() != first


def test_a_run_is_of_whoever_claimed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "")
    monkeypatch.setattr(st, "session_state", {})
    run = make_run()
    assert (visitor.is_mine(run), visitor.is_foreign(run)) == (False, False)
    visitor.claim(run)
    assert (visitor.is_mine(run), visitor.is_foreign(run)) == (True, False)
    ownership.set_owner(run, "somebody else")
    assert (visitor.is_mine(run), visitor.is_foreign(run)) == (False, True)
