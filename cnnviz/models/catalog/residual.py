"""Shortcuts around the convolutions: ResNet adds, DenseNet concatenates."""

from dataclasses import replace

from cnnviz.models.catalog.row import Architecture, Paper, from_torchvision

_CIFAR_NOTE = (
    "The paper's own form for CIFAR (section 4.2) for one channel of 28 pixels, with 1×1 "
    "projections where a shortcut changes shape."
)
_DEEP_NOTE = (
    "An eighth of the width and a 3×3 stem of stride 2 without a pool; the last scale of each "
    "block starts at zero, so that the block starts as the identity."
)

_RESNET = Architecture(
    key="resnet20",
    title="ResNet-20",
    family="ResNet",
    year=2015,
    paper=Paper("Deep Residual Learning for Image Recognition", "https://arxiv.org/abs/1512.03385"),
    builder="cnnviz.models.architectures.resnet:resnet20",
    early="relu",
    middle="layer2",
    late="layer3",
    note=_CIFAR_NOTE,
    idea=(
        "A block learns what to add to its input, relu(F(x) + x), in place of a whole new output. "
        "The addition lets gradients flow past each block, so that networks of a hundred layers "
        "still learn."
    ),
    pros=(
        "gradients reach the first layer through many others",
        "accuracy keeps growing with depth",
        "the usual backbone for other tasks",
    ),
    cons=(
        "shortcuts must be kept in memory until they are added",
        "late blocks often change little",
    ),
    lecture="relu(conv(x) + x): gradients flow through many layers.",
)
_PUBLISHED_LAYERS = ("relu", "layer1", "layer4")


def _deep_resnet(depth: int, top1: float) -> Architecture:
    """Return the row of a ResNet with bottleneck blocks."""
    name = f"resnet{depth}"
    return replace(
        _RESNET,
        key=name,
        title=f"ResNet-{depth}",
        builder=f"cnnviz.models.architectures.resnet:{name}",
        fast={"epochs": 3},
        note=_DEEP_NOTE,
        published=from_torchvision(f"ResNet-{depth}", name, top1, _PUBLISHED_LAYERS),
    )


ROWS = (
    replace(
        _RESNET,
        key="resnet8",
        title="ResNet-8",
        builder="cnnviz.models.architectures.resnet:resnet8",
        note=f"{_CIFAR_NOTE[:-1]}; one block a stage, which is shorter than any in the paper.",
    ),
    _RESNET,
    replace(
        _RESNET,
        key="resnet18",
        title="ResNet-18",
        builder="cnnviz.models.architectures.resnet:resnet18",
        late="layer4",
        note="An eighth of the width and CIFAR's 3×3 stem without stride or pool.",
        published=from_torchvision("ResNet-18", "resnet18", 0.69758, _PUBLISHED_LAYERS),
    ),
    _deep_resnet(50, 0.7613),
    _deep_resnet(101, 0.77374),
    _deep_resnet(152, 0.78312),
    Architecture(
        key="densenet",
        title="DenseNet",
        family="DenseNet",
        year=2017,
        paper=Paper("Densely Connected Convolutional Networks", "https://arxiv.org/abs/1608.06993"),
        builder="cnnviz.models.architectures.densenet:densenet",
        early="features.relu0",
        middle="features.denseblock2",
        late="features.denseblock3",
        note=(
            "DenseNet-BC with the paper's CIFAR growth rate of 12, but three layers in each of its "
            "three blocks and a stem of stride 2."
        ),
        idea=(
            "Each layer of a block receives the outputs of all layers before it, concatenated, and "
            "adds a few channels of its own. No feature has to be learned twice, and the gradient "
            "of the loss reaches every layer by a short path."
        ),
        pros=("few weights for its accuracy", "early features stay available to late layers"),
        cons=(
            "concatenation keeps all feature maps in memory during training",
            "copying feature maps takes time that a count of MACs does not show",
        ),
        lecture="Each layer connected to every other.",
        published=from_torchvision(
            "DenseNet-121",
            "densenet121",
            0.74434,
            ("features.relu0", "features.denseblock1", "features.denseblock4"),
        ),
    ),
)
