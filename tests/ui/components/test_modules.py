from pathlib import Path

import pytest

from cnnviz.ui.components import modules
from cnnviz.ui.components.modules import ModuleError

USE = 'import { one } from "./shared.js";\n\nexport default function () {\n  return one;\n}\n'


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        stem, _, kind = name.rpartition("_")
        (folder / f"{stem}.{kind}").write_text(text)
    return folder


def error(folder: Path) -> str:
    with pytest.raises(ModuleError) as raised:
        modules.javascript(folder / "view.js", root=folder)
    return str(raised.value)


def test_an_unknown_name_is_refused_with_those_that_are_exported(tmp_path: Path) -> None:
    shared = "export const two = 2;\nexport function three() {}\nconst one = 1;\n"
    folder = write(tmp_path, view_js=USE, shared_js=shared)
    assert error(folder) == "view.js imports one from ./shared.js, which exports three, two"


@pytest.mark.parametrize(
    "export", ["const one = 1;", "function one() {}", "async function one() {}", "class one {}"]
)
def test_every_form_of_export_can_be_imported(tmp_path: Path, export: str) -> None:
    folder = write(tmp_path, view_js=USE, shared_js=f"export {export}\n")
    assert f"{folder.name}/shared.js#" in modules.javascript(folder / "view.js", root=folder)


def test_an_import_under_another_name_is_looked_up_by_its_own(tmp_path: Path) -> None:
    use = USE.replace("{ one }", "{\n  one as first,\n  two,\n}")
    folder = write(tmp_path, view_js=use, shared_js="export const one = 1;\n")
    assert error(folder) == "view.js imports two from ./shared.js, which exports one"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path, view_js=USE)
    assert error(folder) == f'{folder.name}/view.js: no file "./shared.js" in {folder.name}/'


def test_a_file_outside_the_package_is_not_imported(tmp_path: Path) -> None:
    inside = tmp_path / "package"
    inside.mkdir()
    write(tmp_path, shared_js="export const one = 1;\n")
    write(inside, view_js=USE.replace("./shared", "../shared"))
    assert error(inside) == 'package/view.js: no file "../shared.js" in package/'


def test_a_circle_of_imports_is_refused_with_its_path(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        view_js=USE,
        shared_js='import { two } from "./other.js";\nexport const one = two;\n',
        other_js='import { one } from "./shared.js";\nexport const two = one;\n',
    )
    names = [f"{folder.name}/{name}.js" for name in ("shared", "other", "shared")]
    assert error(folder) == f"circular import: {' -> '.join(names)}"


@pytest.mark.parametrize(
    "statement",
    [
        'import * as all from "./shared.js";',
        'import one from "./shared.js";',
        'import "./shared.js";',
        'import { one } from "shared";',
        'export { one } from "./shared.js";',
        'export * from "./shared.js";',
    ],
)
def test_a_statement_of_another_form_is_refused(tmp_path: Path, statement: str) -> None:
    folder = write(tmp_path, view_js=f"{statement}\n", shared_js="export const one = 1;\n")
    assert error(folder) == f"view.js: cannot resolve `{statement}`"


def test_the_name_of_a_module_changes_with_what_it_imports(tmp_path: Path) -> None:
    folder = write(tmp_path, view_js=USE, shared_js="export const one = 1;\n")
    before = modules.javascript(folder / "view.js", root=folder)
    write(folder, shared_js="export const one = 2;\n")
    after = modules.javascript(folder / "view.js", root=folder)
    name = f'"{folder.name}/view.js#'
    assert before.split(name)[1][:8] != after.split(name)[1][:8]


def test_each_style_sheet_comes_once_and_before_those_that_import_it(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        view_css='@import "./a.css";\n@import "./b.css";\n\n.view {}\n',
        a_css='@import "./b.css";\n\n.a {}\n',
        b_css=".b {}\n",
    )
    css = modules.css(folder / "view.css", root=folder)
    assert css.split() == [".b", "{}", ".a", "{}", ".view", "{}"]


def test_every_component_of_the_package_resolves() -> None:
    package = Path(modules.__file__).parents[2]
    components = sorted(path.with_suffix(".js") for path in package.rglob("frontend/*.html"))
    assert len(components) >= 17
    for path in components:
        assert modules.javascript(path)
        assert modules.css(path.with_suffix(".css"))
