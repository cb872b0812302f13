"""What becomes of a component's modules in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from cnnviz.ui.components import modules

pytestmark = pytest.mark.browser

IMPORT = """async (scripts) => {
  const defaults = [];
  for (const script of scripts) {
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    defaults.push((await import(url)).default);
  }
  return Promise.all(defaults.map((component) => component({ data: 20 })));
}"""
SHARED = """const secret = "of shared.js";
let calls = 0;
export function count() {
  calls += 1;
  return calls;
}
export function fail() {
  throw new Error(secret);
}
"""
VIEW = """import { count, fail as failing } from "./lib/shared.js";

const secret = "of view.js";

export default function ({ data }) {
  count();
  try {
    failing();
  } catch (error) {
    return { sum: data + count(), secret, message: error.message, stack: error.stack };
  }
}
"""


def test_modules_share_what_they_import_and_nothing_else(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "shared.js").write_text(SHARED)
    for name in ("view", "other"):
        (tmp_path / f"{name}.js").write_text(VIEW.replace("view.js", f"{name}.js"))
    scripts = [modules.javascript(tmp_path / f"{n}.js", root=tmp_path) for n in ("view", "other")]
    page = browser.new_page()
    view, other = page.evaluate(IMPORT, scripts)
    leaked = page.evaluate("typeof secret + typeof count + typeof load")
    page.close()
    assert {view["sum"], other["sum"]} == {22, 24}  # one module, one counter
    assert view["message"] == "of shared.js"
    assert (view["secret"], other["secret"]) == ("of view.js", "of other.js")
    assert leaked == "undefined" * 3


def test_a_stack_trace_names_files_and_lines(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "shared.js").write_text(SHARED)
    (tmp_path / "view.js").write_text(VIEW)
    page = browser.new_page()
    [view] = page.evaluate(IMPORT, [modules.javascript(tmp_path / "view.js", root=tmp_path)])
    page.close()
    stack = view["stack"].splitlines()
    assert f"at fail ({tmp_path.name}/lib/shared.js:8:9)" in stack[1]
    assert f"{tmp_path.name}/view.js:8:5" in stack[2]
