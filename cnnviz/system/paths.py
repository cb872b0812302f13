"""Paths of the files that ship with cnnviz, and of the folders for runs, data and locks.

In a checkout they are in its root. An installed copy has the files that ship in `cnnviz/app/`, and
keeps runs and data in the user's data folder.
"""

import os
import stat
import tempfile
from pathlib import Path
from typing import Any

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
    """Return the folder for this user's machine-wide locks; `CNNVIZ_LOCK_DIR` overrides it.

    It is the system's folder for the files of running programs where the user has one, else one in
    the folder for temporary files, which `make_private` creates.
    """
    if chosen := os.environ.get("CNNVIZ_LOCK_DIR"):
        return Path(chosen)
    getter: Any = getattr(os, "getuid", None)
    if getter is None:  # Windows has a folder for temporary files for each user
        return Path(tempfile.gettempdir()) / "cnnviz"
    for folder in (os.environ.get("XDG_RUNTIME_DIR"), f"/run/user/{getter()}"):
        if folder and _is_private(Path(folder)):
            return Path(folder)
    return Path(tempfile.gettempdir()) / f"cnnviz-{getter()}"


def make_private(folder: Path) -> bool:
    """Create a folder that only this user can enter, and return whether it is one.

    It is not if another user has made it before, or it is a link.

    Raises:
        OSError: if it cannot be created.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    return _is_private(folder)


def _is_private(folder: Path) -> bool:
    """Tell whether a folder exists, is no link, and only this user can write into it."""
    getter: Any = getattr(os, "getuid", None)
    try:
        status = folder.lstat()
    except OSError:
        return False
    mine = getter is None or (status.st_uid == getter() and not status.st_mode & 0o022)
    return stat.S_ISDIR(status.st_mode) and mine


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
