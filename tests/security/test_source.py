"""What the source must not contain: ways to run a text as code, or to put one into a page."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = ("*.py", "pages/*.py", "cnnviz/**/*.py", "benchmarks/*.py")
PYTHON = [path for place in PLACES for path in ROOT.glob(place)]
PYTHON += [path for path in ROOT.glob("scripts/*") if b"python" in path.read_bytes()[:40]]
SCRIPTS = list(ROOT.glob("cnnviz/**/*.js"))
MARKUP = list(ROOT.glob("cnnviz/**/*.html"))

FORBIDDEN_MODULES = (  # with all that is in them
    *("pickle", "_pickle", "cPickle", "dill", "cloudpickle", "jsonpickle", "shelve", "marshal"),
    *("joblib", "yaml", "ruamel", "telnetlib", "runpy", "codeop", "__builtins__"),
    *("torch.hub", "torch.package", "torch.jit.load", "torch.serialization.load"),
)
ONLY_IMPORTED = ("code", "pty")  # words that are variables too
FORBIDDEN_NAMES = (
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput"),
    *("subprocess.getstatusoutput", "asyncio.create_subprocess_shell", "tempfile.mktemp"),
    *("timeit.timeit", "pandas.read_pickle", "torch.load", "streamlit.components.v1.html"),
)
STARTING = re.compile(r"os\.(exec|spawn|posix_spawn)\w*")  # other programs, outside of `system`
LOOK_UPS = ("getattr", "operator.attrgetter", "importlib.import_module", "pkgutil.resolve_name")
OWNERS = {"builtins", *(name.rpartition(".")[0] for name in FORBIDDEN_NAMES)} - {""}
SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|setHTML|DOMParser"
    r"|parseFromString|srcdoc|document\s*\.\s*write|\beval\b|\bFunction\s*\(|\bimportScripts\b"
    r"|set(Timeout|Interval)\(\s*[\"'`]|javascript:|\.constructor\b|setAttribute\(\s*[\"']on"
    r"|\bimport\((?!\"\.{1,2}/[\w./]+\"\))"
)
LOADING = {"loader.js": ["import("]}  # of the modules that Python packs: these files
HANDLERS = re.compile(r"<script|\son\w+\s*=|javascript:|srcdoc", re.IGNORECASE)


def sinks(script: str) -> Iterator[str]:
    """Yield where a script makes markup or code of a text."""
    return (match.group() for match in SINKS.finditer(script))


def imported_names(tree: ast.AST) -> dict[str, str]:
    """Return what each name in a file stands for by an import."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {a.asname: a.name for a in node.names if a.asname}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return names


