"""What the figures of the ideas show in one sentence, worked out by hand."""

import pytest

from cnnviz.models.structure.convolution.arithmetic import Convolution
from cnnviz.models.structure.convolution.blocks import dense_block
from cnnviz.ui.ideas import findings


def layer(kernel: int, **arguments: int | str) -> Convolution:
    return Convolution(1, 1, kernel, bias=False, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("convolution", "size", "expected"),
    [
        (
            layer(3),
            7,
            "A 3×3 kernel fits into the 7×7 input at **5×5 positions**, so the output has 25 "
            "values, each computed from 9 pixels: 225 multiplications.",
        ),
        (
            layer(3, padding="same", dilation=2),
            7,
            "A 3×3 kernel, spread over 5×5 pixels, fits into the padded 11×11 input at **7×7 "
            "positions**, so the output has 49 values, each computed from 9 pixels: 441 "
            "multiplications.",
        ),
        (
            layer(2, stride=3),
            6,
            "A 2×2 kernel fits into the 6×6 input at **2×2 positions**, so the output has 4 "
            "values, each computed from 4 pixels: 16 multiplications. 2 rows and as many columns "
            "are never read.",
        ),
        (
            layer(7),
            7,
            "A 7×7 kernel fits into the 7×7 input at **1×1 positions**, so the output has 1 value, "
            "each computed from 49 pixels: 49 multiplications.",
        ),
    ],
)
def test_positions_of_a_kernel_are_counted(
    convolution: Convolution, size: int, expected: str
) -> None:
    assert findings.arithmetic_finding(convolution, size) == expected


def test_a_reduction_that_does_not_pay_is_not_called_a_saving() -> None:
    assert findings.bottleneck_finding(512, 64, 4_000_000, 1_000_000) == (
        "Reduced from 512 to 64 channels by a 1×1 convolution before it, and widened to 512 by "
        "another after it, a 3×3 convolution takes 1 million multiplications (MACs) instead of 4 "
        "million, all three counted: **4.0 times fewer**."
    )
    wide = findings.bottleneck_finding(64, 512, 1_000_000, 5_000_000)
    assert wide.startswith("Widened from 64 to 512 channels")
    assert "and reduced to 64 by another" in wide
    assert wide.endswith("instead of 1 million, all three counted: **5.0 times as many**.")
    lecture = findings.bottleneck_finding(512, 64, 2_415_919_104, 104_857_600)
    assert "takes 105 million multiplications (MACs) instead of 2,420 million, all" in lecture
    assert "takes 9,216 multiplications" in findings.bottleneck_finding(4, 2, 36_864, 9_216)
    assert "**2.5 times fewer**" in findings.inception_finding(500, 200)
    assert "**1.2 times as many**" in findings.inception_finding(500, 600)


def test_gradients_with_shortcuts_may_be_larger_smaller_or_all_that_is_left() -> None:
    assert findings.residual_finding(1e-6, 0.5, 32) == (
        "With 32 layers, the gradient norm at the first layer, which says how strongly that layer "
        "is still corrected, is 1.0 × 10⁻⁶ without shortcuts and 0.5 with them: **500,000 times "
        "larger**."
    )
    assert "**about 5.0 × 10¹⁹ times larger**" in findings.residual_finding(1e-20, 0.5, 64)
    assert findings.residual_finding(4.5e-15, 15, 32).endswith(
        "4.5 × 10⁻¹⁵ without shortcuts and 15 with them: **about 3.3 × 10¹⁵ times larger**."
    )
    assert "**4.0 times smaller**" in findings.residual_finding(2.0, 0.5, 8)
    assert findings.residual_finding(0.0, 0.5, 64).endswith(
        "is exactly zero without shortcuts and 0.5 with them."
    )


def test_a_line_without_points_says_so() -> None:
    depths = (16, 48, 64)
    assert findings.vanished_finding("residual", depths, (0.1, 0.2, 0.3)) == ""
    assert findings.vanished_finding("plain", depths, (1e-9, 1e-20, 0.0)).startswith(
        "The line “plain” has no point at 64 layers: there the gradient is exactly zero"
    )
    assert "at 48 and 64 layers" in findings.vanished_finding("plain", depths, (1e-9, 0.0, 0.0))


def test_a_dense_layer_receives_all_channels_before_it() -> None:
    text = findings.dense_finding(dense_block(24, 12, 4), 100_000, 250_000)
    assert text == (
        "Layer 4 receives 60 channels and adds only 12: the block has **100 k parameters**, a "
        "plain stack as wide as its end 250 k."
    )


@pytest.mark.parametrize(
    ("time", "end"),
    [
        (0.5, ", but **2.0 times as long** on this machine."),
        (3.0, ", but are only **3.0 times as fast** on this machine."),
        (9.0, " and are **9.0 times as fast** on this machine."),
    ],
)
def test_the_measured_time_may_contradict_the_counted_operations(time: float, end: str) -> None:
    saved = "The two layers take **8.4 times fewer MACs**"
    assert findings.depthwise_finding(8.4, time) == f"{saved}{end}"


def test_the_extremes_are_those_that_were_measured() -> None:
    text = findings.activations_finding({"relu": 0.5, "tanh": 0.25, "sigmoid": 1e-3}, 8)
    assert "with **relu** (0.5) and least with **sigmoid** (0.001), 500 times as much" in text
    assert "most of the gradient reaches the first layer with **tanh**" in (
        findings.activations_finding({"relu": 0.1, "tanh": 0.25, "sigmoid": 0.0}, 3)
    )
    seen = {"CNN": [0.01, 0.1, 0.5], "ViT": [1.0, 1.0, 1.0]}
    assert findings.attention_finding(seen) == (
        "Already in the early layer one unit of **ViT** sees 100.0% of the image, one of **CNN** "
        "only 1.0%; in the late layer it is 50.0%."
    )
    assert findings.attention_finding({"CNN": seen["CNN"]}) == (
        "In the early layer one unit of CNN sees 1.0% of the image, in the late layer 50.0%."
    )
    assert "**1.82 times the MACs** of EfficientNet-B0 and has 1.50 times" in (
        findings.scaling_finding(1.1, 1.2, 240, macs=1.82, parameters=1.5)
    )
