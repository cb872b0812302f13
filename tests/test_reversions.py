"""The table of defects that `scripts/reversions` brings back, one at a time."""

import ast
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


def script() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("reversions", str(ROOT / "scripts/reversions"))
    spec = importlib.util.spec_from_loader("reversions", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["reversions"] = module
    loader.exec_module(module)
    return module


REVERSIONS = script()
ROWS = REVERSIONS.reversions()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_a_defect_can_be_brought_back(row: "object", tmp_path: Path) -> None:
    path = tmp_path / row.file  # type: ignore[attr-defined]
    path.parent.mkdir(parents=True)
    path.write_bytes((ROOT / row.file).read_bytes())  # type: ignore[attr-defined]
    before = row.apply(tmp_path)  # type: ignore[attr-defined]
    assert path.read_text(encoding="utf-8") != before
    if path.suffix == ".py":
        ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_the_test_that_notices_it_exists(row: "object") -> None:
    file, _, name = row.test.partition("::")  # type: ignore[attr-defined]
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert not name or name.partition("[")[0] in names


def test_titles_differ() -> None:
    assert len({row.title for row in ROWS}) == len(ROWS)


def test_a_text_that_is_gone_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    for now, count in (("x = 1", 2), ("y", 0)):
        row = REVERSIONS.Reversion("gone", "a.py", now, "z", "tests/test_a.py")
        with pytest.raises(ValueError, match=rf"must contain the text of `now` once, got {count}"):
            row.apply(tmp_path)


def test_only_a_test_that_fails_notices_a_defect(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("good\n")
    row = REVERSIONS.Reversion("worse", "a.py", "good", "bad", "tests/test_a.py")
    seen = []

    def status(tree: Path, tests: list[str], got: int) -> tuple[int, str]:
        seen.append((tree / "a.py").read_text())
        assert tests == [row.test]
        return got, ""

    for got, problem in ((1, ""), (0, "the test passes"), (4, "exit status 4")):
        monkeypatch.setattr(
            REVERSIONS, "status", lambda tree, tests, got=got: status(tree, tests, got)
        )
        outcome = REVERSIONS.outcome(row, tmp_path)
        assert bool(outcome) == bool(problem)
        assert problem in outcome
        assert (tmp_path / "a.py").read_text() == "good\n"
    assert seen == ["bad\n"] * 3
