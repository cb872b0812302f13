"""Memory against sums done by hand, and against safetensors itself."""

import pytest
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from cnnviz.benchmark.timing.memory import (
    SavedBytes,
    activation_peak,
    peak_memory,
    saved_for_backward,
    weights_on_disk,
)
from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.copies import meta_copy

KIB = 1024
ROWS = {key: row for key, row in CATALOG.items() if key not in ("resnet101", "resnet152")}


def on_meta(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(*layers).to("meta").eval()


@pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_weights_on_disk_are_what_safetensors_writes(row: Architecture, dtype: torch.dtype) -> None:
    model = row.build()
    state = {
        name: (t.to(dtype) if t.is_floating_point() else t).contiguous()
        for name, t in model.state_dict().items()
    }
    assert weights_on_disk(model, dtype) == len(save(state))


# One example of 1 x 16 x 16 float32 is 1 KiB


def test_the_peak_of_a_chain_is_its_widest_layer_with_its_input() -> None:
    model = on_meta(nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 4, 3, padding=1), nn.Flatten())
    # input 1; input and first 9; then input, first and second: the caller holds the input
    assert activation_peak(model, (1, 16, 16)) == (1 + 8 + 4) * KIB


def test_what_has_been_used_is_free_again() -> None:
    steps = [nn.Conv2d(1, 1, 3, padding=1) for _ in range(6)]
    assert activation_peak(on_meta(*steps), (1, 16, 16)) == 3 * KIB


def test_work_in_place_takes_nothing() -> None:
    def model(inplace: bool) -> nn.Module:
        return on_meta(nn.Conv2d(1, 8, 1), nn.ReLU(inplace=inplace))

    assert activation_peak(model(True), (1, 16, 16)) == 9 * KIB
    assert activation_peak(model(False), (1, 16, 16)) == 17 * KIB


def test_a_shortcut_stays_alive_beside_its_branch() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.branch = nn.Conv2d(1, 4, 1), nn.Conv2d(4, 4, 1)

        def forward(self, x: Tensor) -> Tensor:
            shortcut = self.first(x)
            sum_: Tensor = self.branch(self.branch(shortcut)) + shortcut
            return sum_

    # input, shortcut, and two neighbors of the branch (or the branch's end and the sum)
    assert activation_peak(on_meta(Block()), (1, 16, 16)) == (1 + 4 + 4 + 4) * KIB


def test_real_numbers_and_shapes_alone_have_one_peak_memory() -> None:
    layers = nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()
    real = nn.Sequential(*layers).eval()
    x = torch.zeros(1, 1, 16, 16)
    with torch.no_grad():
        assert x.nbytes + peak_memory(lambda: real(x)) == activation_peak(
            on_meta(*layers), (1, 16, 16)
        )


def test_a_convolution_keeps_its_input_and_a_relu_its_output() -> None:
    model = on_meta(nn.Conv2d(1, 8, 1), nn.ReLU(), nn.Conv2d(8, 2, 1))
    # the first keeps the image (1), the ReLU its output (8), which is also the second's input
    assert saved_for_backward(model, (1, 16, 16)).image == 9 * KIB


def test_pooling_keeps_where_each_maximum_was() -> None:
    model = on_meta(nn.Conv2d(1, 4, 1), nn.MaxPool2d(2))
    # image 1; pooling's input 4; a quarter of its places as int64: 2 x 4 / 4
    assert saved_for_backward(model, (1, 16, 16)).image == (1 + 4 + 2) * KIB


def test_pooling_before_relu_keeps_less() -> None:
    def saved(*layers: nn.Module) -> int:
        return saved_for_backward(on_meta(nn.Conv2d(1, 4, 1), *layers), (1, 16, 16)).image

    assert saved(nn.ReLU(), nn.MaxPool2d(2)) == saved(nn.MaxPool2d(2), nn.ReLU()) - 1 * KIB


def test_a_step_with_a_checkpoint_peaks_lower_and_counts_the_backward_pass() -> None:
    blocks = [nn.Sequential(nn.Conv2d(4, 4, 1), nn.Tanh(), nn.Tanh(), nn.Tanh()) for _ in range(4)]
    x = torch.zeros(1, 4, 16, 16)

    def plain() -> None:
        y = x
        for block in blocks:
            y = block(y)
        y.sum().backward()

    def checkpointed() -> None:
        y = x
        for block in blocks:
            y = checkpoint(block, y, use_reentrant=False)
        y.sum().backward()

    assert peak_memory(plain) >= 12 * 4 * KIB  # each tanh keeps its output
    assert peak_memory(checkpointed) < peak_memory(plain)


def test_a_batch_norm_keeps_its_statistics_once() -> None:
    saved = saved_for_backward(on_meta(nn.Conv2d(1, 8, 1), nn.BatchNorm2d(8)), (1, 16, 16))
    # image 1, the input of the norm 8; mean and deviation of 8 channels
    assert saved == SavedBytes(9 * KIB, 2 * 8 * 4)


def test_attention_never_holds_tokens_by_tokens() -> None:
    class Attention(nn.Module):
        def forward(self, x: Tensor) -> Tensor:  # (N, 1, 64, 8): one head, 64 tokens
            attended: Tensor = F.scaled_dot_product_attention(x, x, x)
            return attended

    # input and answer, 2 KiB each, and the logarithm of each token's sum
    assert activation_peak(Attention(), (1, 64, 8)) == 4 * KIB + 64 * 4


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_bytes_are_those_of_a_real_pass_on_the_processor(row: Architecture) -> None:
    size = (1, row.input_size, row.input_size)
    real, shapes = row.build().eval(), meta_copy(row.build()).eval()
    x = torch.zeros(3, *size)
    with torch.no_grad():
        one = x[:1].clone()
        assert activation_peak(shapes, size) == one.nbytes + peak_memory(lambda: real(one))

    kept: dict[int, int] = {}
    own = {t.data_ptr() for t in (*real.parameters(), *real.buffers())}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if tensor.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    images = torch.zeros(5, *size)
    real.train().requires_grad_(True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        answer = real(images)
    del answer
    saved = saved_for_backward(shapes, size)
    assert saved.once + 5 * saved.image == sum(kept.values())


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_row_can_be_asked(row: Architecture) -> None:
    size = (1, row.input_size, row.input_size)
    with torch.device("meta"):
        model = row.build().eval()
    held = activation_peak(model, size)
    assert held >= 4 * row.input_size**2
    assert saved_for_backward(model, size).image > held / 4
