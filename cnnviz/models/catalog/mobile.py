"""Few MACs, for phones: MobileNet's three versions and EfficientNet."""

from cnnviz.models.catalog.row import (
    Architecture,
    Paper,
    Published,
    from_torchvision,
)

_PRECISION = "float32"  # on a processor depthwise layers take up to twice as long in bfloat16
_LECTURE = "Depthwise convolution + 1×1 convolution."

ROWS = (
    Architecture(
        key="mobilenet_v1",
        title="MobileNet v1",
        family="MobileNet",
        year=2017,
        paper=Paper(
            "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications",
            "https://arxiv.org/abs/1704.04861",
        ),
        builder="cnnviz.models.architectures.mobilenet:mobilenet_v1",
        early="stem",
        middle="blocks.4",
        late="blocks.10",
        learning_rate=1e-2,
        fast={"epochs": 3, "learning_rate": 1e-2, "precision": _PRECISION},
        note=(
            "The paper's width multiplier at 0.25, with stride 1 in place of 2 in the first "
            "convolution."
        ),
        idea=(
            "A full convolution mixes space and channels at once; here a depthwise convolution "
            "filters each channel by itself and a 1×1 convolution mixes them. For 3×3 kernels "
            "that takes eight to nine times fewer MACs."
        ),
        pros=(
            "eight to nine times fewer MACs than full 3×3 convolutions",
            "one multiplier trades width for speed",
        ),
        cons=(
            "depthwise layers are limited by memory bandwidth, so it gains less time than MACs",
            "needs a higher learning rate than full convolutions",
        ),
        lecture=_LECTURE,
        published=Published(
            name="MobileNet 1.0",
            builder="timm.models:mobilenetv1_100",
            early="bn1",
            middle="blocks.1",
            late="blocks.4",
            top1=0.75388,
            source=(
                "timm's results-imagenet.csv, mobilenetv1_100 with the ra4 recipe; the paper "
                "itself reports 70.6%"
            ),
        ),
    ),
    Architecture(
        key="mobilenet_v2",
        title="MobileNet v2",
        family="MobileNet",
        year=2018,
        paper=Paper(
            "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
            "https://arxiv.org/abs/1801.04381",
        ),
        builder="cnnviz.models.architectures.mobilenet:mobilenet_v2",
        early="features.0",
        middle="features.6",
        late="features.13",
        learning_rate=4e-3,
        fast={"epochs": 4, "precision": _PRECISION},
        has_dropout=True,
        note=(
            "The paper's width multiplier at 0.35, with stride 1 in place of 2 in the first "
            "convolution; dropout is off unless you turn it on."
        ),
        idea=(
            "An inverted residual block widens its few channels, filters them depthwise, and "
            "narrows them again; the shortcut connects the narrow ends. The narrow end has no "
            "ReLU, which would lose information where there are few channels."
        ),
        pros=(
            "half the MACs of version 1 at a higher accuracy",
            "little memory between blocks",
        ),
        cons=("slow for its MACs without a tuned kernel", "deep and narrow"),
        lecture=_LECTURE,
        published=from_torchvision(
            "MobileNetV2 1.0",
            "mobilenet_v2",
            0.71878,
            ("features.0", "features.3", "features.18"),
        ),
    ),
    Architecture(
        key="mobilenet_v3",
        title="MobileNet v3 Small",
        family="MobileNet",
        year=2019,
        paper=Paper("Searching for MobileNetV3", "https://arxiv.org/abs/1905.02244"),
        builder="cnnviz.models.architectures.mobilenet:mobilenet_v3",
        early="bn1",
        middle="blocks.1",
        late="blocks.3",
        learning_rate=4e-3,
        fast={"epochs": 3, "learning_rate": 8e-3, "precision": _PRECISION},
        note=(
            "timm's Small at width multiplier 0.5, with stride 1 in place of 2 in the first "
            "convolution and batch-norm momentum 0.1, which suits short trainings."
        ),
        idea=(
            "A search over blocks, guided by the time on a phone, chose kernels and widths. "
            "Squeeze-and-excitation weights the channels by what the whole image contains, and "
            "hard-swish replaces ReLU where it pays."
        ),
        pros=("fewest MACs of the three versions", "chosen by measured time"),
        cons=(
            "found by a search, so no simple rule explains its widths",
            "fitted to one kind of processor",
        ),
        lecture=_LECTURE,
        published=from_torchvision(
            "MobileNetV3-Small 1.0",
            "mobilenet_v3_small",
            0.67668,
            ("features.0", "features.1", "features.12"),
        ),
    ),
    Architecture(
        key="efficientnet",
        title="EfficientNet",
        family="EfficientNet",
        year=2019,
        paper=Paper(
            "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
            "https://arxiv.org/abs/1905.11946",
        ),
        builder="cnnviz.models.architectures.efficientnet:efficientnet",
        early="bn1",
        middle="blocks.2",
        late="blocks.4",
        learning_rate=4e-3,
        fast={"epochs": 4, "precision": _PRECISION},
        note=(
            "B0 scaled down by the paper's own rule with coefficient -15: 28 pixels, 0.24 of the "
            "width, one block a stage; the first convolution has stride 1 in place of 2."
        ),
        idea=(
            "Width, depth and resolution gain little when one grows alone. One coefficient scales "
            "the three together, from B0, a small network that a search found, up to B7."
        ),
        pros=(
            "accurate for its weights and MACs",
            "one number defines the whole family, B0 to B7",
        ),
        cons=(
            "depthwise layers and gates are limited by memory bandwidth",
            "training needs much memory for its activations",
        ),
        lecture="Scales width, depth and resolution together.",
        published=from_torchvision(
            "EfficientNet-B0",
            "efficientnet_b0",
            0.77692,
            ("features.0", "features.2", "features.8"),
            more=", ported from timm",
        ),
    ),
)
