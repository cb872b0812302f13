"""Resolve what a component's JavaScript and CSS files import.

Streamlit takes a component's JavaScript as one string and runs it from a `blob:` URL, against which
a relative import does not resolve. So the files that a component imports travel in that string,
and `frontend/loader.js` makes modules of them in the browser: each has a scope of its own, a page
has it once however many components import it, and stack traces name the file. Nothing is bundled
or rewritten but the addresses. The files are compressed, since Streamlit sends the string again
with every message to the component.

Imports are checked here, when the dashboard starts. They have these forms, at the start of a line:

    import { name, other as alias } from "./file.js";
    @import "./file.css";

and exports these: `export` before `const`, `function`, `async function` or `class`, and
`export default function`.
"""

import base64
import hashlib
import json
import os
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).parents[2]
_LOADER = Path(__file__).parent / "frontend" / "loader.js"
_IMPORT = re.compile(r'^import \{([\w\s,$]+)\} from "(\.{1,2}/[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?:default|const|(?:async )?function|class)\b(?: function\b)? ?([\w$]*)", re.MULTILINE
)
_STATEMENT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_STYLE_IMPORT = re.compile(r'^@import "(\.{1,2}/[^"]+)";\n*', re.MULTILINE)


class ModuleError(Exception):
    """An import that cannot be resolved, or a circular one."""


@dataclass(frozen=True)
class _Module:
    name: str  # unique: changes with the text of the module and of all that it imports
    pieces: list[str]  # text, name of an imported module, text, ...
    exports: frozenset[str]


def javascript(path: Path, root: Path = _PACKAGE) -> str:
    """Return the JavaScript module that stands for a file and all that it imports.

    Args:
        path: a file with `export default function`.
        root: the folder that every import must stay in; stack traces name files from its parent.

    Raises:
        ModuleError: if an import names no file below `root`, nothing that the file exports, or
            leads back to where it came from, or if a statement has another form.
    """
    modules: dict[Path, _Module] = {}

    def add(path: Path, imports: dict[str, Path], text: str) -> None:
        modules[path] = _module(path, text, {a: modules[p] for a, p in imports.items()}, root)

    _visit(path.resolve(), root.resolve(), _javascript_imports, add)
    sources = json.dumps([(module.name, module.pieces) for module in modules.values()])
    packed = base64.b64encode(zlib.compress(sources.encode(), 9)).decode()
    names = json.dumps([module.name for module in modules.values()])
    loader = _LOADER.read_text(encoding="utf-8").replace("export async function", "async function")
    return (
        f'{loader}\nconst loaded = load({names}, "{packed}");\n'
        "export default async (component) => (await loaded).default(component);\n"
    )


def css(path: Path, root: Path = _PACKAGE) -> str:
    """Return a style sheet with those that it imports before it, each once.

    Args:
        path: the CSS file.
        root: the folder that every import must stay in.

    Raises:
        ModuleError: if an import names no file below `root` or leads back to where it came from.
    """
    sheets: list[str] = []
    _visit(
        path.resolve(),
        root.resolve(),
        lambda _, text: _STYLE_IMPORT.findall(text),
        lambda _path, _imports, text: sheets.append(_STYLE_IMPORT.sub("", text)),
    )
    return "\n".join(sheets)


def _visit(
    path: Path,
    root: Path,
    addresses: Callable[[Path, str], list[str]],
    add: Callable[[Path, dict[str, Path], str], None],
) -> None:
    """Call `add` with each file, its imports by address and its text; imports come first."""
    done: set[Path] = set()
    open_: list[Path] = []

    def visit(path: Path) -> None:
        if path in done:
            return
        if path in open_:
            circle = [*open_[open_.index(path) :], path]
            raise ModuleError("circular import: " + " -> ".join(_name(p, root) for p in circle))
        open_.append(path)
        text = path.read_text(encoding="utf-8")
        imports = {}
        for address in addresses(path, text):
            target = Path(os.path.normpath(path.parent / address))
            if not target.is_file() or not target.is_relative_to(root):
                raise ModuleError(f'{_name(path, root)}: no file "{address}" in {root.name}/')
            imports[address] = target
            visit(target)
        add(path, imports, text)
        done.add(open_.pop())

    visit(path)


def _javascript_imports(path: Path, text: str) -> list[str]:
    addresses = []
    for statement in _STATEMENT.finditer(text):
        if imported := _IMPORT.match(text, statement.start()):
            addresses.append(imported[2])
        elif not _EXPORT.match(text, statement.start()):
            raise ModuleError(f"{path.name}: cannot resolve `{statement[0]}`")
    return addresses


def _module(path: Path, text: str, imports: dict[str, _Module], root: Path) -> _Module:
    pieces = []
    end = 0
    for statement in _IMPORT.finditer(text):
        _check_names(statement[1], path, statement[2], imports[statement[2]])
        pieces += [text[end : statement.start(2)], imports[statement[2]].name]
        end = statement.end(2)
    name = _name(path, root)
    pieces.append(f"{text[end:]}\n//# sourceURL={name}\n")
    digest = hashlib.sha256("".join(pieces).encode()).hexdigest()[:8]
    return _Module(f"{name}#{digest}", pieces, frozenset(_EXPORT.findall(text)))


def _check_names(names: str, path: Path, address: str, imported: _Module) -> None:
    wanted = {name.split(" as ")[0].strip() for name in names.split(",")} - {""}
    if missing := sorted(wanted - imported.exports):
        exported = ", ".join(sorted(imported.exports - {""})) or "nothing"
        raise ModuleError(
            f"{path.name} imports {', '.join(missing)} from {address}, which exports {exported}"
        )


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root.parent).as_posix()
