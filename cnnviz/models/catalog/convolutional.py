"""Convolutions stacked and side by side: AlexNet, VGG, GoogLeNet."""

from dataclasses import replace

from cnnviz.models.catalog.row import (
    Architecture,
    Paper,
    Published,
    from_torchvision,
)

_VGG16 = Architecture(
    key="vgg16",
    title="VGG-16",
    family="VGG",
    year=2014,
    paper=Paper(
        "Very Deep Convolutional Networks for Large-Scale Image Recognition",
        "https://arxiv.org/abs/1409.1556",
    ),
    builder="cnnviz.models.architectures.vgg:vgg16",
    input_size=32,
    early="relu1_2",
    middle="relu3_3",
    late="relu4_3",
    note=(
        "An eighth of the width, batch normalization after each convolution, and one linear layer "
        "in place of three, as is usual for CIFAR's 32 pixels."
    ),
    idea=(
        "Two 3×3 convolutions see as much as one 5×5, with fewer weights and one more "
        "nonlinearity. So VGG stacks nothing but 3×3 filters and doubles the channels whenever a "
        "pooling layer halves the maps."
    ),
    pros=(
        "one simple rule from first layer to last",
        "its features transfer well to other tasks",
    ),
    cons=(
        "most of its weights are in the first linear layer",
        "many MACs for its accuracy",
        "hard to train deeper without normalization or shortcuts",
    ),
    lecture="Small 3×3 filters.",
    published=from_torchvision(
        "VGG-16", "vgg16", 0.71592, ("features.3", "features.15", "features.30")
    ),
)

ROWS = (
    Architecture(
        key="alexnet",
        title="AlexNet",
        family="AlexNet",
        year=2012,
        paper=Paper(
            "ImageNet Classification with Deep Convolutional Neural Networks",
            "https://papers.nips.cc/paper/4824",
        ),
        builder="cnnviz.models.architectures.alexnet:alexnet",
        early="relu1",
        middle="relu2",
        late="relu5",
        has_dropout=True,
        note=(
            "A quarter of torchvision's width, a 5×5 first convolution with stride 1 in place of "
            "11×11 with stride 4, and dropout is off unless you turn it on."
        ),
        idea=(
            "A large convolutional network learns its features from raw pixels, given enough "
            "images and computing power. ReLU speeds up learning, and dropout reduces overfitting."
        ),
        pros=("ReLU trains several times faster than tanh", "few layers, easy to follow"),
        cons=(
            "most of its weights are in the linear layers",
            "its large first kernels and strides skip fine detail",
            "less accurate than its successors, with many more weights",
        ),
        lecture="torchvision's definition; ReLU, dropout, large data, two GPUs.",
        published=from_torchvision(
            "AlexNet", "alexnet", 0.56522, ("features.1", "features.4", "features.11")
        ),
    ),
    replace(
        _VGG16,
        key="vgg11",
        title="VGG-11",
        builder="cnnviz.models.architectures.vgg:vgg11",
        early="relu1_1",
        middle="relu3_2",
        late="relu4_2",
        published=from_torchvision(
            "VGG-11", "vgg11", 0.6902, ("features.1", "features.9", "features.20")
        ),
    ),
    _VGG16,
    Architecture(
        key="googlenet",
        title="GoogLeNet",
        family="Inception",
        year=2014,
        paper=Paper("Going Deeper with Convolutions", "https://arxiv.org/abs/1409.4842"),
        builder="cnnviz.models.architectures.googlenet:googlenet",
        early="conv1",
        middle="inception3b",
        late="inception5b",
        has_dropout=True,
        note=(
            "An eighth of the width with a stem that halves the input once, batch normalization, "
            "a true 5×5 branch where torchvision has 3×3, and no auxiliary classifiers."
        ),
        idea=(
            "Kernels of several sizes read the same maps in parallel, and their outputs are "
            "concatenated. A 1×1 convolution before each large kernel reduces the channels, which "
            "makes the depth affordable."
        ),
        pros=(
            "deeper than VGG with a twentieth of its weights",
            "sees several scales at once",
            "average pooling in place of large linear layers",
        ),
        cons=(
            "six widths to choose for each module",
            "many small branches use a processor less well than one large convolution",
        ),
        lecture=(
            "Deeper with fewer parameters; kernels of several sizes, concatenated, 1×1 reduction."
        ),
        published=Published(
            name="GoogLeNet",
            builder="cnnviz.models.architectures.googlenet:googlenet_imagenet",
            early="conv1",
            middle="conv3",
            late="inception5b",
            top1=0.69778,
            source="torchvision's weights IMAGENET1K_V1, converted from TensorFlow",
        ),
    ),
)
