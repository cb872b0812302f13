"""What can be measured, and what is refused."""

import pytest

from cnnviz.benchmark.results.plan import Plan


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"models": ()}, "models must be at least one, got none"),
        ({"models": ("resnet9000",)}, "architecture must be one of .*, got 'resnet9000'"),
        ({"models": ("lenet5", "lenet5")}, "models must be distinct, got lenet5 twice"),
        ({"tricks_batch": 1}, "at least 2"),
        ({"batches": (0,)}, "batch size must be 1 to 1024, got 0"),
        ({"threads": (-1,)}, "number of threads must be 1 to 256, got -1"),
        (
            {"engines": ("tensorflow",)},
            "engine must be one of torch, compile, onnx, got 'tensorflow'",
        ),
        ({"device": "tpu"}, "device must be cpu or cuda, got 'tpu'"),
        ({"device": "cuda", "tricks": True}, "on the CPU only"),
        ({"seconds": 0.0}, "above 0"),
        (
            {"models": ("mnist_cnn",), "published": True},
            "network must have a published version, got MnistCNN, fully connected head: ",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Plan(**({"models": ("lenet5",)} | changes))  # type: ignore[arg-type]
