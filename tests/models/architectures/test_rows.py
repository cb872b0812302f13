"""Every network of the catalog that classifies, against counts and metadata of other hands."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.data.mnist import load_digits
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.feature_maps import as_maps
from cnnviz.models.hooks import recording
from cnnviz.training.runs import checkpoint

MOST_BYTES = 4_000_000  # of a file of weights

Size = tuple[int, int, int]


def convolution(channels: int, width: int, kernel: int) -> int:
    """Count a convolution without bias and its batch normalization."""
    return kernel**2 * channels * width + 2 * width


def vgg(widths: list[int]) -> int:
    """Count 3x3 convolutions with bias and batch normalization, and ten linear units."""
    pairs = zip([1, *widths], widths, strict=False)
    return sum(9 * i * o + 3 * o for i, o in pairs) + 10 * widths[-1] + 10


def basic_block(channels: int, width: int) -> int:
    shortcut = convolution(channels, width, 1) if channels != width else 0
    return convolution(channels, width, 3) + convolution(width, width, 3) + shortcut


def inverted(channels: int, width: int, kernel: int, expansion: int = 6) -> int:
    """Count an inverted residual whose gate reduces to a quarter of the block's input."""
    inner, reduced = channels * expansion, channels // 4
    expand = convolution(channels, inner, 1) if expansion > 1 else 0
    depthwise = convolution(1, inner, kernel)
    gate = inner * reduced + reduced + reduced * inner + inner
    return expand + depthwise + gate + convolution(inner, width, 1)


# parameters, then channels and sides of the early, the middle and the late layer's maps
STATED: dict[str, tuple[int, Size, Size, Size]] = {
    "mnist_cnn": (421_642, (32, 28, 28), (64, 14, 14), (64, 7, 7)),
    "mnist_fcn": (93_962, (32, 28, 28), (64, 14, 14), (128, 5, 5)),
    "sprint_cnn": (33_802, (16, 14, 14), (32, 12, 12), (64, 4, 4)),
    "lenet5": (61_706, (6, 28, 28), (16, 10, 10), (120, 1, 1)),
    "alexnet": (287_674, (16, 28, 28), (48, 13, 13), (64, 6, 6)),
    "vgg11": (vgg([8, 16, 32, 32, 64, 64, 64, 64]), (8, 32, 32), (32, 8, 8), (64, 4, 4)),
    "vgg16": (
        vgg([8, 8, 16, 16, 32, 32, 32, *[64] * 6]),
        (8, 32, 32),
        (32, 8, 8),
        (64, 4, 4),
    ),
    # the next was counted on another implementation, as were ResNet-50 and deeper
    "googlenet": (97_386, (8, 28, 28), (60, 14, 14), (128, 4, 4)),
    "resnet8": (
        convolution(1, 16, 3)
        + basic_block(16, 16)
        + basic_block(16, 32)
        + basic_block(32, 64)
        + 650,
        (16, 28, 28),
        (32, 14, 14),
        (64, 7, 7),
    ),
    "resnet20": (
        convolution(1, 16, 3)
        + 3 * basic_block(16, 16)
        + basic_block(16, 32)
        + 2 * basic_block(32, 32)
        + basic_block(32, 64)
        + 2 * basic_block(64, 64)
        + 650,
        (16, 28, 28),
        (32, 14, 14),
        (64, 7, 7),
    ),
    "resnet18": (
        convolution(1, 8, 3)
        + 2 * basic_block(8, 8)
        + sum(basic_block(c, 2 * c) + basic_block(2 * c, 2 * c) for c in (8, 16, 32))
        + 650,
        (8, 28, 28),
        (16, 14, 14),
        (64, 4, 4),
    ),
    "resnet50": (375_618, (8, 14, 14), (64, 7, 7), (128, 4, 4)),
    "resnet101": (678_082, (8, 14, 14), (64, 7, 7), (128, 4, 4)),
    "resnet152": (927_554, (8, 14, 14), (64, 7, 7), (128, 4, 4)),
    "densenet": (71_302, (24, 14, 14), (66, 7, 7), (69, 3, 3)),
    "mobilenet_v1": (
        convolution(1, 8, 3)
        + sum(
            convolution(1, i, 3) + convolution(i, o, 1)
            for i, o in (
                *[(8, 16), (16, 32), (32, 32), (32, 64), (64, 64), (64, 128)],
                *[(128, 128)] * 5,
                *[(128, 256), (256, 256)],
            )
        )
        + 2_570,
        (8, 28, 28),
        (64, 7, 7),
        (128, 4, 4),
    ),
    # torchvision's and timm's own, less the stem's kernels for green and blue
    "mobilenet_v2": (408_938 - 2 * 9 * 16, (16, 28, 28), (16, 7, 7), (32, 4, 4)),
    "mobilenet_v3": (578_474 - 2 * 9 * 16, (16, 28, 28), (16, 7, 7), (24, 4, 4)),
    "efficientnet": (
        convolution(1, 8, 3)
        + inverted(8, 8, 3, expansion=1)
        + inverted(8, 8, 3)
        + inverted(8, 16, 5)
        + inverted(16, 24, 3)
        + inverted(24, 32, 5)
        + inverted(32, 48, 5)
        + inverted(48, 80, 3)
        + convolution(80, 304, 1)
        + 304 * 10
        + 10,
        (8, 28, 28),
        (16, 7, 7),
        (32, 4, 4),
    ),
    # counted by hand in test_attention_rows.py, LeViT on another implementation
    "vit": (205_962, (64, 7, 7), (64, 7, 7), (64, 7, 7)),
    "swin": (95_510, (32, 14, 14), (32, 14, 14), (64, 7, 7)),
    "mixer": (221_232, (64, 7, 7), (64, 7, 7), (64, 7, 7)),
    "convit": (204_846, (64, 7, 7), (64, 7, 7), (64, 7, 7)),
    "crossvit": (218_324, (32, 7, 7), (64, 4, 4), (32, 7, 7)),
    "t2t_vit": (152_588, (16, 14, 14), (16, 7, 7), (64, 7, 7)),
    "levit": (179_490, (32, 7, 7), (32, 7, 7), (48, 4, 4)),
}

