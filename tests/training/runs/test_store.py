import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from cnnviz.system import paths
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import folder_lock, store, trash
from cnnviz.training.runs.records import ENDED, LIVE, RESUMABLE, Control, Preview, RunError, Status
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run


@pytest.fixture
def run() -> Run:
    settings, versions = Settings(epochs=3, seed=5), {"torch": "2.15"}
    return make_run(settings, state="queued", preset="lecture", versions=versions)


@contextmanager
def held(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock of that path."""
    code = (
        "import sys, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire();"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


# Making and finding


def test_a_new_run_remembers_what_it_was_made_with(run: Run) -> None:
    assert run.settings() == Settings(epochs=3, seed=5)
    assert run.config()["versions"] == {"torch": "2.15"}
    assert run.title() == "MnistCNN, fully connected head · lr 0.001, 3 epochs, seed 5"
    assert store.find_run(run.id) == run


def test_runs_are_listed_newest_first(run: Run) -> None:
    folders = [run.path.with_name(f"2024010{day}-120000-abcdef") for day in (2, 1, 3)]
    for folder in folders:
        folder.mkdir()
        (folder / "config.json").write_bytes((run.path / "config.json").read_bytes())
        Run(folder).write_status(Status(state="finished"))
    assert [r.id[:8] for r in store.runs()] == [run.id[:8], "20240103", "20240102", "20240101"]


def test_without_a_folder_there_are_no_runs() -> None:
    assert store.runs() == []


def test_other_files_in_the_folder_are_no_runs(run: Run) -> None:
    (run.path.parent / ".trash").mkdir()
    (run.path.parent / "notes.txt").write_text("mine")
    (run.path.parent / "20240101-120000-abcdef").mkdir()  # being made: without a status yet
    assert store.runs() == [run]


@pytest.mark.parametrize("config", ["", "{", "[]", '{"settings": {"flavor": 1}, "preset": ""}'])
def test_a_run_that_cannot_be_read_does_not_hide_the_others(config: str, run: Run) -> None:
    damaged = run.path.with_name("20240101-120000-abcdef")
    damaged.mkdir()
    (damaged / "config.json").write_text(config)
    Run(damaged).write_status(Status(state="finished"))
    assert store.runs() == [run]
    with pytest.raises(RunError, match=r"made by another version of cnnviz, or is damaged"):
        store.find_run(damaged.name)


@pytest.mark.parametrize(
    "key",
    [
        *("", ".", "..", "../secret", "..%2fsecret", "..\\secret", "/etc", "C:\\", "~", "*"),
        *("20240101-120000-abcdef/..", "20240101-120000-abcdef\n", "20240101-120000-ABCDEF"),
        *("20240101-120000-abcdef\0", ".trash/20240101-120000-abcdef", "x" * 5000),
    ],
)
def test_anything_but_a_generated_id_is_refused(key: str, run: Run) -> None:
    secret = run.path.parent.parent / "secret"
    secret.mkdir()
    (secret / "status.json").write_text("{}")
    with pytest.raises(
        RunError, match=re.escape(f"run must exist, got {key!r}: it may have been deleted")
    ):
        store.find_run(key)


def test_a_link_out_of_the_folder_is_refused(run: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "status.json").write_text('{"state": "finished"}')
    link = run.path.with_name("20240101-120000-abcdef")
    try:
        link.symlink_to(outside, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    with pytest.raises(RunError, match="run must exist, got"):
        store.find_run(link.name)


# The proof of life


@pytest.mark.parametrize("state", LIVE)
def test_a_live_status_without_a_lock_becomes_interrupted(state: str, run: Run) -> None:
    run.write_status(Status(state=state, step=7, message=""))
    assert run.status() == Status(state="interrupted", step=7)
    assert json.loads((run.path / "status.json").read_bytes())["state"] == "interrupted"


@pytest.mark.parametrize("state", LIVE)
@pytest.mark.parametrize("lock", ["lock", "launch.lock"])
def test_a_live_status_with_a_lock_stays(state: str, lock: str, run: Run) -> None:
    run.write_status(Status(state=state))
    with held(run.path / lock):
        assert run.alive()
        assert run.status().state == state
    assert run.status().state == "interrupted"


@pytest.mark.parametrize("state", ENDED)
def test_an_ended_status_stays(state: str, run: Run) -> None:
    run.write_status(Status(state=state))
    assert run.status().state == state


def test_a_trainer_that_is_killed_is_noticed_at_once(run: Run) -> None:
    run.write_status(Status(state="running"))
    with held(run.path / "lock") as trainer:
        assert run.status().state == "running"
        trainer.kill()
        trainer.wait()
        assert run.status().state == "interrupted"


def test_a_trainer_that_was_asked_to_stop_shows_as_stopping(run: Run) -> None:
    run.write_status(Status(state="running"))
    with held(run.path / "lock"):
        run.request("stop")
        assert run.status().state == "stopping"
        assert run.recorded_status().state == "running"


def test_every_state_is_either_live_or_ended_and_only_ended_ones_resume() -> None:
    assert not set(LIVE) & set(ENDED)
    assert set(RESUMABLE) < set(ENDED)
    assert [Status(state=s).live for s in (*LIVE, *ENDED)] == [True] * 4 + [False] * 5


def test_only_one_of_many_starts_a_trainer(run: Run) -> None:
    started, refused = [], []
    everyone, over = threading.Barrier(8), threading.Event()

    def start() -> None:
        everyone.wait()
        try:
            with run.launching():
                started.append(1)
                over.wait()
        except RunError as error:
            refused.append(str(error))
        if len(refused) == 7:
            over.set()

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(started) == 1
    assert refused == [f"{run.title()} is already being started"] * 7


def test_no_second_trainer_starts_beside_one_at_work(run: Run) -> None:
    with (
        held(run.path / "lock"),
        pytest.raises(RunError, match="is already training"),
        run.launching(),
    ):
        pytest.fail("it started")


# What the user wants


def test_requests_of_many_threads_add_up(run: Run) -> None:
    def ask() -> None:
        for _ in range(20):
            run.request(single_step=True)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run.control().single_steps == 160
    assert run.control().want == "pause"


def test_requests_keep_what_they_do_not_speak_of(run: Run) -> None:
    run.request(learning_rate=0.01)
    run.request(single_step=True)
    run.request("run")
    assert run.control() == Control(want="run", single_steps=1, learning_rate=0.01)


@pytest.mark.parametrize("rate", [0, -1, 11, float("nan"), float("inf")])
def test_a_learning_rate_out_of_range_is_refused_and_nothing_changes(rate: float, run: Run) -> None:
    run.request("pause", learning_rate=0.01)
    before = run.control()
    with pytest.raises(ValueError, match=r"learning rate must be 1e-06 to 10, got"):
        run.request("run", learning_rate=rate)
    assert run.control() == before


def test_without_a_wish_a_run_runs(run: Run) -> None:
    assert run.control() == Control(want="run", single_steps=0, learning_rate=None)


# Labels


def test_a_label_replaces_the_title_until_it_is_taken_away(run: Run) -> None:
    run.rename("  Große Stapel 7  ")
    assert run.title() == run.label() == "Große Stapel 7"
    run.rename("")
    assert run.title() == "MnistCNN, fully connected head · lr 0.001, 3 epochs, seed 5"


@pytest.mark.parametrize(
    ("label", "kept"),
    [
        ("x" * 100, "x" * 60),
        ("a\nb\0c\x1b[31md", "abc[31md"),
        ("\u202egnp.exe\u200b", "gnp.exe"),  # text turned around, an invisible space
        ("../../etc/passwd", "../../etc/passwd"),  # only data, never a path
        ("\n\t ", ""),
    ],
)
def test_a_label_is_at_most_sixty_printable_characters(label: str, kept: str, run: Run) -> None:
    run.rename(label)
    assert run.label() == kept


# Deleting


def test_tensorboard_does_not_see_the_trash(run: Run) -> None:
    (run.path / "tensorboard").mkdir()
    (run.path / "tensorboard" / "events.out.tfevents.1").write_bytes(b"events")
    run.write_status(Status(state="finished"))
    run.delete()
    assert list(paths.runs_dir().rglob("*tfevents*")) == []


def test_a_deleted_run_lies_in_the_trash_whole(run: Run) -> None:
    run.write_status(Status(state="finished"))
    content = {path.name: path.read_bytes() for path in run.path.iterdir()}
    run.delete()
    assert store.runs() == []
    trash = run.path.parent / ".trash" / run.id
    assert {path.name: path.read_bytes() for path in trash.iterdir()} == content
    with pytest.raises(RunError, match="may have been deleted"):
        store.find_run(run.id)


def test_a_run_that_is_training_is_not_deleted(run: Run) -> None:
    run.write_status(Status(state="running"))
    with (
        held(run.path / "lock"),
        pytest.raises(RunError, match="is still training: stop it first"),
    ):
        run.delete()
    assert store.runs() == [run]


def test_an_interrupted_run_can_be_deleted(run: Run) -> None:
    run.write_status(Status(state="running"))
    run.delete()
    assert store.runs() == []


# Damage


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"null", b'{"mood": 1}'])
def test_a_damaged_status_is_a_sentence(content: bytes, run: Run) -> None:
    (run.path / "status.json").write_bytes(content)
    expected = Status("failed", message=f"status.json of run {run.id} cannot be read.")
    assert run.status() == expected
    assert store.runs() == [run]  # to be seen and deleted


@pytest.mark.parametrize("content", [b"", b"{", b'{"want": "run", "surprise": 1}', b"[]"])
def test_a_damaged_wish_is_no_wish(content: bytes, run: Run) -> None:
    (run.path / "control.json").write_bytes(content)
    assert run.control() == Control()


PREVIEW = {
    "step": 3,
    "kernel": [1, 2],
    "filters": [[0.5, -0.5]],
    "answers": [7],
    "confidences": [0.9],
}


def test_a_preview_comes_back_as_it_was_written(run: Run) -> None:
    (run.path / "preview.json").write_text(json.dumps(PREVIEW))
    assert run.preview() == Preview(**PREVIEW)
    preview = PREVIEW | {"found": [[[7, 0.9, 0.1, 0.2, 0.3, 0.4]], []]}
    (run.path / "preview.json").write_text(json.dumps(preview))
    assert run.preview() == Preview(**preview)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}"])
def test_a_damaged_preview_is_no_preview(content: bytes, run: Run) -> None:
    (run.path / "preview.json").write_bytes(content)
    assert run.preview() is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": "3"},
        {"kernel": [2, 2]},
        {"kernel": [2]},
        {"kernel": 2},
        {"filters": [[0.5]]},
        {"filters": [["a", "b"]]},
        {"filters": [0.5, 0.5]},
        {"answers": [7, 8]},
        {"answers": [None]},
        {"confidences": "high"},
        {"found": [[[7, 0.9, 0.1, 0.2, 0.3]]]},
        {"found": [[["seven", 0.9, 0.1, 0.2, 0.3, 0.4]]]},
        {"found": [7]},
    ],
)
def test_a_preview_of_rubbish_is_no_preview(wrong: dict[str, object], run: Run) -> None:
    (run.path / "preview.json").write_text(json.dumps(PREVIEW | wrong))
    assert run.preview() is None


def test_a_folder_that_cannot_be_written_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", f"{os.devnull}/runs")
    with pytest.raises(OSError, match=r"runs|Not a directory"):
        store.create_run(Settings(), versions={})


# The trash


def test_a_deleted_run_is_restored_with_everything_in_it(run: Run) -> None:
    before = sorted(path.name for path in run.path.iterdir() if not path.name.endswith("lock"))
    run.write_status(Status("stopped"))
    run.delete()
    assert store.runs() == []
    assert trash.restore_run(run.id) == run
    assert store.find_run(run.id).settings() == Settings(epochs=3, seed=5)
    assert {*before} <= {path.name for path in run.path.iterdir()}


@pytest.mark.parametrize("key", ["20240101-120000-abcdef", "../../etc", "", "."])
def test_what_is_not_in_the_trash_is_not_restored(key: str, run: Run) -> None:
    with pytest.raises(RunError, match=r"run must be in the trash, got"):
        trash.restore_run(key)
    assert store.runs() == [run]


def test_a_run_in_use_is_not_replaced_by_one_of_the_trash(run: Run) -> None:
    (run.path.parent / ".trash" / run.id).mkdir(parents=True)
    with pytest.raises(RunError):
        trash.restore_run(run.id)
    assert (run.path / "config.json").exists()


def deleted_when_locked(run: Run, monkeypatch: pytest.MonkeyPatch, *, opened: bool) -> None:
    """Have another tab delete a run just before or after its lock is opened."""
    original = os.open

    def open_file(path: Path, *arguments: int) -> int:
        if Path(path).parent != run.path:
            return original(path, *arguments)
        monkeypatch.setattr(os, "open", original)
        handle = original(path, *arguments) if opened else None
        run.delete()
        return handle or original(path, *arguments)

    monkeypatch.setattr(os, "open", open_file)


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("action", ["request", "launch", "look"])
def test_a_run_that_is_deleted_meanwhile_leaves_no_folder(
    action: str, opened: bool, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.write_status(Status("running" if action == "look" else "stopped"))
    before = run.config()
    deleted_when_locked(run, monkeypatch, opened=opened)
    if action == "look":
        assert run.status().state == "interrupted"
    else:
        with pytest.raises(RunError, match="run must exist, got"):
            run.request("stop") if action == "request" else run.launching().__enter__()
    assert not run.path.exists()
    assert trash.restore_run(run.id).config() == before


def test_no_run_is_deleted_or_restored_while_a_training_is_admitted(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.write_status(Status("stopped"))
    trashed = make_run(state="stopped")
    trashed.delete()
    monkeypatch.setattr(folder_lock, "_PATIENCE", 0.05)
    with folder_lock.runs_lock(), ThreadPoolExecutor(1) as tab:
        for action in (run.delete, partial(trash.restore_run, trashed.id)):
            with pytest.raises(RunError, match="many trainings are being started"):
                tab.submit(action).result()
    assert store.runs() == [run]


def test_a_run_that_is_deleted_twice_is_refused_in_a_sentence(run: Run) -> None:
    run.write_status(Status("stopped"))
    run.delete()
    with pytest.raises(RunError, match="run must exist, got"):
        run.delete()
