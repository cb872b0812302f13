"""What the source must not contain: ways to run a text as code, or to put one into a page."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = sorted(path for part in (".", "pages", "cnnviz/**") for path in ROOT.glob(f"{part}/*.py"))
SCRIPTS = sorted(ROOT.glob("cnnviz/**/frontend/*.js"))
FORBIDDEN_CALLS = ("eval", "exec", "compile", "__import__", "system", "popen", "mktemp")
FORBIDDEN_MODULES = (
    "pickle",
    "dill",
    "cloudpickle",
    "shelve",
    "marshal",
    "joblib",
    "yaml",
    "telnetlib",
)
SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|setHTML|DOMParser|srcdoc"
    r"|document\.write|\beval\(|new Function\(|setTimeout\(\s*[\"'`]"
)


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def is_true(call: ast.Call, keyword: str) -> bool:
    values = [k.value for k in call.keywords if k.arg == keyword]
    return bool(values) and not (isinstance(values[0], ast.Constant) and not values[0].value)


def dangers(source: str) -> Iterator[str]:
    """Yield what is dangerous in a Python file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = getattr(node, "module", None)
            names = [module] if module else [alias.name for alias in node.names]
            yield from (f"import {n}" for n in names if n.partition(".")[0] in FORBIDDEN_MODULES)
        if not isinstance(node, ast.Call):
            continue
        name, owner = name_of(node.func), ast.unparse(node.func).rpartition(".")[0]
        if name in FORBIDDEN_CALLS and owner in ("", "os", "tempfile", "builtins"):
            yield f"{name}()"
        if name == "load" and owner == "torch" and not is_true(node, "weights_only"):
            yield "torch.load without weights_only=True"
        if name == "read_pickle" or is_true(node, "allow_pickle"):
            yield "pickle in a file"
        for keyword in ("shell", "unsafe_allow_html", "unsafe_allow_javascript"):
            if is_true(node, keyword):
                yield f"{keyword}=True"


@pytest.mark.parametrize(
    "source",
    [
        "eval('1')",
        "import pickle",
        "from yaml import load",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "subprocess.run('ls', shell=True)",
        "st.markdown(text, unsafe_allow_html=True)",
        "np.load(path, allow_pickle=True)",
        "os.system('ls')",
    ],
)
def test_what_is_dangerous_is_recognized(source: str) -> None:
    assert list(dangers(source))


def test_harmless_calls_are_allowed() -> None:
    assert not list(dangers("torch.load(p, weights_only=True)\nre.compile('a')\nmodel.eval()"))


def test_no_python_file_runs_text_or_unpickles() -> None:
    found = {path: list(dangers(path.read_text(encoding="utf-8"))) for path in PYTHON}
    assert len(found) > 400
    assert {path.name: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("source", ["a.innerHTML = b", "eval(text)", 'setTimeout("go()", 1)'])
def test_ways_of_a_script_to_make_markup_are_recognized(source: str) -> None:
    assert SINKS.search(source)


def test_no_script_puts_markup_into_a_page() -> None:
    found = {path: SINKS.findall(path.read_text(encoding="utf-8")) for path in SCRIPTS}
    assert len(found) > 30
    assert {path.name: sinks for path, sinks in found.items() if sinks} == {}
