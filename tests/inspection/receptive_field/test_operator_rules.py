"""The rule of each operation, against the NaN probe."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.inspection.receptive_field.fields import (
    receptive_fields,
)
from tests.inspection.receptive_field.nan_probe import probe


class Lambda(nn.Module):
    """A layer, and the operation before it."""

    def __init__(self, before: object, channels: int, kernel: int = 3) -> None:
        super().__init__()
        self.before = before
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.last = nn.Conv2d(channels, 2, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.before(self.stem(x)))  # type: ignore[operator, no-any-return]


def split(x: Tensor) -> Tensor:
    """Keep half of the channels, shift the others: they must not see through each other."""
    left, right = x.chunk(2, dim=1)
    return F.channel_shuffle(torch.cat([left, right.roll(3, dims=2)], dim=1), 2)[:, ::2]


def attend(x: Tensor) -> Tensor:
    """Attend along rows only, which leaves the rows apart."""
    q = x.permute(0, 2, 3, 1)  # (N, H, W, C)
    return F.scaled_dot_product_attention(q, q, q).permute(0, 3, 1, 2)


def write(x: Tensor) -> Tensor:
    """Overwrite a tensor as a whole."""
    return torch.zeros_like(x).copy_(x.flip(2))


def shift(x: Tensor) -> Tensor:
    """Shift the rows by one, and one column by two."""
    y = x * 1
    y[:, :, 1:] = x[:, :, :-1]
    y[:, :, 2:, 3:4] += x[:, :, :-2, 3:4]
    return y


PLACES = torch.tensor([7, 2, 4])

OPERATIONS = {
    "transposed": (nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1), 3),
    "grouped transposed": (nn.ConvTranspose2d(4, 4, 2, stride=2, groups=2), 4),
    "nearest": (nn.Upsample(scale_factor=2), 4),
    "nearest, smaller": (nn.Upsample(size=(5, 7)), 4),
    "nearest-exact": (nn.Upsample(size=(7, 5), mode="nearest-exact"), 4),
    "bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), 4),
    "bilinear, corners": (nn.Upsample(size=(17, 9), mode="bilinear", align_corners=True), 4),
    "bicubic": (nn.Upsample(size=(18, 7), mode="bicubic"), 4),
    "adaptive": (nn.AdaptiveAvgPool2d((5, 7)), 4),
    "adaptive max": (nn.AdaptiveMaxPool2d((12, 5)), 4),
    "reflected": (nn.ReflectionPad2d((2, 1, 0, 3)), 4),
    "replicated": (nn.ReplicationPad2d(2), 4),
    "circular": (nn.CircularPad2d(1), 4),
    "pixel shuffle": (nn.PixelShuffle(2), 1),
    "pixel unshuffle": (nn.PixelUnshuffle(2), 16),
    "unfold": (lambda x: F.unfold(x, 3, padding=1, stride=2).unflatten(2, (6, 6)), 36),
    "windows": (lambda x: x.unfold(2, 4, 2).amax(dim=-1), 4),
    "shifted windows": (lambda x: x.roll((2, -3), dims=(2, 3)), 4),
    "grouped": (nn.Conv2d(4, 4, 3, groups=2, stride=2), 4),
    "split": (split, 2),
    "strips": (lambda x: x * x.mean(dim=3, keepdim=True).sigmoid(), 4),
    "squeeze": (lambda x: x * x.mean(dim=(2, 3), keepdim=True).sigmoid(), 4),
    "instance norm": (nn.InstanceNorm2d(4), 4),
    "group norm": (nn.GroupNorm(2, 4), 4),
    "channel norm": (lambda x: F.layer_norm(x.movedim(1, 3), (4,)).movedim(3, 1), 4),
    "rows attend": (attend, 4),
    "rows mixed": (lambda x: torch.einsum("nchw,hk->nckw", x, torch.ones(12, 6)), 4),
    "stack": (lambda x: torch.stack([x, x.transpose(2, 3)]).sum(dim=0), 4),
    "unbind": (lambda x: torch.stack(x.unbind(dim=2)[::2], dim=2), 4),
    "list": (lambda x: x[:, :, PLACES], 4),
    "overwritten in part": (shift, 4),
    "flip": (lambda x: x.flip(3), 4),
    "overwritten": (write, 4),
    "tiled": (lambda x: x.repeat(1, 1, 2, 1), 4),
    "largest": (lambda x: x.max(dim=1, keepdim=True).values, 1),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_rule_says_what_the_nan_probe_finds(name: str) -> None:
    before, channels = OPERATIONS[name]
    torch.manual_seed(0)
    model = Lambda(before, channels).eval()
    found = receptive_fields(model, (1, 12, 12), gates=True)
    expected = probe(model, (1, 12, 12), ["last"], channels_last=False)
    np.testing.assert_array_equal(found["last"].boxes[""], expected["last"])


def test_an_operation_without_a_rule_is_named_and_everything_assumed() -> None:
    model = Lambda(lambda x: torch.linalg.inv(x), 4).eval()
    with pytest.warns(UserWarning, match="no rule for linalg_inv"):
        field = receptive_fields(model, (1, 12, 12))["last"]
    assert field.sees_everything
    assert field.theoretical is None


def test_writing_a_row_into_a_tensor_is_named_and_its_hull_assumed() -> None:
    def shifted(x: Tensor) -> Tensor:
        y = torch.zeros_like(x)
        y[:, :, 1] = x[:, :, 0]
        return y

    with pytest.warns(UserWarning, match="writing into a part"):
        field = receptive_fields(Lambda(shifted, 4).eval(), (1, 12, 12))["last"]
    assert field.boxes[""][1, 6].tolist() == [0, 0, 1, 11]  # rows 0 and 1 were written
