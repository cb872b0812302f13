"""The command line, as a process of its own where that matters and called where it does not."""

import contextlib
import dataclasses
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock

from cnnviz.models.catalog import CATALOG
from cnnviz.system.locks import held
from cnnviz.training import admission, launch
from cnnviz.training import command as train
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import folder_lock, store
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run

COMMAND = [sys.executable, "-m", "cnnviz", "train"]
ROOT = Path(__file__).parents[2]
QUICK = ["--model", "lenet5", "--batch-size", "128", "--device", "cpu"]


def command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def interrupted(epochs: int, *, times: int) -> tuple[int, str, float]:
    """Press Ctrl-C after the first epoch; return exit status, output and seconds until the end."""
    with subprocess.Popen(
        [*COMMAND, *QUICK, "--epochs", str(epochs)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        text = ""
        while "epoch 1: test" not in text:  # a progress line ends with \r
            text += process.stderr.read(1)
        began = time.monotonic()
        for _ in range(times):
            process.send_signal(signal.SIGINT)
        text += process.stderr.read()
        return process.wait(60), text, time.monotonic() - began


def made(state: str) -> Run:
    return make_run(state=state)


def test_help_names_every_range_and_choice() -> None:
    answer = " ".join(command("--help").stdout.split())
    for part in (
        "--epochs N passes over the training digits (1 to 100)",
        "--seed N sets the initial weights, the order of digits, dropout and augmentation "
        "(0 to 2147483647)",
        "--device NAME auto takes a GPU if there is one (auto, cpu,",
        "fast: Fast to 99%",
    ):
        assert part in answer


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda field: field.name)
def test_help_explains_each_setting(
    field: "dataclasses.Field[object]", capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        train.main(["--help"])
    text = " ".join(capsys.readouterr().out.partition("options:")[2].split())
    flag = f" --{field.name.replace('_', '-')} "
    assert re.search(rf"{flag}(?:ARCHITECTURE|N|X|NAME) \w+|{flag[:-1]}, --no\S+ \w+", text)


def test_two_epochs_end_with_the_accuracy_and_a_run_like_any_other() -> None:
    done = command(*QUICK, "--epochs", "2", "--learning-rate", "0.002")
    assert done.returncode == 0, done.stderr
    match = re.fullmatch(
        r"(\d\d\.\d\d)% of 1,000 test digits \(embedded\) in \d+\.\d s\n", done.stdout
    )
    assert match, done.stdout
    assert float(match[1]) > 80
    assert done.stderr.count("epoch 1: test ") == done.stderr.count("epoch 2: test ") == 1
    assert "Traceback" not in done.stderr
    [run] = store.runs()
    assert run.status().state == "finished"
    assert f"{run.status().test_accuracy:.2%}" == f"{match[1]}%"
    assert run.settings() == Settings(
        model="lenet5",
        batch_size=128,
        device="cpu",
        epochs=2,
        learning_rate=0.002,
        source="embedded",
    )


ABSENT = "cuda" if sys.platform == "darwin" else "mps"  # no machine has both
BAD = {
    "--model vgg": f"architecture must be one of {', '.join(CATALOG)}, got 'vgg'",
    "--epochs 0": "epochs must be 1 to 100, got 0",
    "--epochs many": "argument --epochs: invalid int value: 'many'",
    "--batch-size 64.5": "argument --batch-size: invalid int value: '64.5'",
    "--batch-size -1": "batch size must be 1 to 2048, got -1",
    "--learning-rate nan": "learning rate must be 1e-06 to 10, got nan",
    "--optimizer lion": "optimizer must be one of adamw, adam, sgd, got 'lion'",
    "--schedule linear": "schedule must be one of constant, cosine, one-cycle, got 'linear'",
    "--device tpu": "device must be one of auto, cpu, cuda, mps, got 'tpu'",
    f"--device {ABSENT}": f"cpu on this machine, got '{ABSENT}'",
    "--source web": "source must be one of auto, full, embedded, got 'web'",
    "--source full": "is missing. Download MNIST",
    "--model lenet5 --dropout 0.5": "dropout must be 0 for LeNet-5, which has none, got 0.5",
    "--preset slow": "argument --preset: invalid choice: 'slow'",
    "--resume 20240101-120000-abcdef": (
        "run must exist, got '20240101-120000-abcdef': it may have been deleted"
    ),
    "--resume ../../etc": "run must exist, got '../../etc': it may have been deleted",
    "--wat": "unrecognized arguments: --wat",
    "lenet5": "unrecognized arguments: lenet5",
}


@pytest.mark.parametrize(("line", "sentence"), BAD.items(), ids=BAD)
def test_a_bad_argument_is_one_sentence_and_exit_status_2(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = train.main(line.split())
    except SystemExit as leave:
        status = leave.code
    assert status == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cnnviz: ")
    assert sentence in err
    assert err.count("\n") == 1
    assert store.runs() == []


def test_a_bad_argument_ends_the_process_so_too() -> None:
    done = command("--epochs", "1000")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "cnnviz: epochs must be 1 to 100, got 1000\n"


def test_a_folder_that_cannot_be_written_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(tmp_path / "file" / "runs"))
    assert train.main(QUICK) == 2
    err = capsys.readouterr().err
    assert err.startswith("cnnviz: Cannot access ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("state", ["finished", "interrupted"])
def test_only_a_run_that_has_not_finished_is_resumed(
    state: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made(state)
    monkeypatch.setattr(train.worker, "execute_run", lambda run, *_, **__: run.recorded_status())
    monkeypatch.setattr(train.signal, "signal", lambda *_: None)
    status = train.main(["--resume", run.id])
    if state == "finished":
        assert status == 2
        assert (
            "run must be stopped, interrupted, failed, diverged to be resumed, got finished"
            in capsys.readouterr().err
        )
    else:
        assert status == 1  # nothing was trained here
        assert run.control().want == "run"


def test_help_names_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leave:
        train.main(["--help"])
    assert leave.value.code == 0
    text = capsys.readouterr().out
    for name in Settings().to_dict():
        assert f"--{name.replace('_', '-')}" in text


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_ctrl_c_stops_with_a_checkpoint_and_resume_finishes() -> None:
    status, text, _ = interrupted(4, times=1)
    assert status == 1
    assert "cnnviz: stopped." in text
    assert "Traceback" not in text
    [run] = store.runs()
    assert run.status().state == "stopped"
    at = run.status().step
    assert 31 < at < 4 * 32
    assert f"python -m cnnviz train --resume {run.id}" in text

    done = command("--resume", run.id)
    assert done.returncode == 0, done.stderr
    assert run.status().state == "finished"
    rows = run.log.read()[0]
    assert [row["epoch"] for row in rows if row["kind"] == "epoch"] == [1, 2, 3, 4]
    steps = [row["step"] for row in rows if row["kind"] == "interval"]
    assert at in steps
    assert steps == sorted(set(steps))


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_a_second_ctrl_c_ends_at_once_without_a_traceback() -> None:
    _, text, seconds = interrupted(100, times=2)
    assert seconds < 30
    assert "Traceback" not in text
    [run] = store.runs()
    assert run.status().state in ("stopped", "interrupted")


# The same limits as on the page


def full_queue(locks: contextlib.ExitStack) -> list[Run]:
    """As many waiting runs as are admitted, whose trainers live."""
    waiting = [made("queued") for _ in range(admission.MAX_QUEUED)]
    for run in waiting:
        locks.enter_context(FileLock(run.path / "lock"))
    return waiting


@pytest.mark.parametrize("state", ["", "interrupted", "parked"])
def test_a_training_beyond_the_limit_is_refused_and_changes_nothing(
    state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = [made(state)] if state else []
    arguments = ["--resume", earlier[0].id] if state else QUICK
    with contextlib.ExitStack() as locks:
        waiting = full_queue(locks)
        before = {path: path.read_bytes() for path in store.runs_dir().glob("*/*.json")}
        assert train.main(arguments) == 2
    assert capsys.readouterr().err == (
        "cnnviz: at most 4 trainings may be queued, got 4: stop one first\n"
    )
    assert {path: path.read_bytes() for path in store.runs_dir().glob("*/*.json")} == before
    assert set(store.runs()) == {*waiting, *earlier}


def test_a_training_waits_for_others_that_are_being_admitted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(folder_lock, "_PATIENCE", 0.1)
    with admission.admission(), ThreadPoolExecutor(1) as other:
        assert other.submit(train.main, QUICK).result() == 2
    assert "many trainings are being started: try again" in capsys.readouterr().err
    assert store.runs() == []


@pytest.mark.parametrize("resume", [False, True])
def test_the_command_holds_its_run_from_its_admission_on(
    resume: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def train_nothing(run: Run, slot: object, observe: object) -> SimpleNamespace:
        del slot, observe
        seen.append((run.locked(), held(run.path / "launch.lock")))
        return SimpleNamespace(train=lambda: Status("finished"))

    def execute(run: Run, *arguments: Any, **options: Any) -> Status:
        assert run.status().state == "queued"  # it counts among those that wait
        with pytest.raises(RunError, match="is already being started"):
            launch.resume_run(run)
        return original(run, *arguments, **options)

    original = train.worker.execute_run
    monkeypatch.setattr(train.worker, "execute_run", execute)
    monkeypatch.setattr("cnnviz.training.runs.session.Session", train_nothing)
    monkeypatch.setattr(train.signal, "signal", lambda *_: None)
    assert train.main(["--resume", made("stopped").id] if resume else QUICK) == 0
    assert seen == [(True, False)]
