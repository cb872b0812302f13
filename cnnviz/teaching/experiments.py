"""Suggested experiments: what to set up on a page, and what to watch for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cnnviz.teaching.guide import Query


@dataclass(frozen=True)
class Experiment:
    """One experiment on a page.

    Attributes:
        page: key of the page.
        title: of the experiment.
        watch: what to do and to watch for, in Markdown; terms of the glossary are marked.
        query: the page's query parameters that set it up, by name.
    """

    page: str
    title: str
    watch: str
    query: Query = field(default_factory=dict)


_CNN, _LENET = "shipped-mnist_cnn", "shipped-lenet5"

_ROWS = (
    Experiment(
        "train",
        "A learning rate that is too large",
        "The [[learning rate]] is set to 1: press **Train** and watch the [[loss]] in the first "
        "steps. Does it fall, stay near 2.30 or rise, or become infinite?",
        {"train_model": "lenet5", "train_preset": "quick", "train_setting": "learning_rate:1"},
    ),
    Experiment(
        "train",
        "As fast as it gets",
        "Train it and watch the seconds. The [[learning rate]] rises and falls once: when does the "
        "[[accuracy]] rise most?",
        {"train_model": "sprint_cnn", "train_preset": "fast"},
    ),
    Experiment(
        "draw",
        "Convolutions against attention",
        "Draw a 4 that could be a 9, stroke by stroke. Do a convolutional network and a vision "
        "transformer change their minds at the same stroke?",
        {"draw_networks": (_CNN, "shipped-vit")},
    ),
    Experiment(
        "draw",
        "Is deeper surer?",
        "Draw the same digit neatly, then carelessly. Does the network with 152 layers stay surer "
        "than the one with 8?",
        {"draw_networks": ("shipped-resnet8", "shipped-resnet152")},
    ),
    Experiment(
        "inside",
        "What pooling keeps",
        "Step from relu1 through the [[pooling]] layers. The maps shrink by half each time: is a "
        "stroke still in the same place?",
        {"network": _CNN, "view": "film"},
    ),
    Experiment(
        "inside",
        "No convolutions after the first layer",
        "Early maps of a vision transformer: can you still recognize the digit? Compare them with "
        "those of MnistCNN.",
        {"network": "shipped-vit", "view": "guided"},
    ),
    Experiment(
        "field",
        "When does a unit see the whole digit?",
        "Choose one layer after the other, from the first to the last. At which layer does the "
        "[[receptive field]] cover the digit?",
        {"network": _LENET, "field_view": "boxes"},
    ),
    Experiment(
        "field",
        "Change one pixel",
        "Move the pixel from the center to a corner. How far do the changed [[units|unit]] spread "
        "in each layer?",
        {"network": _CNN, "field_view": "spread"},
    ),
    Experiment(
        "convolution",
        "A negative sum",
        "Find a position of the output that is negative: which products make it so? Look at the "
        "same position after the [[ReLU]].",
        {"network": _CNN, "layer": "conv1", "channel": "0"},
    ),
    Experiment(
        "convolution",
        "Thirty-two kernels for one value",
        "One value of the second convolution adds up 32 channels. Which of them contribute most, "
        "and how many contribute almost nothing?",
        {"network": _CNN, "layer": "conv2", "channel": "5"},
    ),
    Experiment(
        "channels",
        "Mute channels one by one",
        "Mute the first channel of LeNet-5, then the second, and so on. How many of the six does "
        "it take until the [[accuracy]] falls below one half?",
        {"network": _LENET, "layer": "c1", "channel": "0"},
    ),
    Experiment(
        "channels",
        "What a channel in the middle responds to",
        "Look at the digits that activate this channel most. Are they of one class, or do they "
        "share a stroke?",
        {"network": _CNN, "layer": "relu2", "channel": "3"},
    ),
    Experiment(
        "why",
        "Do two networks look at the same strokes?",
        "Note which strokes count for the answer, then choose LeNet-5. Which of the maps change, "
        "and which of the tests do they pass?",
        {"network": _CNN, "subject": "digit", "digit": "115"},
    ),
    Experiment(
        "why",
        "Grad-CAM needs a suitable head",
        "This network takes the maximum over positions before it classifies. Compare its "
        "[[Grad-CAM]] map with that of MnistCNN with a fully connected head.",
        {"network": "shipped-mnist_fcn", "subject": "digit", "digit": "115"},
    ),
    Experiment(
        "embedding",
        "Before any training",
        "On the left trained, on the right untrained. Which classes are apart even without "
        "training, and which only after it?",
        {"network": _CNN, "beside": "untrained", "map": "PCA"},
    ),
    Experiment(
        "embedding",
        "Distances that mean nothing",
        "[[t-SNE]] draws clear islands already in early layers. Compare the number for "
        "separability with what you see, then switch to [[PCA]].",
        {"network": _LENET, "map": "t-SNE", "beside": "nothing"},
    ),
    Experiment(
        "time",
        "What is learned first",
        "Play the snapshots. Which comes first: [[filters|filter]] with a visible pattern, or an "
        "[[accuracy]] above 90%?",
        {"subject": "digit", "digit": "17"},
    ),
    Experiment(
        "time",
        "A change of mind",
        "Step through the first snapshots. How often does the prediction for this digit change, "
        "and when for the last time?",
        {"subject": "digit", "digit": "438"},
    ),
    Experiment(
        "photographs",
        "Edges in the first layer",
        "Point at maps of the first layer. Find one that responds to edges in one direction only, "
        "and one that responds to a color.",
        {"photo_network": "efficientnet_lite0"},
    ),
    Experiment(
        "photographs",
        "What survives blurring",
        "Open the exact figures of each layer. Which layers hardly change when the photograph is "
        "blurred, and which when it becomes gray?",
        {"photo_network": "efficientnet_lite0"},
    ),
    Experiment(
        "race",
        "Per step or per second",
        "Start the race, then switch the axis between steps and seconds. Is the network that needs "
        "the fewest digits also the first in time?",
        {"race_models": ("lenet5", "vgg11"), "race_axis": "seconds", "race_epochs": "1"},
    ),
    Experiment(
        "race",
        "Is the winner a matter of chance?",
        "Three seeds for each network. Do the bands overlap at the end? Read what the result says "
        "about it.",
        {"race_models": ("lenet5", "mnist_cnn"), "race_seeds": "3", "race_epochs": "1"},
    ),
    Experiment(
        "compare",
        "Seven times the parameters",
        "MnistCNN has almost seven times the [[parameters|parameter]] of LeNet-5. Do the "
        "[[intervals|confidence interval]] of their accuracies overlap?",
        {"compare": (_CNN, _LENET), "compare_view": "table"},
    ),
    Experiment(
        "compare",
        "Noise breaks them differently",
        "Follow the curves from left to right: at what noise does each network fall below 90%? Is "
        "the most accurate one also the most robust?",
        {
            "compare": (_CNN, _LENET, "shipped-vit"),
            "compare_view": "robust",
            "compare_spoil": "noise",
        },
    ),
    Experiment(
        "report",
        "The smallest network as the choice",
        "With size as the main criterion, what does “Why this network” say, and what does it "
        "admit about accuracy?",
        {
            "network": "shipped-sprint_cnn",
            "report_task": "classify",
            "report_criterion": "size",
        },
    ),
    Experiment(
        "report",
        "A choice that does not hold",
        "This network is the largest. Does the report recommend it by accuracy, or does it name a "
        "better one?",
        {
            "network": "shipped-resnet152",
            "report_task": "classify",
            "report_criterion": "accuracy",
        },
    ),
    Experiment(
        "architecture",
        "Where the parameters are",
        "Sort the layers by [[parameters|parameter]], then by [[MACs]]. Is the layer with most "
        "weights also the one that costs most?",
        {"architecture": "vgg16", "scale": "published", "architecture_view": "layers"},
    ),
    Experiment(
        "architecture",
        "Shortcuts in the graph",
        "Find the orange lines: each skips two layers and is added again. Why must both inputs of "
        "**+** have the same shape?",
        {"architecture": "resnet8", "scale": "mnist", "architecture_view": "graph"},
    ),
    Experiment(
        "ideas",
        "The gradient without shortcuts",
        "Compare the right ends of the two curves. What does the [[residual connection]] do to the "
        "[[gradient]] that reaches the first layer?",
        {"idea": "residual"},
    ),
    Experiment(
        "ideas",
        "Fewer operations, but how much faster?",
        "Compare how many [[MACs]] are saved with how much time is saved. Enlarge the kernel to 7: "
        "which of the two grows more?",
        {"idea": "depthwise"},
    ),
    Experiment(
        "detect",
        "Who finds which digit",
        "Point at the [[object queries|object query]] one by one. Does each box have a query of "
        "its own, and what do the others predict?",
        {"detect_network": "shipped-detr", "detect_canvas": "0"},
    ),
    Experiment(
        "detect",
        "Boxes from layer to layer",
        "Choose decoder layer 1, then layer 2. Which boxes move, and do two boxes ever lie on one "
        "digit?",
        {"detect_network": "shipped-detr", "detect_canvas": "7"},
    ),
)

EXPERIMENTS: Mapping[str, tuple[Experiment, ...]] = MappingProxyType(
    {
        page: tuple(row for row in _ROWS if row.page == page)
        for page in dict.fromkeys(row.page for row in _ROWS)
    }
)
