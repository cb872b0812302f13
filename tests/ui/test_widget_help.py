"""Every control of the pages explains itself on hovering, or is a stated exception."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = [*sorted(Path("pages").glob("*.py")), *sorted(Path("cnnviz/ui").rglob("*.py"))]
CONTROLS = {
    *("selectbox", "multiselect", "segmented_control", "pills", "radio", "toggle", "checkbox"),
    *("slider", "select_slider", "number_input", "text_input", "text_area", "file_uploader"),
    *("metric", "choose_key", "select_key", "choose_in_session", "whole_number"),
}
ACTIONS = {"button", "download_button", "page_link"}
VERBS = (  # an action whose label begins with one of these says what it does
    *("All", "Another", "Back", "Cancel", "Change", "Compare", "Download", "Draw", "Finish"),
    *("Leave", "Load", "Look", "Measure", "Next", "Open", "Resume", "See", "Stop", "Train", "Try"),
    "Watch",
)
TABLES = ("Optimizations as CSV", "Table as CSV", "Timing as CSV")  # what is downloaded
EXPLAINED = {  # labels that are computed, by file: why there is no help
    ("guide_card.py", "label"): "leads back to the step that it names",
    ("guide_card.py", "text"): "begins the guide that it names",
    ("edit_history.py", "title"): "undo, redo and reset",
    ("dataset.py", "label"): "starts what the page is about",
    ("photograph.py", "label"): "downloads what the sentence above it names",
    ("run_view.py", "hint.remedy"): "the remedy of the sentence beside it",
    ("predict_first.py", "**"): "the label is the question",
    ("page_links.py", "label"): "passes the help of its caller on",
    ("view.py", "entry.title()"): "opens the run that it names",
    ("whole_number.py", "label"): "passes the help of its caller on",
    ("overview.py", "**"): "its sentence stands below it",
}


def controls(path: Path) -> Iterator[ast.Call]:
    """Calls that draw a control without help, except those whose label is not shown."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        visible = ast.unparse(given["label_visible"]) if "label_visible" in given else "True"
        if name in CONTROLS | ACTIONS and "help" not in given and visible != "False":
            yield node


def label(call: ast.Call) -> str:
    """The label of a control: what is written of it, or the expression that computes it."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    value = given.get("label") or (call.args[0] if call.args else ast.Constant(""))
    if isinstance(value, ast.IfExp):
        value = value.body
    if isinstance(value, ast.JoinedStr) and isinstance(value.values[0], ast.Constant):
        value = value.values[0]
    return str(value.value) if isinstance(value, ast.Constant) else ast.unparse(value)


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_every_control_says_what_it_is_for(path: Path) -> None:
    silent = []
    for call in controls(path):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        text = label(call)
        says_it_all = name in ACTIONS and (text.startswith(VERBS) or text in TABLES)
        if not says_it_all and (path.name, text) not in EXPLAINED:
            silent.append(f"{path}:{call.lineno}: {name} {text!r}")
    assert silent == []


def test_every_exception_is_still_needed() -> None:
    drawn = {(path.name, label(call)) for path in SOURCES for call in controls(path)}
    assert set(EXPLAINED) <= drawn
