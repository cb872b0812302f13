from dataclasses import dataclass

import pytest
import streamlit as st

from cnnviz.ui.components import upload


@dataclass(frozen=True)
class File:
    """What Streamlit's uploader holds: another choice of the same file has another id."""

    file_id: str
    content: bytes = b"weights"

    def getvalue(self) -> bytes:
        return self.content


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    session: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", session)
    return session


def test_a_file_that_the_browser_sends_twice_is_read_once(state: dict[str, object]) -> None:
    read: list[bytes] = []
    for key in ("first", "second"):  # the uploader gets another key to be emptied
        state[key] = File("a")
        upload._read(key, read.append, None)
    assert read == [b"weights"]


def test_the_same_file_chosen_again_is_read_again(state: dict[str, object]) -> None:
    read: list[bytes] = []
    for file_id in ("a", "b"):
        state["key"] = File(file_id)
        upload._read("key", read.append, None)
    assert read == [b"weights", b"weights"]
