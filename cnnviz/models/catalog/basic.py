"""The lecture's own networks, one made for speed, and LeNet-5."""

from cnnviz.models.catalog.row import Architecture, Paper

_DROPOUT_NOTE = "The lecture's network; dropout is off unless you turn it on."

ROWS = (
    Architecture(
        key="mnist_cnn",
        title="MnistCNN, fully connected head",
        family="MnistCNN",
        builder="cnnviz.models.architectures.mnist_cnn:fully_connected",
        early="relu1",
        middle="relu2",
        late="pool2",
        has_dropout=True,
        note=_DROPOUT_NOTE,
        idea=(
            "Two convolutions, each followed by a pooling layer, turn an image into 64 small "
            "feature maps; two linear layers turn their 3,136 values into ten scores. This is the "
            "simplest complete convolutional network."
        ),
        pros=("the whole network fits on one slide", "quick to train"),
        cons=(
            "95% of its weights are in one linear layer",
            "takes 28×28 pixels and no other size",
            "a shifted digit is multiplied by different weights in the linear layer",
        ),
        lecture=(
            "Conv 1→32, pool, ReLU, conv 32→64, pool, then a classical two-layer network, "
            "3136→128→10, softmax and cross-entropy."
        ),
    ),
    Architecture(
        key="mnist_fcn",
        title="MnistCNN, fully convolutional head",
        family="MnistCNN",
        builder="cnnviz.models.architectures.mnist_cnn:fully_convolutional",
        early="relu1",
        middle="relu2",
        late="relu3",
        has_dropout=True,
        fast={"learning_rate": 6e-3},
        note=_DROPOUT_NOTE,
        idea=(
            "A third convolution and a 1×1 convolution replace the linear layers, so that the maps "
            "keep their spatial layout to the end. The maximum over all positions is the score, "
            "wherever the digit lies."
        ),
        pros=(
            "a quarter of the weights of the fully connected head",
            "takes images of any size from 12 pixels on",
            "a shifted digit is multiplied by the same weights",
        ),
        cons=(
            "more MACs than the fully connected head",
            "the maximum discards positions",
        ),
        lecture=(
            "Keeps the spatial structure to the end; adaptive average pooling is the alternative."
        ),
    ),
    Architecture(
        key="lenet5",
        title="LeNet-5",
        family="LeNet",
        year=1998,
        paper=Paper(
            "Gradient-Based Learning Applied to Document Recognition",
            "https://doi.org/10.1109/5.726791",
        ),
        builder="cnnviz.models.architectures.lenet:lenet5",
        input_size=32,
        early="tanh1",
        middle="tanh3",
        late="tanh5",
        learning_rate=2e-3,
        fast={"epochs": 8, "learning_rate": 6e-3},
        note=(
            "C3 sees every map of S2, pooling has no weights, and ten logits replace the sparse "
            "table, trainable subsampling and RBF output of the network of 1998."
        ),
        idea=(
            "Small kernels that share their weights across the image, subsampling between them, "
            "and a classifier at the end, all learned together from pixels. Every later network "
            "follows this plan."
        ),
        pros=("few weights", "read bank checks in daily use in the 1990s"),
        cons=("tanh saturates, which slows learning in deep stacks", "too small for photographs"),
        lecture="Gradient-Based Learning Applied to Document Recognition, 1998.",
    ),
    Architecture(
        key="sprint_cnn",
        title="SprintCNN",
        family="MnistCNN",
        builder="cnnviz.models.architectures.sprint:sprint_cnn",
        early="relu1",
        middle="relu2",
        late="relu3",
        fast={"batch_size": 256, "learning_rate": 8e-3},
        note=(
            "Not from the lecture: a strided first layer and few channels, made to reach 99% on "
            "two processor cores within seconds."
        ),
        idea=(
            "A small network spends most of its time in the first layer, which sees the most "
            "pixels. A stride of 2 there leaves a quarter of the work to the layers that follow."
        ),
        pros=("the fastest network here to reach 99%", "few weights"),
        cons=("made for 28×28 digits and nothing else", "its first layer skips pixels"),
        lecture="Not in the lecture.",
    ),
)
