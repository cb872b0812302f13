"""Where files are, in a checkout and in an installed copy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.system import paths

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "CNNVIZ_RUNS_DIR": paths.runs_dir,
    "CNNVIZ_DATA_DIR": paths.data_dir,
    "CNNVIZ_LOCK_DIR": paths.lock_dir,
}


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user's home folder, and an installed copy that knows no other."""
    monkeypatch.setattr(paths, "checkout", lambda: None)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (*FOLDERS, "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_checkout_is_known_by_the_entry_script_beside_the_package(tmp_path: Path) -> None:
    assert paths.checkout() == ROOT
    assert paths.checkout(tmp_path / "cnnviz") is None
    (tmp_path / "dashboard.py").touch()
    assert paths.checkout(tmp_path / "cnnviz") == tmp_path


def test_what_ships_is_there() -> None:
    assert paths.DASHBOARD == ROOT / "dashboard.py"
    assert paths.ICON.read_bytes().startswith(b"\x89PNG")
    assert (paths.CHECKPOINTS / "lenet5.safetensors").is_file()


def test_in_a_checkout_runs_and_data_are_in_its_root_wherever_one_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in FOLDERS:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    assert paths.runs_dir() == ROOT / "runs"
    assert paths.data_dir() == ROOT / "data"


@pytest.mark.skipif(os.name == "nt", reason="Windows does not take the folder from HOME")
def test_an_installed_copy_keeps_runs_and_data_in_the_users_folder(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for name, folder in {"runs": paths.runs_dir(), "data": paths.data_dir()}.items():
        assert folder.is_relative_to(installed)
        assert folder.parts[-2:] == ("cnnviz", name)


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.usefixtures("installed")
def test_a_variable_overrides_each_folder(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert FOLDERS[name]() == tmp_path / "elsewhere"


def test_a_path_to_type_starts_at_the_root_of_the_checkout(tmp_path: Path) -> None:
    assert paths.shell_path(ROOT / "runs" / "a" / "weights.safetensors") == (
        "runs/a/weights.safetensors"
    )
    assert paths.shell_path(tmp_path / "my runs") == f'"{(tmp_path / "my runs").as_posix()}"'


@pytest.mark.skipif(os.name == "nt", reason="Windows does not take the folder from HOME")
def test_a_path_to_type_of_an_installed_copy_does_not_name_the_user(installed: Path) -> None:
    path = paths.runs_dir() / "a" / "weights.safetensors"
    text = paths.shell_path(path)
    assert str(installed) not in text
    echo = subprocess.run(["sh", "-c", f"printf %s {text}"], capture_output=True, text=True)
    assert echo.stdout == str(path)


def test_another_process_imports_the_same_copy_even_beside_a_folder_of_that_name(
    tmp_path: Path,
) -> None:
    (tmp_path / "cnnviz").mkdir()
    (tmp_path / "cnnviz" / "__init__.py").write_text("raise ImportError('the wrong one')")
    code = (
        "from pathlib import Path; from cnnviz.system import processes;"
        "processes.spawn('cnnviz', '--version', output=Path('log.txt')).wait(60)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "log.txt").read_text() == "cnnviz 0.1.0\n"


def test_messages_name_no_folder_outside_of_runs_and_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("CNNVIZ_DATA_DIR", str(tmp_path / "data"))
    assert paths.shown_path(tmp_path / "runs" / "a" / "last.safetensors") == "a/last.safetensors"
    assert paths.shown_path(tmp_path / "data" / "MNIST" / "x") == "MNIST/x"
    assert paths.shown_path(tmp_path / "runs") == "runs"
    assert paths.shown_path(tmp_path / "other" / "x") == "x"
    assert paths.shown_path(Path("config.json")) == "config.json"