def full_name(node: ast.AST, names: dict[str, str]) -> str:
    """Return the dotted name of an expression without its aliases, or ""."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id).removeprefix("builtins.")
    if isinstance(node, ast.Attribute):
        owner = full_name(node.value, names)
        return f"{owner}.{node.attr}".removeprefix("builtins.") if owner else ""
    return ""


def is_forbidden(name: str) -> bool:
    parts = name.split(".")
    inside = any(".".join(parts[:count]) in FORBIDDEN_MODULES for count in range(1, 4))
    return inside or name in FORBIDDEN_NAMES or bool(STARTING.fullmatch(name))


def is_true(call: ast.Call, keyword: str) -> bool:
    """Tell whether an option is given as anything but False."""
    values = [k.value for k in call.keywords if k.arg == keyword]
    return bool(values) and not (isinstance(values[0], ast.Constant) and not values[0].value)


def loads_tensors_only(call: ast.Call) -> bool:
    values = [k.value for k in call.keywords if k.arg == "weights_only"]
    return [v.value for v in values if isinstance(v, ast.Constant)] == [True]


def dangers_of_call(call: ast.Call, name: str, names: dict[str, str]) -> Iterator[str]:
    """Yield what is dangerous in the arguments of a call."""
    for keyword in ("shell", "allow_pickle", "unsafe_allow_html", "unsafe_allow_javascript"):
        if is_true(call, keyword):
            yield f"{keyword}=True"
    options_hidden = any(k.arg is None for k in call.keywords) or len(call.args) > 1
    if name.startswith("subprocess.") and options_hidden:
        yield f"{name} with options that this test cannot read"
    if name in (
        "getattr",
        "operator.attrgetter",
        "importlib.import_module",
        "pkgutil.resolve_name",
    ):
        owner = full_name(call.args[0], names) if name == "getattr" else ""
        last = call.args[-1] if name != "getattr" else call.args[1]
        text = last.value if isinstance(last, ast.Constant) else "?"
        asked = f"{owner}.{text}".removeprefix("builtins.").replace(":", ".").lstrip(".")
        if is_forbidden(asked) or (text == "?" and owner in OWNERS):
            yield f"{name} of {asked}"


def dangers(source: str) -> Iterator[str]:
    """Yield what is dangerous in a Python file."""
    tree = ast.parse(source)
    names = imported_names(tree)
    harmless = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = full_name(node.func, names)
            yield from dangers_of_call(node, name, names)
            if name == "torch.load" and loads_tensors_only(node):
                harmless.add(node.func)
        elif isinstance(node, ast.Import):
            modules = {a.name for a in node.names}
            yield from (f"import {m}" for m in modules if is_forbidden(m) or m in ONLY_IMPORTED)
        elif isinstance(node, ast.ImportFrom):
            modules = {f"{node.module}.{a.name}" for a in node.names} | {str(node.module)}
            yield from (f"import {m}" for m in modules if is_forbidden(m) or m in ONLY_IMPORTED)
            if any(a.name == "*" for a in node.names):
                yield "names that this test cannot read"
        elif isinstance(node, (ast.Name, ast.Attribute)) and node not in harmless:
            name = full_name(node, names)
            if is_forbidden(name) and isinstance(node.ctx, ast.Load):
                yield name


@pytest.mark.parametrize(
    "source",
    [
        "eval('1')",
        "from builtins import eval as look\nlook('1')",
        "import builtins as b\nb.exec(text)",
        "list(map(eval, texts))",
        "run = exec",
        "getattr(builtins, 'eval')(text)",
        "import builtins\ngetattr(builtins, name)(text)",
        "__builtins__['eval'](text)",
        "import pickle",
        "import pickle as storage",
        "import multiprocessing, _pickle",
        "def late():\n    from pickle import loads as read",
        "importlib.import_module('pickle')",
        "from importlib import import_module as get\nget('marshal')",
        "pkgutil.resolve_name('pickle:loads')",
        "from yaml import load",
        "import yaml.constructor",
        "import code",
        "from pty import spawn",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "torch.load(path, weights_only=trusted)",
        "from torch import load\nload(path)",
        "import torch as t\nt.load(path)",
        "read = torch.load",
        "torch.jit.load(path)",
        "from torch.serialization import load as read\nread(path)",
        "torch.hub.load('x/y', 'z')",
        "subprocess.run('ls', shell=True)",
        "from subprocess import run as call\ncall('ls', shell=flag)",
        "subprocess.Popen('ls', -1, None, None, None, None, None, True, True)",
        "subprocess.run('ls', **options)",
        "subprocess.getoutput('ls')",
        "asyncio.create_subprocess_shell('ls')",
        "st.markdown(text, unsafe_allow_html=True)",
        "import streamlit.components.v1 as components\ncomponents.html(text)",
        "np.load(path, allow_pickle=True)",
        "import pandas as pd\npd.read_pickle(path)",
        "os.system('ls')",
        "from os import system as call\ncall('ls')",
        "os.execvp('ls', [])",
        "from os import *",
    ],
)
def test_what_is_dangerous_is_recognized(source: str) -> None:
    assert list(dangers(source))


@pytest.mark.parametrize(
    "source",
    [
        "torch.load(p, weights_only=True)",
        "re.compile('a')",
        "torch.compile(model)",
        "model.eval()",
        "np.load(path)",
        "getattr(os, 'getuid', None)",
        "subprocess.run(['ls'], check=True)",
    ],
)
def test_harmless_calls_are_allowed(source: str) -> None:
    assert not list(dangers(source))


def test_no_python_file_runs_text_or_unpickles() -> None:
    found = {path: list(dangers(path.read_text(encoding="utf-8"))) for path in PYTHON}
    assert len(found) > 400
    assert {"reversions", "weights.py", "served.py"} <= {path.name for path in found}
    assert {path.name: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "source",
    [
        "a.innerHTML = b",
        'a["outerHTML"] = b',
        "eval(text)",
        "(0, eval)(text)",
        "const run = window.eval;",
        "new Function(text)()",
        "Function (text)()",
        "[].constructor.constructor(text)()",
        'setTimeout("go()", 1)',
        "setInterval(`go()`, 1)",
        'link.href = "javascript:go()"',
        'button.setAttribute("onclick", text)',
        "document .write(text)",
        "await import(address)",
        "new DOMParser()",
    ],
)
def test_ways_of_a_script_to_make_markup_are_recognized(source: str) -> None:
    assert list(sinks(source))


@pytest.mark.parametrize("source", ["<script>go()", "<b onclick=go()>", '<iframe srcdoc="x">'])
def test_code_in_markup_is_recognized(source: str) -> None:
    assert HANDLERS.search(source)


def test_no_script_puts_markup_into_a_page() -> None:
    found = {path: list(sinks(path.read_text(encoding="utf-8"))) for path in SCRIPTS}
    assert len(found) > 30
    assert {"pad.js", "handout.js"} <= {path.name for path in found}
    assert {path.name: names for path, names in found.items() if names} == LOADING


def test_no_markup_contains_code() -> None:
    found = {path: HANDLERS.findall(path.read_text(encoding="utf-8")) for path in MARKUP}
    assert len(found) > 15
    assert {path.name: code for path, code in found.items() if code} == {}
