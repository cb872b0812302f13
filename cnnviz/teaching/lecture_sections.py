"""The twenty sections of the lecture: what each teaches, and the pages that it opens."""

from dataclasses import dataclass, field

from cnnviz.teaching.guide import Query


@dataclass(frozen=True)
class Visit:
    """One page that a section opens.

    Attributes:
        page: key of the page.
        task: what to do there, and what to watch for.
        query: the page's query parameters, by name.
    """

    page: str
    task: str
    query: Query = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """One section of the lecture.

    Attributes:
        key: short name, used in addresses.
        title: of the section.
        text: what it teaches, in Markdown; terms of the glossary are marked.
        visits: pages to open, in order.
        question: to answer in class after the visits.
        minutes: it takes, about.
    """

    key: str
    title: str
    text: str
    visits: tuple[Visit, ...]
    question: str
    minutes: int


_MNIST_CNN = {"network": "shipped-mnist_cnn"}

SECTIONS = (
    Section(
        "pixels",
        "From pixels to a grid of features",
        "A convolutional network stacks [[convolutions|convolution]], [[pooling]] and activation "
        "functions that transform a grid and reduce it. In the figure of the lecture, an example, "
        "3 × 256 × 256 values become 128 × 7 × 7; in VGG-16, 3 × 224 × 224 become 512 × 7 × 7.",
        (
            Visit(
                "architecture",
                "Under “Tensor shapes”, below the graph, follow the boxes from left to right: "
                "which have fewer rows and columns than the one before, which more channels?",
                {"architecture": "vgg16", "scale": "published"},
            ),
        ),
        "Where does a network have more values: near the input or near the output?",
        5,
    ),
    Section(
        "mnist",
        "MNIST: one channel, 28 × 28",
        "A handwritten digit is a table of 28 × 28 brightness values in one [[channel]].",
        (
            Visit("draw", "Draw a digit, and compare it with the small image that is passed on."),
            Visit("overview", "Let three digits pass through the network, and point at its maps."),
        ),
        "What does centering a drawing change for the network?",
        5,
    ),
    Section(
        "convolution",
        "Convolution 1 → 32 with 3 × 3 kernels",
        "A [[kernel]] slides over the image; each position gives nine products and their sum. 32 "
        "[[filters|filter]] give 32 maps, and “same” [[padding]] keeps them at 28 × 28.",
        (
            Visit(
                "convolution",
                "Move over the output, and read the nine products. Find a position where the sum "
                "is negative.",
                {**_MNIST_CNN, "layer": "conv1"},
            ),
            Visit(
                "ideas",
                "Set kernel, stride and padding, and predict the size.",
                {"idea": "arithmetic"},
            ),
        ),
        "Why does “same” padding need one pixel on each side for a 3 × 3 kernel?",
        8,
    ),
    Section(
        "relu",
        "ReLU",
        "Without a nonlinear function between them, two convolutions are one. The [[ReLU]] "
        "replaces negative values by zero.",
        (
            Visit(
                "ideas",
                "Compare training with and without it.",
                {"idea": "activations"},
            ),
            Visit(
                "inside",
                "Choose relu1 and compare its maps before and after.",
                {**_MNIST_CNN, "view": "layers"},
            ),
        ),
        "What happens to the gradient of a unit whose ReLU is always zero?",
        5,
    ),
    Section(
        "pooling",
        "Pooling 2 × 2",
        "[[Pooling|pooling]] keeps the largest of four neighbors: 28 × 28 becomes 14 × 14, and a "
        "shift by a pixel changes little.",
        (
            Visit(
                "inside",
                "Step through the forward pass to pool1: what is kept, what is lost?",
                {**_MNIST_CNN, "view": "film"},
            ),
        ),
        "Does pooling keep the position of a stroke?",
        4,
    ),
    Section(
        "head",
        "Two layers on top: 3136 → 128 → 10",
        "64 maps of 7 × 7 are flattened into 3,136 values, which a classical two-layer network "
        "turns into ten [[logits|logit]].",
        (
            Visit(
                "architecture",
                "Find the layer with most of the 421,642 parameters.",
                {"architecture": "mnist_cnn", "architecture_view": "layers"},
            ),
        ),
        "Why do most parameters sit where little of the computation is?",
        5,
    ),
    Section(
        "softmax",
        "Softmax and cross-entropy",
        "The [[softmax]] turns logits into probabilities; [[cross-entropy]] is the negative "
        "logarithm of the one for the true class.",
        (
            Visit(
                "convolution",
                "Follow one logit of fc2 back to the 128 values that it sums.",
                {**_MNIST_CNN, "layer": "fc2"},
            ),
            Visit("draw", "Draw something between a 4 and a 9, and watch two bars share."),
        ),
        "What is the loss of a network that gives ten equal probabilities?",
        5,
    ),
    Section(
        "convolutional_head",
        "The fully convolutional head",
        "A third convolution, adaptive max pooling and a 1 × 1 convolution replace the two layers: "
        "the spatial structure is kept to the end.",
        (
            Visit("ideas", "Shift the digit, and compare both heads.", {"idea": "heads"}),
            Visit(
                "inside",
                "Look at the late maps of the convolutional head.",
                {"network": "shipped-mnist_fcn", "view": "guided"},
            ),
        ),
        "Which of the two heads accepts larger images, and why?",
        6,
    ),
    Section(
        "training",
        "Training",
        "AdamW with a [[learning rate]] of 0.001 lowers the mean cross-entropy, [[batch]] by "
        "batch, for ten [[epochs|epoch]].",
        (
            Visit(
                "train",
                "Choose the preset Lecture and press Train. Watch the first hundred steps.",
                {"train_model": "mnist_cnn"},
            ),
        ),
        "What would a learning rate a hundred times larger do?",
        10,
    ),
    Section(
        "evaluation",
        "Evaluation",
        "In evaluation mode, without gradients, [[accuracy]] is counted on digits that were not "
        "used for training.",
        (
            Visit("compare", "Read the interval beside each accuracy.", {"compare_view": "table"}),
            Visit(
                "compare",
                "Which digits do networks confuse? Click a cell to see them.",
                {"compare_view": "differ", "compare_part": "confusions"},
            ),
        ),
        "Two networks differ by 0.2 points on 1,000 digits: is one better?",
        6,
    ),
    Section(
        "one_by_one",
        "The 1 × 1 convolution",
        "It looks at one position and at no neighbor, and reduces channels: 512 × 32 × 32 with 64 "
        "filters becomes 64 × 32 × 32.",
        (Visit("ideas", "Compare cost and time with a 3 × 3 kernel.", {"idea": "one_by_one"}),),
        "How many weights has a 1 × 1 convolution from 512 to 64 channels?",
        4,
    ),
    Section(
        "inception",
        "GoogLeNet: kernels of several sizes",
        "Branches with 1 × 1, 3 × 3 and 5 × 5 kernels run side by side and are concatenated; 1 × 1 "
        "convolutions before them save most of the work.",
        (
            Visit("ideas", "Take the reductions away: what does it cost?", {"idea": "inception"}),
            Visit(
                "architecture",
                "Open one module in the graph.",
                {"architecture": "googlenet", "architecture_view": "graph"},
            ),
        ),
        "Why is the 5 × 5 branch reduced most?",
        5,
    ),
    Section(
        "classics",
        "LeNet-5, AlexNet, VGG",
        "1998: five layers for checks. 2012: ReLU, dropout, two GPUs and a million photographs. "
        "2014: small kernels, many layers.",
        (
            Visit(
                "compare",
                "Compare parameters, MACs and accuracy of the three.",
                {
                    "compare": ("shipped-lenet5", "shipped-alexnet", "shipped-vgg16"),
                    "compare_view": "charts",
                },
            ),
            Visit(
                "field",
                "How fast does the receptive field of VGG grow with its 3 × 3 kernels?",
                {"network": "shipped-vgg16", "field_view": "table"},
            ),
        ),
        "Why are two 3 × 3 kernels better than one of 5 × 5?",
        6,
    ),
    Section(
        "resnet",
        "ResNet: relu(conv(x) + x)",
        "A [[residual connection]] adds the input of a block to its output, so that gradients flow "
        "through 50, 101 or 152 layers.",
        (
            Visit("ideas", "Make the stack deeper, with and without.", {"idea": "residual"}),
            Visit(
                "train",
                "Train ResNet-20, and look at the gradient of the first layer.",
                {"train_model": "resnet20"},
            ),
        ),
        "What does a block do whose weights are all zero?",
        7,
    ),
    Section(
        "densenet",
        "DenseNet: every layer of a block sees all before it",
        "Outputs are concatenated, not added: each layer receives the maps of all layers before it "
        "in its block and adds a few of its own.",
        (Visit("ideas", "Watch channels and cost grow with depth.", {"idea": "dense"}),),
        "What does concatenation cost in memory?",
        4,
    ),
    Section(
        "mobilenet",
        "MobileNet: depthwise, then 1 × 1",
        "One kernel per channel, then a 1 × 1 convolution that mixes channels: about a ninth of "
        "the multiplications.",
        (
            Visit("ideas", "Compare multiplications with measured time.", {"idea": "depthwise"}),
            Visit(
                "convolution",
                "Work out one value of a depthwise convolution.",
                {"network": "shipped-mobilenet_v1"},
            ),
        ),
        "Why is it less than nine times as fast?",
        5,
    ),
    Section(
        "efficientnet",
        "EfficientNet: width, depth and resolution together",
        "One factor scales all three, since each alone saturates.",
        (Visit("ideas", "Scale the network by φ, and read the growth.", {"idea": "scaling"}),),
        "By how much do the MACs grow if the width doubles?",
        4,
    ),
    Section(
        "transformers",
        "Transformers in vision",
        "ViT cuts the image into [[patches|patch]] and lets all attend to all; Swin attends within "
        "windows that shift; DETR detects objects with [[object queries|object query]]; ConViT, "
        "CrossViT, T2T-ViT and LeViT are variations. MLP-Mixer has no attention: perceptrons mix "
        "the patches.",
        (
            Visit("ideas", "Compare attention with a convolution.", {"idea": "attention"}),
            Visit(
                "inside",
                "Look at what ViT's tokens attend to.",
                {"network": "shipped-vit", "view": "guided"},
            ),
            Visit("detect", "Point at a query, and see where it looks."),
        ),
        "How does the cost of global attention grow with the side of the image?",
        10,
    ),
    Section(
        "layers",
        "What layers learn",
        "Early units see a few pixels and find edges; later ones stand for larger parts. A unit at "
        "7 × 7 stands for 32 × 32 pixels of a photograph. The lecture's figures are rounded; the "
        "[[receptive field]] is exact here.",
        (
            Visit("photographs", "Compare early, middle and late maps of a photograph."),
            Visit("field", "Click units of three layers, and compare their boxes.", _MNIST_CNN),
            Visit(
                "channels",
                "Which digits excite a late channel most?",
                {**_MNIST_CNN, "layer": "conv2"},
            ),
            Visit("time", "Watch filters form during a training."),
        ),
        "Does a unit use its whole receptive field?",
        10,
    ),
    Section(
        "latency",
        "Latency, and reporting a model",
        "Time one example and one epoch; leave the first iterations out, and average over about "
        "100. A report names alternatives, reasons, parameters, training time, [[latency]], "
        "accuracy, the state of the art, and the data.",
        (
            Visit(
                "compare",
                "Measure two networks.",
                {"compare": ("shipped-mnist_cnn", "shipped-lenet5"), "compare_view": "protocol"},
            ),
            Visit("report", "Read the report. Which sentence would a manager ask about?"),
        ),
        "Why must the first iteration be left out?",
        8,
    ),
)
