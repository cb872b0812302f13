"""Convolutions stacked and side by side: AlexNet, VGG, GoogLeNet."""

from cnnviz.models.catalogue.architecture import Architecture, Paper, Published

_SOURCE = "torchvision's weights IMAGENET1K_V1"
_VGG_PAPER = Paper(
    "Very Deep Convolutional Networks for Large-Scale Image Recognition",
    "https://arxiv.org/abs/1409.1556",
)
_VGG_NOTE = (
    "An eighth of the width, batch normalization behind each convolution, and one linear layer in "
    "place of three, as is usual for CIFAR's 32 pixels."
)
_VGG_IDEA = (
    "Two 3×3 convolutions see as much as one 5×5, with fewer weights and one more nonlinearity. So "
    "VGG stacks nothing but 3×3 filters and doubles the channels whenever a pool halves the maps."
)
_VGG_PROS = (
    "one simple rule from first layer to last",
    "its features transfer well to other tasks",
)
_VGG_CONS = (
    "most of its weights sit in the first linear layer",
    "many multiplications for its accuracy",
    "hard to train deeper without normalization or shortcuts",
)
_VGG_LECTURE = "Small 3×3 filters."

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
        input_size=28,
        early="relu1",
        middle="relu2",
        late="relu5",
        has_dropout=True,
        note=(
            "A quarter of torchvision's width, a 5×5 first convolution with stride 1 in place of "
            "11×11 with stride 4, and dropout is off unless you turn it on."
        ),
        idea=(
            "A large convolutional network learns its features from raw pixels, if there are "
            "enough pictures and enough computing power. ReLU makes it learn fast, dropout keeps "
            "it from learning by heart."
        ),
        pros=("ReLU trains several times faster than tanh", "few layers, easy to follow"),
        cons=(
            "most of its weights sit in the linear layers",
            "its large first kernels and strides pass over fine detail",
            "less accurate than what followed, with many more weights",
        ),
        lecture="torchvision's definition; ReLU, dropout, large data, two GPUs.",
        published=Published(
            name="AlexNet",
            builder="torchvision.models:alexnet",
            input_size=(3, 224, 224),
            early="features.1",
            middle="features.4",
            late="features.11",
            top1=0.56522,
            source=_SOURCE,
        ),
    ),
    Architecture(
        key="vgg11",
        title="VGG-11",
        family="VGG",
        year=2014,
        paper=_VGG_PAPER,
        builder="cnnviz.models.architectures.vgg:vgg11",
        input_size=32,
        early="relu1_1",
        middle="relu3_2",
        late="relu4_2",
        note=_VGG_NOTE,
        idea=_VGG_IDEA,
        pros=_VGG_PROS,
        cons=_VGG_CONS,
        lecture=_VGG_LECTURE,
        published=Published(
            name="VGG-11",
            builder="torchvision.models:vgg11",
            input_size=(3, 224, 224),
            early="features.1",
            middle="features.9",
            late="features.20",
            top1=0.6902,
            source=_SOURCE,
        ),
    ),
    Architecture(
        key="vgg16",
        title="VGG-16",
        family="VGG",
        year=2014,
        paper=_VGG_PAPER,
        builder="cnnviz.models.architectures.vgg:vgg16",
        input_size=32,
        early="relu1_2",
        middle="relu3_3",
        late="relu4_3",
        note=_VGG_NOTE,
        idea=_VGG_IDEA,
        pros=_VGG_PROS,
        cons=_VGG_CONS,
        lecture=_VGG_LECTURE,
        published=Published(
            name="VGG-16",
            builder="torchvision.models:vgg16",
            input_size=(3, 224, 224),
            early="features.3",
            middle="features.15",
            late="features.30",
            top1=0.71592,
            source=_SOURCE,
        ),
    ),
    Architecture(
        key="googlenet",
        title="GoogLeNet",
        family="Inception",
        year=2014,
        paper=Paper("Going Deeper with Convolutions", "https://arxiv.org/abs/1409.4842"),
        builder="cnnviz.models.architectures.googlenet:googlenet",
        input_size=28,
        early="conv1",
        middle="inception3b",
        late="inception5b",
        has_dropout=True,
        note=(
            "An eighth of the width with a stem that halves the input once, batch normalization, "
            "a true 5×5 branch where torchvision has 3×3, and no auxiliary classifiers."
        ),
        idea=(
            "Kernels of several sizes look at the same maps side by side, and their outputs are "
            "concatenated. A 1×1 convolution ahead of each large kernel reduces the channels, "
            "which makes the depth affordable."
        ),
        pros=(
            "deeper than VGG with a twentieth of its weights",
            "sees several scales at once",
            "average pooling in place of large linear layers",
        ),
        cons=(
            "six widths to choose for each module",
            "many small branches keep a processor less busy than one large convolution",
        ),
        lecture=(
            "Deeper with fewer parameters; kernels of several sizes, concatenated, 1×1 reduction."
        ),
        published=Published(
            name="GoogLeNet",
            builder="cnnviz.models.architectures.googlenet:published",
            input_size=(3, 224, 224),
            early="conv1",
            middle="conv3",
            late="inception5b",
            top1=0.69778,
            source=f"{_SOURCE}, converted from TensorFlow",
        ),
    ),
)