ROWS = [row for row in CATALOG.values() if row.task == "classify"]

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)


def batch(row: Architecture, count: int = 16) -> tuple[Tensor, Tensor]:
    """Return digits as the row's network receives them, and their classes."""
    digits = load_digits("embedded")
    pixels = torch.from_numpy(digits.train_images[::250][:count])
    labels = torch.from_numpy(digits.train_labels[::250][:count])
    return normalize(to_unit_range(pixels), size=row.input_size), labels


def built(row: Architecture) -> nn.Module:
    torch.manual_seed(0)
    return row.build()


# At the scale of digits


def test_every_network_is_stated() -> None:
    assert {row.key for row in ROWS} == set(STATED)


@pytest.mark.parametrize("key", STATED)
def test_a_network_has_as_many_parameters_as_another_hand_counts(key: str) -> None:
    assert sum(p.numel() for p in CATALOG[key].build().parameters()) == STATED[key][0]


@pytest.mark.parametrize("key", STATED)
def test_early_middle_and_late_are_different_maps_of_the_stated_shapes(key: str) -> None:
    row = CATALOG[key]
    names = (row.early, row.middle, row.late)
    model, (x, labels) = built(row), batch(row)
    F.cross_entropy(model(x), labels).backward()
    torch.optim.SGD(model.parameters(), lr=0.1).step()  # LeViT's blocks start as identities
    model.eval()
    with torch.no_grad(), recording(model, names) as outputs:
        model(batch(row, 2)[0])
    maps = [as_maps(outputs[name], nhwc=row.nhwc) for name in names]
    assert tuple(tuple(m.shape[1:]) for m in maps) == STATED[key][1:]
    assert not any(
        a.shape == b.shape and torch.equal(a, b)
        for a, b in ((maps[0], maps[1]), (maps[1], maps[2]), (maps[0], maps[2]))
    )


@every_row
def test_one_step_against_the_gradient_lowers_the_loss(row: Architecture) -> None:
    model, (x, labels) = built(row).train(), batch(row)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    before = F.cross_entropy(model(x), labels)
    before.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    optimizer.step()
    assert F.cross_entropy(model(x), labels) < before


@every_row
def test_weights_come_back_from_a_file_bit_for_bit(row: Architecture, tmp_path: Path) -> None:
    model, x = built(row), batch(row)[0]
    model(x)  # moves the running averages of a normalization
    path = tmp_path / "weights.safetensors"
    checkpoint.save_checkpoint(path, model.state_dict(), {"architecture": row.key})
    assert path.stat().st_size < MOST_BYTES
    again = row.build()
    again.load_state_dict(checkpoint.load_checkpoint(path)[0])
    pairs = zip(model.state_dict().items(), again.state_dict().items(), strict=True)
    assert all(a[0] == b[0] and torch.equal(a[1], b[1]) for a, b in pairs)
    with torch.no_grad():
        assert torch.equal(model.eval()(x), again.eval()(x))


@every_row
def test_recording_changes_no_answer(row: Architecture) -> None:
    model, x = built(row).eval(), batch(row, 2)[0]
    with torch.no_grad():
        plain = model(x)
        with recording(model, [row.early, row.middle, row.late]):
            assert torch.equal(model(x), plain)


@every_row
def test_no_layer_rewrites_what_another_has_put_out(row: Architecture) -> None:
    model = built(row).eval()
    seen: list[tuple[str, Tensor, Tensor]] = []
    for name, module in model.named_modules():
        module.register_forward_hook(
            lambda _m, _x, y, name=name: (
                seen.append((name, y, y.clone())) if isinstance(y, Tensor) else None
            )
        )
    with torch.no_grad():
        model(batch(row, 2)[0])
    assert [name for name, now, then in seen if not torch.equal(now, then)] == []
    assert not any(getattr(module, "inplace", False) for module in model.modules())


# As published


@every_row
def test_a_row_tells_what_a_page_needs(row: Architecture) -> None:
    assert row.idea.count(". ") == 1
    assert row.idea.endswith(".")
    assert row.lecture.endswith(".")
    assert row.pros
    assert row.cons
    assert not any(phrase.endswith(".") for phrase in (*row.pros, *row.cons))
    if row.published:
        assert (row.published.top1 is None) == (row.published.source == "")
