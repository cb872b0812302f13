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

ROOT = Path(__file__).parents[2]
DASHBOARD = str(ROOT / "dashboard.py")


@pytest.fixture
def warmed() -> None:
    warmup.start()
    assert warmup._warm_up().done.wait(60)


def shown(app: AppTest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the one view on the page was sent."""
    (view,) = app.get("bidi_component")
    return unpack(view.proto.bytes)


@pytest.mark.usefixtures("warmed")
def test_maps_and_bars_are_there_without_a_click() -> None:
    app = AppTest.from_file(DASHBOARD, default_timeout=60).run()
    assert not app.exception
    header, arrays = shown(app)
    assert header["answered"]
    assert [stage["layer"] for stage in header["stages"]] == ["", "relu1", "relu2", "pool2"]
    assert arrays["probabilities"].sum() == pytest.approx(1)


@pytest.mark.usefixtures("warmed")
def test_the_maps_are_those_of_the_shipped_network_on_a_real_test_digit() -> None:
    app = AppTest.from_file(DASHBOARD, default_timeout=60).run()
    header, arrays = shown(app)
    digits, network = load_digits("embedded"), networks.shipped()[0]
    index = mixed_index(digits, 1)
    expected = forward_pass(networks.load_network(network), digits.test_images[index])
    assert header["answer"]["truth"] == digits.test_labels[index]
    assert arrays["stage0"][0] * 255 == pytest.approx(digits.test_images[index, 0])
    for i, maps in enumerate(expected.maps, start=1):
        assert (arrays[f"stage{i}"] == maps.values).all()


@pytest.mark.usefixtures("warmed")
def test_what_is_installed_and_a_door_to_each_page() -> None:
    app = AppTest.from_file(DASHBOARD, default_timeout=60).run()
    text = " ".join(caption.value for caption in app.caption)
    assert str(load_digits()) in text
    for network in networks.networks("classify"):
        assert f"{network.title}: {network.accuracy:.2%} right" in text
    for network in networks.networks("detect"):
        assert f"{network.title}: F1 {network.accuracy:.2%}" in text
    assert "on the 10,000 test digits of MNIST" in text
    assert [link.proto.page for link in app.get("page_link")] == [
        *("train", "draw"),
        *("inside", "field", "convolution", "channels", "why", "embedding", "time", "photographs"),
        *("race", "compare", "report"),
        *("architecture", "ideas", "detect"),
    ]


def test_a_digit_is_there_before_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "ready", lambda: False)
    app = AppTest.from_file(DASHBOARD, default_timeout=60).run()
    assert not app.exception
    header, arrays = shown(app)
    assert not header["answered"]
    assert arrays["stage0"].max() > 0.5
    assert not {"stage1", "probabilities"} & set(arrays)
    assert any("PyTorch is loading" in caption.value for caption in app.caption)


@pytest.mark.usefixtures("warmed")
def test_without_shipped_networks_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "shipped", list)
    app = AppTest.from_file(DASHBOARD, default_timeout=60).run()
    assert not app.exception
    assert "Train one first" in app.info[0].value


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
