"""Shortcuts past the convolutions: ResNet adds, DenseNet concatenates."""

from cnnviz.models.catalogue.architecture import Architecture, Paper, Published

_SOURCE = "torchvision's weights IMAGENET1K_V1"
_RESNET_PAPER = Paper(
    "Deep Residual Learning for Image Recognition", "https://arxiv.org/abs/1512.03385"
)
_CIFAR_NOTE = (
    "The paper's own form for CIFAR (section 4.2) for one channel of 28 pixels, with 1×1 "
    "projections where a shortcut changes shape."
)
_DEEP_NOTE = (
    "An eighth of the width and a 3×3 stem of stride 2 without a pool; the last scale of each "
    "block starts at zero, so that it begins as the identity."
)
_RESNET_IDEA = (
    "A block learns what to add to its input, relu(F(x) + x), in place of a whole new output. The "
    "addition lets gradients flow past each block, so that a hundred layers still learn."
)
_RESNET_PROS = (
    "gradients reach the first layer through many others",
    "more depth keeps making it more accurate",
    "the usual backbone for other tasks",
)
_RESNET_CONS = (
    "shortcuts must be kept in memory until they are added",
    "late blocks often change little",
)
_RESNET_LECTURE = "relu(conv(x) + x): gradients flow through many layers."

ROWS = (
    Architecture(
        key="resnet8",
        title="ResNet-8",
        family="ResNet",
        year=2015,
        paper=_RESNET_PAPER,
        builder="cnnviz.models.architectures.resnet:resnet8",
        input_size=28,
        early="relu",
        middle="layer2",
        late="layer3",
        note=f"{_CIFAR_NOTE[:-1]}; one block a stage, which is shorter than any in the paper.",
        idea=_RESNET_IDEA,
        pros=_RESNET_PROS,
        cons=_RESNET_CONS,
        lecture=_RESNET_LECTURE,
    ),
    Architecture(
        key="resnet20",
        title="ResNet-20",
        family="ResNet",
        year=2015,
        paper=_RESNET_PAPER,
        builder="cnnviz.models.architectures.resnet:resnet20",
        input_size=28,
        early="relu",
        middle="layer2",
        late="layer3",
        note=_CIFAR_NOTE,
        idea=_RESNET_IDEA,
        pros=_RESNET_PROS,
        cons=_RESNET_CONS,
        lecture=_RESNET_LECTURE,
    ),
    Architecture(
        key="resnet18",
        title="ResNet-18",
        family="ResNet",
        year=2015,
        paper=_RESNET_PAPER,
        builder="cnnviz.models.architectures.resnet:resnet18",
        input_size=28,
        early="relu",
        middle="layer2",
        late="layer4",
        note="An eighth of the width and CIFAR's 3×3 stem without stride or pool.",
        idea=_RESNET_IDEA,
        pros=_RESNET_PROS,
        cons=_RESNET_CONS,
        lecture=_RESNET_LECTURE,
        published=Published(
            name="ResNet-18",
            builder="torchvision.models:resnet18",
            input_size=(3, 224, 224),
            early="relu",
            middle="layer1",
            late="layer4",
            top1=0.69758,
            source=_SOURCE,
        ),
    ),
    Architecture(
        key="resnet50",
        title="ResNet-50",
        family="ResNet",
        year=2015,
        paper=_RESNET_PAPER,
        builder="cnnviz.models.architectures.resnet:resnet50",
        input_size=28,
        early="relu",
        middle="layer2",
        late="layer3",
        fast={"epochs": 3},
        note=_DEEP_NOTE,
        idea=_RESNET_IDEA,
        pros=_RESNET_PROS,
        cons=_RESNET_CONS,
        lecture=_RESNET_LECTURE,
        published=Published(
            name="ResNet-50",
            builder="torchvision.models:resnet50",
            input_size=(3, 224, 224),
            early="relu",
            middle="layer1",
            late="layer4",
            top1=0.7613,
            source=_SOURCE,
        ),
    ),
    Architecture(
        key="resnet101",
        title="ResNet-101",
        family="ResNet",
        year=2015,
        paper=_RESNET_PAPER,
        builder="cnnviz.models.architectures.resnet:resnet101",
        input_size=28,
        early="relu",
        middle="layer2",
        late="layer3",
        fast={"epochs": 3},
        note=_DEEP_NOTE,
        idea=_RESNET_IDEA,
        pros=_RESNET_PROS,
        cons=_RESNET_CONS,
        lecture=_RESNET_LECTURE,
        published=Published(
            name="ResNet-101",
            builder="torchvision.models:resnet101",
            input_size=(3, 224, 224),
            early="relu",
            middle="layer1",
            late="layer4",
            top1=0.77374,
            source=_SOURCE,
        ),
    ),
    Architecture(
        key="resnet152",
        title="ResNet-152",
        family="ResNet",
        year=2015,
        paper=_RESNET_PAPER,
        builder="cnnviz.models.architectures.resnet:resnet152",
        input_size=28,
        early="relu",
        middle="layer2",
        late="layer3",
        fast={"epochs": 3},
        note=_DEEP_NOTE,
        idea=_RESNET_IDEA,
        pros=_RESNET_PROS,
        cons=_RESNET_CONS,
        lecture=_RESNET_LECTURE,
        published=Published(
            name="ResNet-152",
            builder="torchvision.models:resnet152",
            input_size=(3, 224, 224),
            early="relu",
            middle="layer1",
            late="layer4",
            top1=0.78312,
            source=_SOURCE,
        ),
    ),
    Architecture(
        key="densenet",
        title="DenseNet",
        family="DenseNet",
        year=2017,
        paper=Paper("Densely Connected Convolutional Networks", "https://arxiv.org/abs/1608.06993"),
        builder="cnnviz.models.architectures.densenet:densenet",
        input_size=28,
        early="features.relu0",
        middle="features.denseblock2",
        late="features.denseblock3",
        note=(
            "DenseNet-BC with the paper's CIFAR growth rate of 12, but three layers in each of its "
            "three blocks and a stem of stride 2."
        ),
        idea=(
            "Each layer of a block receives the outputs of all layers before it, concatenated, and "
            "adds a few channels of its own. Nothing has to be learned twice, and the loss reaches "
            "every layer by a short way."
        ),
        pros=("few weights for its accuracy", "early features stay available to late layers"),
        cons=(
            "concatenation keeps all maps in memory while it trains",
            "copying the maps together costs time that multiplications do not show",
        ),
        lecture="Each layer connected to every other.",
        published=Published(
            name="DenseNet-121",
            builder="torchvision.models:densenet121",
            input_size=(3, 224, 224),
            early="features.relu0",
            middle="features.denseblock1",
            late="features.denseblock4",
            top1=0.74434,
            source=_SOURCE,
        ),
    ),
)
