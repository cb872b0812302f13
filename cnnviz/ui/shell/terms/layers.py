"""Terms for layers and what they compute."""

from cnnviz.models.catalog.row import Paper
from cnnviz.ui.shell.terms.term import Term

LAYER_TERMS = (
    Term(
        "attention",
        "A layer that mixes tokens: each becomes a weighted mean of all.",
        "softmax(Q Kᵀ / √d) V, where queries Q, keys K and values V are linear maps of the "
        "[[tokens|token]]. A row of the [[softmax]] is what one token attends to; it sums to 1.",
        Paper("Vaswani et al. 2017, Attention Is All You Need", "https://arxiv.org/abs/1706.03762"),
    ),
    Term(
        "batch normalization",
        "A layer that rescales each channel to a learned mean and spread.",
        "y = γ (x − μ) / √(σ² + ε) + β for each [[channel]]; μ and σ² are the batch's while "
        "training, and running averages afterward.",
        Paper("Ioffe and Szegedy 2015, Batch Normalization", "https://arxiv.org/abs/1502.03167"),
    ),
    Term(
        "channel",
        "One of the parallel images that a layer consists of, such as red, green and blue.",
        "One index along C of a tensor (N, C, H, W). A convolution has one filter for each "
        "output channel.",
    ),
    Term(
        "class token",
        "An extra token that collects what the classifier needs.",
        "A learned vector that is put before the patches of a vision transformer; the classifier "
        "reads its final value only.",
        Paper(
            "Dosovitskiy et al. 2020, An Image Is Worth 16x16 Words",
            "https://arxiv.org/abs/2010.11929",
        ),
    ),
    Term(
        "convolution",
        "A layer that slides small kernels over its input and sums the products at each position.",
        "y[f, i, j] = b[f] + Σ w[f, c, u, v] · x[c, i·s + u − p, j·s + v − p], summed over the "
        "[[channels|channel]] c and the positions u, v of the [[kernel]]; s is the [[stride]], p "
        "the [[padding]]. Strictly a cross-correlation: the kernel is not flipped.",
        Paper(
            "LeCun et al. 1989, Backpropagation Applied to Handwritten Zip Code Recognition",
            "https://doi.org/10.1162/neco.1989.1.4.541",
        ),
    ),
    Term(
        "cross-attention",
        "Attention in which one set of vectors attends to another.",
        "[[Attention|attention]] whose queries come from one sequence and whose keys and values "
        "come from another: in DETR from [[object queries|object query]] and the image.",
        Paper("Vaswani et al. 2017, Attention Is All You Need", "https://arxiv.org/abs/1706.03762"),
    ),
    Term(
        "dead channel",
        "A channel that has the same value whatever the image: it carries no information.",
        "A [[channel]] whose values do not vary over a set of images; during training, one that a "
        "[[ReLU]] sets to zero for a whole [[batch]]. No gradient reaches the weights behind a "
        "ReLU that is always zero, so such a channel cannot recover.",
    ),
    Term(
        "effective receptive field",
        "The part of the receptive field that has a noticeable effect on a unit.",
        "The mean over images of |∂ unit / ∂ pixel|. It is much smaller than the theoretical "
        "[[receptive field]], about Gaussian before training.",
        Paper(
            "Luo et al. 2016, Understanding the Effective Receptive Field",
            "https://arxiv.org/abs/1701.04128",
        ),
    ),
    Term(
        "feature map",
        "The image that one filter produces: where in the input it finds its pattern.",
        "One [[channel]] of a layer's output, H × W values.",
    ),
    Term(
        "filter",
        "The weights that produce one output channel of a convolution.",
        "C kernels, one for each input [[channel]], whose results are added, plus a bias.",
    ),
    Term(
        "kernel",
        "The small grid of weights that slides over a map.",
        "At each place, weights and pixels below them are multiplied and summed. A [[filter]] has "
        "one kernel, of H × W weights, for each input [[channel]].",
    ),
    Term(
        "logit",
        "The score that a network gives a class before it is turned into a probability.",
        "An output of the last layer: any number, the larger, the more probable the class. "
        "[[Softmax|softmax]] turns the logits of all classes into probabilities; "
        "only their differences matter.",
    ),
    Term(
        "object query",
        "A learned vector that a detector turns into one predicted box, or none.",
        "One input of DETR's decoder. It ends as one predicted box with a class, or as “no "
        "object”.",
        Paper(
            "Carion et al. 2020, End-to-End Object Detection with Transformers",
            "https://arxiv.org/abs/2005.12872",
        ),
    ),
    Term(
        "padding",
        "A border of zeros around a map, so that the kernel also fits at the edges.",
        "P rows and columns added on each side: the output has ⌊(H + 2P − K) / S⌋ + 1 rows for a "
        "[[kernel]] of K and a [[stride]] of S.",
    ),
    Term(
        "patch",
        "A square part of an image.",
        "What a unit of a layer sees, or a square that a vision transformer turns into one "
        "[[token]].",
    ),
    Term(
        "parameter",
        "A number that training adjusts: a weight or a bias.",
        "An entry of the tensors that the optimizer changes. What is stored but not trained, such "
        "as the running averages of a [[batch normalization]], is not counted.",
    ),
    Term(
        "pooling",
        "A layer that replaces each small window of a map by one value, its largest or its mean.",
        "Max pooling takes the largest value of a window, average pooling the mean; with a "
        "[[stride]] of 2 the map becomes half as wide and high. It has no "
        "[[parameters|parameter]].",
    ),
    Term(
        "receptive field",
        "The part of the image that can influence a unit.",
        "The smallest box of input pixels outside which no change alters the unit's value: small "
        "in early layers, large in late ones. Its side grows by (kernel − 1) · dilation · jump "
        "with each layer; the jump, 1 at first, is multiplied by each [[stride]].",
        Paper(
            "Araujo et al. 2019, Computing Receptive Fields of Convolutional Neural Networks",
            "https://distill.pub/2019/computing-receptive-fields",
        ),
    ),
    Term(
        "ReLU",
        "An activation that sets negative values to zero.",
        "max(0, x). Without a nonlinear function between them, several linear layers would equal "
        "one.",
    ),
    Term(
        "residual connection",
        "A shortcut that adds a block's input to its output.",
        "y = x + f(x). The [[gradient]] reaches early layers through the sum, so that deep "
        "networks can be trained.",
        Paper(
            "He et al. 2015, Deep Residual Learning for Image Recognition",
            "https://arxiv.org/abs/1512.03385",
        ),
    ),
    Term(
        "softmax",
        "The function that turns scores into probabilities that sum to 100%.",
        "pᵢ = exp(zᵢ) / Σⱼ exp(zⱼ) for [[logits|logit]] z.",
    ),
    Term(
        "squeeze-and-excitation",
        "A gate that multiplies each channel by a factor computed from the whole image.",
        "The mean of each [[channel]] over all positions goes through two linear layers with a "
        "[[ReLU]] between them; a sigmoid turns the result into one factor between 0 and 1 per "
        "channel.",
        Paper(
            "Hu et al. 2017, Squeeze-and-Excitation Networks", "https://arxiv.org/abs/1709.01507"
        ),
    ),
    Term(
        "stride",
        "How many pixels the kernel moves from one output to the next.",
        "A stride of 2 halves rows and columns of the output, and doubles the distance between "
        "the [[receptive fields|receptive field]] of neighboring units.",
    ),
    Term(
        "token",
        "A vector that represents one patch of the image.",
        "One row of the sequence that a transformer processes; before the first block a linear map "
        "of one [[patch]].",
    ),
    Term(
        "unit",
        "One number of a layer's output.",
        "A value at one [[channel]], row and column; also called a neuron.",
    ),
)
