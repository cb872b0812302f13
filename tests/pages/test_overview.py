import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.data.mnist import load_digits, mixed_index
from cnnviz.inspection.activations.forward_pass import forward_pass
from cnnviz.training.runs import networks
from cnnviz.ui.components.component import unpack
from cnnviz.ui.shell import warmup
from tests.pages.reading import App

ROOT = Path(__file__).parents[2]


def shown(page: AppTest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the one view on the page was sent."""
    (view,) = page.get("bidi_component")
    return unpack(view.proto.bytes)


def test_maps_and_bars_are_there_without_a_click(app: App) -> None:
    page = app("overview")
    header, arrays = shown(page)
    assert header["answered"]
    assert [stage["layer"] for stage in header["stages"]] == ["", "relu1", "relu2", "pool2"]
    assert arrays["probabilities"].sum() == pytest.approx(1)


def test_the_maps_are_those_of_the_shipped_network_on_a_real_test_digit(app: App) -> None:
    page = app("overview")
    header, arrays = shown(page)
    digits, network = load_digits("embedded"), networks.shipped()[0]
    index = mixed_index(digits, 1)
    expected = forward_pass(networks.load_network(network), digits.test_images[index])
    assert header["answer"]["truth"] == digits.test_labels[index]
    assert arrays["stage0"][0] * 255 == pytest.approx(digits.test_images[index, 0])
    for i, maps in enumerate(expected.maps, start=1):
        assert (arrays[f"stage{i}"] == maps.values).all()


def test_what_is_installed_and_a_door_to_each_page(app: App) -> None:
    page = app("overview")
    text = " ".join(caption.value for caption in page.caption)
    assert str(load_digits()) in text
    for network in networks.networks("classify"):
        assert f"{network.title}: accuracy {network.accuracy:.2%}" in text
    for network in networks.networks("detect"):
        assert f"{network.title}: F1 {network.accuracy:.2%}" in text
    assert "on the 10,000 test digits of MNIST" in text
    assert [link.proto.page for link in page.get("page_link")] == [
        *("train", "draw"),
        *("inside", "field", "convolution", "channels", "why", "embedding", "time", "photographs"),
        *("race", "compare", "report"),
        *("architecture", "ideas", "detect"),
    ]


def test_a_digit_is_there_before_pytorch(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "pytorch_ready", lambda: False)
    page = app("overview")
    header, arrays = shown(page)
    assert not header["answered"]
    assert arrays["stage0"].max() > 0.5
    assert not {"stage1", "probabilities"} & set(arrays)
    assert any("Loading PyTorch" in caption.value for caption in page.caption)


def test_without_shipped_networks_the_page_says_so(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "shipped", list)
    page = app("overview")
    assert "Train one first" in page.info[0].value


def test_the_first_screen_imports_no_torch() -> None:
    page = ROOT / "pages" / "overview.py"
    imports = [
        "from cnnviz.ui.cached import layer_outputs, loading",
        "from cnnviz.ui.shell import navigation, warmup",
        "from cnnviz.ui.components import maps_view",
    ]
    wanted = {
        "from cnnviz.ui.cached import layer_outputs, loading",
        "from cnnviz.ui.shell import warmup",
        "from cnnviz.ui.shell.navigation import ENTRIES, require_router",
    }
    assert wanted <= set(page.read_text(encoding="utf-8").splitlines())
    code = "; ".join(
        [
            *imports,
            "from cnnviz.data import mnist",
            "from cnnviz.training.runs import networks",
            "import json, sys",
        ]
    )
    code += "; networks.shipped(); mnist.digits_for_display(); print(json.dumps(list(sys.modules)))"
    command = [sys.executable, "-W", "ignore", "-c", code]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "torch" not in json.loads(answer.stdout)
