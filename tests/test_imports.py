"""Imports run one way: dashboard and pages, then ui, then plots, then the core, then torch."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in ROOT.glob("cnnviz/**/*.py")
    if not {"ui", "plots"} & set(path.relative_to(ROOT).parts)
)
PLOTS = sorted(ROOT.glob("cnnviz/plots/*.py"))
UI = sorted(ROOT.glob("cnnviz/ui/**/*.py"))
PAGES = [*sorted(ROOT.glob("pages/*.py")), ROOT / "dashboard.py"]
COMPUTING = ("torch", "torchvision", "timm", "numpy", "scipy", "sklearn", "pandas")
WITHOUT_TORCH = (
    *("data.mnist", "models.catalog", "system.files", "training.engine.settings"),
    *("training.runs.store", "training.runs.networks", "training.launch", "__main__"),
    *("benchmark.timing.latency", "benchmark.results.findings", "benchmark.results.measurements"),
    *("benchmark.process", "benchmark.command"),
)


def loaded_after(modules: list[str]) -> dict[str, list[str]]:
    """Import modules one by one in a fresh process; the packages that are there after each."""
    code = (
        "import importlib, json, sys\n"
        "seen = {}\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "    seen[name] = [p for p in ('streamlit', 'plotly', 'torch') if p in sys.modules]\n"
        "print(json.dumps(seen))"
    )
    command = [sys.executable, "-c", code, *modules]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(answer.stdout))


def imported_by(path: Path) -> set[str]:
    """Everything that a file names in its imports, wherever they stand."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def reaches(path: Path, *packages: str) -> set[str]:
    return {n for n in imported_by(path) for p in packages if n == p or n.startswith(f"{p}.")}


def test_the_core_leaves_streamlit_and_plotly_alone() -> None:
    # a module that imported them would show from its turn on
    packages = loaded_after(CORE)
    assert {name: found for name, found in packages.items() if set(found) - {"torch"}} == {}


def torch_imports(path: Path) -> list[int]:
    """Lines that import torch or torchvision outside `if TYPE_CHECKING`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            continue
        packages = {module.split(".")[0] for module in modules}
        if packages & {"torch", "torchvision"} and id(node) not in typing_only:
            lines.append(node.lineno)
    return lines


def test_the_ui_imports_no_package_for_statistics() -> None:
    reached = {str(path.relative_to(ROOT)): reaches(path, "scipy", "sklearn") for path in UI}
    assert reached.pop("cnnviz/ui/shell/warmup.py") == {"sklearn.decomposition"}  # to load it early
    assert {path: names for path, names in reached.items() if names} == {}


def test_the_ui_imports_torch_for_types_only() -> None:
    lines = {str(path.relative_to(ROOT)): torch_imports(path) for path in UI}
    warmup = lines.pop("cnnviz/ui/shell/warmup.py")  # imports it in the background, by design
    assert len(warmup) == 2
    assert {path: where for path, where in lines.items() if where} == {}


# what may be reduced on a page: a view's own scale or count, which no other module needs
DISPLAYED = {
    ("architecture/node_panel.py", "max"): "range in the caption of a picture",
    ("architecture/node_panel.py", "min"): "range in the caption of a picture",
    ("components/component.py", "prod"): "number of values in a message to the browser",
    ("components/maps_view.py", "max"): "end of the color scale",
    ("components/maps_view.py", "min"): "a signed or an unsigned color scale",
    ("channels/top_activating_view.py", "max"): "range in the caption of a picture",
    ("channels/top_activating_view.py", "min"): "range in the caption of a picture",
    ("compare/digits/disagreements.py", "sum"): "number of digits in the title of an option",
    ("convolution/gradient_panel.py", "max"): "end of the color scale",
    ("ideas/attention.py", "max"): "brightness of a picture",
}
REDUCTIONS = {
    *("mean", "median", "average", "quantile", "percentile", "std", "var", "sum", "prod", "cumsum"),
    *("min", "max", "argmin", "argmax", "argsort", "argpartition", "sort", "interp", "corrcoef"),
    *("nanmean", "nanmedian", "nanmin", "nanmax", "nansum", "histogram", "bincount", "unique"),
    *("count_nonzero", "unravel_index", "softmax", "matmul", "dot", "einsum", "norm", "clip"),
}


def reductions(path: Path) -> set[str]:
    """Names of the numerical methods and functions that a file calls."""
    return {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in REDUCTIONS
    }


def test_the_ui_computes_nothing_but_what_it_displays() -> None:
    folder = ROOT / "cnnviz" / "ui"
    called = {(str(path.relative_to(folder)), name) for path in UI for name in reductions(path)}
    assert called == DISPLAYED.keys()
    assert {str(path): reductions(path) for path in PAGES if reductions(path)} == {}


def test_what_a_page_needs_at_once_does_not_wait_for_torch() -> None:
    packages = loaded_after([f"cnnviz.{name}" for name in WITHOUT_TORCH])
    assert {name: found for name, found in packages.items() if found} == {}


def test_the_dashboard_does_not_import_torch() -> None:
    assert not reaches(ROOT / "dashboard.py", "torch", "torchvision")
    ours = [name for name in imported_by(ROOT / "dashboard.py") if name.startswith("cnnviz.ui.")]
    assert ours
    assert not [found for found in loaded_after(ours).values() if "torch" in found]


@pytest.mark.parametrize("path", PLOTS, ids=lambda path: path.stem)
def test_plots_see_neither_a_page_nor_a_model(path: Path) -> None:
    assert not reaches(path, "streamlit", "cnnviz.ui", "torch", "cnnviz.models")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_neither_computes_nor_builds_a_figure(path: Path) -> None:
    assert not reaches(path, "plotly", *COMPUTING)


@pytest.mark.parametrize("package", [*COMPUTING, "plotly"])
def test_an_import_inside_a_function_of_a_page_is_seen(tmp_path: Path, package: str) -> None:
    page = tmp_path / "page.py"
    page.write_text(f"def mean(x):\n    from {package} import mean\n    return mean(x)\n", "utf-8")
    assert reaches(page, *COMPUTING, "plotly") == {package, f"{package}.mean"}


@pytest.mark.parametrize("module", CORE)
def test_the_core_does_not_reach_up(module: str) -> None:
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    path = path if path.exists() else path.with_suffix("") / "__init__.py"
    assert not reaches(path, "cnnviz.ui", "cnnviz.plots", "pages", "dashboard")
