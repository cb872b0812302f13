"""Paths of the files that ship with cnnviz, and of the folders for runs, data and locks.

In a checkout they are in its root. An installed copy has the files that ship in `cnnviz/app/`, and
keeps runs and data in the user's data folder.
"""

import os
import tempfile
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parents[1]


def checkout(package: Path = _PACKAGE) -> Path | None:
    """Return the root of the checkout that contains a package, None for an installed copy."""
    root = package.parent
    return root if (root / "dashboard.py").is_file() else None


APP = checkout() or _PACKAGE / "app"
DASHBOARD = APP / "dashboard.py"  # Streamlit looks for `pages/` and `.streamlit/` beside it
ICON = APP / "assets" / "icon.png"
CHECKPOINTS = APP / "checkpoints"  # of the networks that ship


def runs_dir() -> Path:
    """Return the folder for runs, races and measurements; `CNNVIZ_RUNS_DIR` overrides it."""
    return Path(os.environ.get("CNNVIZ_RUNS_DIR") or _home() / "runs").resolve()


def data_dir() -> Path:
    """Return the folder for downloaded data sets; `CNNVIZ_DATA_DIR` overrides it."""
    return Path(os.environ.get("CNNVIZ_DATA_DIR") or _home() / "data")


def lock_dir() -> Path:
    """Return the folder for machine-wide locks; `CNNVIZ_LOCK_DIR` overrides it."""
    return Path(os.environ.get("CNNVIZ_LOCK_DIR") or tempfile.gettempdir())


def shown_path(path: Path) -> str:
    """Return a path as messages name it: relative to the folder of runs or data, or the name alone.

    Visitors of the page need not know where on the machine the folders lie.
    """
    if not path.is_absolute():
        return path.as_posix()
    for folder in (runs_dir(), data_dir()):
        if path != folder and path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name


def shell_path(path: Path) -> str:
    """Return a path to type in the checkout or, for an installed copy, in any folder.

    It does not name the user, so that it can be shown to others.
    """
    root = checkout()
    if root and path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    home = Path.home().resolve()
    if path.is_relative_to(home):
        return f'"$HOME/{path.relative_to(home).as_posix()}"'
    return f'"{path.as_posix()}"'


def module_environment() -> dict[str, str]:
    """Return the environment variables with which another process imports this copy of cnnviz."""
    root = checkout()
    if root is None:  # installed, where Python looks anyway
        return {}
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))}


def _home() -> Path:
    return checkout() or platformdirs.user_data_path("cnnviz", appauthor=False)
