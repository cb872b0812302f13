"""Paths and rubbish in every query parameter of every page: nothing is read, nothing breaks."""

import os
import urllib.parse
from collections.abc import Iterator

import pytest

from cnnviz.ui.shell.navigation import EVERY_ENTRY
from cnnviz.ui.shell.parameters import PARAMETERS
from tests.security.client import session
from tests.security.conftest import CANARY, Attacked

SPELLINGS = (
    "../canary.txt",
    "..\\canary.txt",
    "%2e%2e/canary.txt",
    "..%2fcanary.txt",
    "..%252fcanary.txt",
    "....//canary.txt",
    "/proc/self/environ",
    "file:///etc/passwd",
    "\x00",
    "20261130-154128-de141d\x00/../../canary.txt",
    "．．／canary.txt",  # full-width
    "..\u2215canary.txt",
    "\u202e" + "txt.yranac/..",
    "a" * 5000,
    "{symlinked}",
    "{symlinked}@10",
    "shipped-../../canary",
    "fresh-../canary",
    "-1",
    "9" * 400,
    "²",
    "NaN",
    "1-2-3-4-5-6-7",
    "true",
    "",
    "<script>alert(1)</script>",
)


# each parameter gets this many of the spellings; `CNNVIZ_EXHAUSTIVE=1` tries all of them
TURNS = len(SPELLINGS) if os.environ.get("CNNVIZ_EXHAUSTIVE") else 3


def taken(page: str) -> list[str]:
    return [p.name for p in PARAMETERS.values() if page in (*p.pages, *p.passing_pages)]


def queries(names: list[str], symlinked: str, turn: int) -> Iterator[str]:
    """Yield a spelling for each parameter, and one alone: a value may hide what another does."""
    texts = [urllib.parse.quote(s.format(symlinked=symlinked), safe="%") for s in SPELLINGS]
    pairs = [f"{n}={texts[(place * 7 + turn) % len(texts)]}" for place, n in enumerate(names)]
    if not turn:
        yield "&".join(f"{name}={symlinked}" for name in names)
    yield "&".join(pairs)
    yield pairs[turn * 5 % len(pairs)]


@pytest.mark.parametrize("page", [entry.key for entry in EVERY_ENTRY])
def test_no_spelling_of_a_path_reads_a_file_or_breaks_a_page(attacked: Attacked, page: str) -> None:
    names = taken(page)
    assert names
    start = len(attacked.server.log.read_text())
    with session(attacked.url) as client:
        client.run()
        for turn in range(TURNS):
            for query in queries(names, attacked.symlinked, turn):
                answer = client.run(page, query)
                assert not answer.exceptions, (query, answer.exceptions)
                assert CANARY.encode() not in answer.messages
    assert not attacked.server.tracebacks(start)


def test_a_run_inside_the_folder_is_found(attacked: Attacked) -> None:
    with session(attacked.url) as client:
        client.run()
        answer = client.run("train", f"run={attacked.runs[0].id}")
    assert b"e\\.vil" in answer.messages
