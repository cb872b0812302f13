"""The first rows: the lecture's own networks, one made for speed, and the oldest."""

from cnnviz.catalogue.row import Architecture, Paper

ROWS = (
    Architecture(
        key="mnist_cnn",
        title="MnistCNN, fully connected head",
        family="MnistCNN",
        year=None,
        paper=None,
        builder="cnnviz.models.mnist_cnn:fully_connected",
        input_size=28,
        early="relu1",
        middle="relu2",
        late="pool2",
        has_dropout=True,
        note="The lecture's network as it stands; dropout is off unless you turn it on.",
    ),
    Architecture(
        key="mnist_fcn",
        title="MnistCNN, fully convolutional head",
        family="MnistCNN",
        year=None,
        paper=None,
        builder="cnnviz.models.mnist_cnn:fully_convolutional",
        input_size=28,
        early="relu1",
        middle="relu2",
        late="relu3",
        has_dropout=True,
        fast={"learning_rate": 6e-3},
        note="The lecture's network as it stands; dropout is off unless you turn it on.",
    ),
    Architecture(
        key="sprint_cnn",
        title="SprintCNN",
        family="MnistCNN",
        year=None,
        paper=None,
        builder="cnnviz.models.sprint:sprint_cnn",
        input_size=28,
        early="relu1",
        middle="relu2",
        late="relu3",
        fast={"batch_size": 256, "learning_rate": 8e-3},
        note=(
            "Not from the lecture: a strided first layer and few channels, made to reach 99% on "
            "two processor cores within seconds."
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
        builder="cnnviz.models.lenet:lenet5",
        input_size=32,
        early="tanh1",
        middle="tanh3",
        late="tanh5",
        learning_rate=2e-3,
        fast={"epochs": 8, "learning_rate": 6e-3},
        note=(
            "C3 sees every map of S2, pooling has no weights, and ten logits replace the 1998 "
            "network's sparse table, trainable subsampling and RBF output."
        ),
    ),
)
