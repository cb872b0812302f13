"""Every cache of the package states its largest size, and SECURITY.md lists all of them."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cnnviz.ui.shell.cache_budgets import BUDGETS

ROOT = Path(__file__).parents[1]
CACHES = {"cache", "lru_cache", "SizedCache", "sized_cache"}
SIZE = r"\d+(?:\.\d+)? (?:kB|MB|KiB|MiB)"
LIMITED = {"limit", "self._results.limit"}  # bytes given by the caller


@dataclass(frozen=True)
class Cache:
    """A cache in the source: dotted name, its arguments, and the size in the comment beside it."""

    name: str
    arguments: tuple[str, ...]
    size: str | None


def kind(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return kind(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def caches(source: str, module: str) -> Iterator[Cache]:
    """Yield decorated functions, and calls of the class, with the name of what they are set to."""
    lines, tree = source.splitlines(), ast.parse(source)

    def cache(name: str, node: ast.expr) -> Cache:
        arguments = (
            node.args + [k.value for k in node.keywords] if isinstance(node, ast.Call) else []
        )
        size = re.search(rf"#.*?({SIZE})", lines[node.lineno - 1])
        texts = tuple(ast.unparse(argument) for argument in arguments)
        return Cache(f"{module}.{name}", texts, size and size[1])

    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if kind(decorator) in CACHES:
                    yield cache(node.name, decorator)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            calls = [
                call
                for call in ast.walk(node.value)
                if isinstance(call, ast.Call) and kind(call) in CACHES
            ]
            first = target.elts[0] if isinstance(target, ast.Tuple) else target
            yield from (cache(ast.unparse(first), call) for call in calls)


def package_caches() -> list[Cache]:
    return [
        cache
        for path in sorted((ROOT / "cnnviz").rglob("*.py"))
        for cache in caches(
            path.read_text(encoding="utf-8"),
            ".".join(path.relative_to(ROOT).with_suffix("").parts),
        )
    ]


def limited(cache: Cache) -> bool:
    """Tell whether whoever creates the cache gives its limit, as the pages do from `BUDGETS`."""
    return bool(LIMITED & set(cache.arguments))


STATED = [cache for cache in package_caches() if not limited(cache)]


@pytest.mark.parametrize("cache", STATED, ids=lambda cache: cache.name)
def test_each_cache_states_its_largest_size(cache: Cache) -> None:
    assert cache.size, f"{cache.name} must state its largest size: # 4 MB"


def test_one_table_lists_all_caches_with_their_sizes() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    table = dict(re.findall(rf"^\| `(cnnviz[\w.]+)`: [^|]+ \| ({SIZE}) \|$", text, re.MULTILINE))
    assert table == {cache.name: cache.size for cache in STATED}
    assert f"at most {sum(BUDGETS.values()):,} MiB in one server" in text


def test_caches_are_found_however_they_are_written() -> None:
    source = (
        "@functools.cache  # 3 MB: digits\ndef a(): ...\n"
        "@lru_cache(maxsize=4)\ndef b(): ...\n"
        "C, LOCK = SizedCache(64 * 2**20), Lock()  # 64 MiB\n"
        "@sized_cache(LIMIT)  # at most 2.5 kB\n@other\ndef d(): ...\n"
        "class E:\n    @cache  # one entry for each of 12\n    def f(self): ...\n"
        "@cached\ndef g(): ...\n"
        "self._h: Any = SizedCache(limit)\n"
    )
    found = list(caches(source, "m"))
    assert {cache.name: cache.size for cache in found} == {
        **{"m.a": "3 MB", "m.b": None, "m.C": "64 MiB", "m.d": "2.5 kB"},
        **{"m.f": None, "m.self._h": None},
    }
    assert [cache.name for cache in found if limited(cache)] == ["m.self._h"]
