"""The terms of the field, each defined once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cnnviz.models.catalogue.architecture import Paper


@dataclass(frozen=True)
class Term:
    """One entry of the glossary.

    Attributes:
        name: of the term, as in the middle of a sentence.
        meaning: for a reader who does not know it, one or two sentences.
        exact: the definition in full, in Markdown; may mark other terms.
        source: where it was published, if it is somebody's invention.
    """

    name: str
    meaning: str
    exact: str
    source: Paper | None = None

    @property
    def title(self) -> str:
        """The name with a capital letter."""
        return self.name[0].upper() + self.name[1:]

    @property
    def key(self) -> str:
        """The name in an address."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


_ROWS = (
    Term(
        "accuracy",
        "The share of images for which the network's most likely class is the true one.",
        "Correct predictions divided by all predictions. On a test set it is an estimate, with a "
        "[[confidence interval]].",
    ),
    Term(
        "attention",
        "A layer that mixes tokens: each one takes a weighted mean of the others.",
        "softmax(Q Kᵀ / √d) V, where queries Q, keys K and values V are linear maps of the "
        "[[tokens|token]]. A row of the [[softmax]] is what one token attends to; it sums to 1.",
        Paper("Vaswani et al. 2017, Attention Is All You Need", "https://arxiv.org/abs/1706.03762"),
    ),
    Term(
        "attribution",
        "A map that says how much each input pixel contributed to a prediction.",
        "A function from an image and a score, such as a [[logit]], to one number per pixel. "
        "Methods define the contribution differently, so their maps differ.",
    ),
    Term(
        "batch",
        "The images that a network learns from in one step.",
        "One step of the optimizer uses the mean [[loss]] of a batch and its gradient.",
    ),
    Term(
        "batch normalization",
        "A layer that rescales each channel to a learned mean and spread.",
        "y = γ (x − μ) / √(σ² + ε) + β for each [[channel]]; μ and σ² are the batch's while "
        "training, and running averages afterwards.",
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
        "confidence interval",
        "The range in which the true value probably lies, given the number of measurements.",
        "A 95% interval is computed by a rule that contains the true value in 95 of 100 "
        "repetitions. For an [[accuracy]] the rule is Wilson's.",
        Paper(
            "Wilson 1927, Probable Inference, the Law of Succession, and Statistical Inference",
            "https://doi.org/10.1080/01621459.1927.10502953",
        ),
    ),
    Term(
        "confusion matrix",
        "A table that counts how often each class was predicted as each other class.",
        "Row: true class. Column: predicted class. Correct predictions are on the diagonal.",
    ),
    Term(
        "cross-attention",
        "Attention in which one set of vectors looks at another.",
        "[[Attention|attention]] whose queries come from one sequence and whose keys and values "
        "come from another: in DETR from [[object queries|object query]] and the image.",
        Paper("Vaswani et al. 2017, Attention Is All You Need", "https://arxiv.org/abs/1706.03762"),
    ),
    Term(
        "cross-entropy",
        "A loss: how surprised the network is by the true class.",
        "−ln p of the true class, in [[nats|nat]]; ln 10 ≈ 2.30 for guessing among ten classes, 0 "
        "for probability 1 on the true one.",
    ),
    Term(
        "dead channel",
        "A channel that has the same value whatever the image: it carries no information.",
        "A [[channel]] whose values do not vary over a set of images. Behind a [[ReLU]] that is "
        "always zero no gradient reaches its weights, so it cannot recover.",
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
        "epoch",
        "One pass over all training images.",
        "As many steps as there are [[batches|batch]] in the training set; each image is used "
        "once.",
    ),
    Term(
        "expected calibration error",
        "How far a network's stated probabilities are from its accuracy, on average.",
        "Predictions are grouped by the probability of the predicted class; the mean of "
        "|[[accuracy]] − mean probability| over the groups, weighted by their sizes.",
        Paper(
            "Guo et al. 2017, On Calibration of Modern Neural Networks",
            "https://arxiv.org/abs/1706.04599",
        ),
    ),
    Term(
        "F1",
        "One number for how well a detector finds objects: 100% if it misses none and invents "
        "none.",
        "2 P R / (P + R) with precision P, the share of predicted boxes that are correct, and "
        "recall R, the share of objects that are found.",
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
        "gradient",
        "How much a result changes when one value is changed a little.",
        "The partial derivative of one number, such as the [[loss]] or a [[logit]], with respect "
        "to each value. Training follows the gradient of the loss downhill.",
    ),
    Term(
        "Grad-CAM",
        "An attribution method that weights the maps of a late layer.",
        "ReLU(Σ wₖ Aₖ): the [[feature maps|feature map]] Aₖ of a layer, weighted by the mean over "
        "positions of the [[gradient]] of the class score.",
        Paper("Selvaraju et al. 2017, Grad-CAM", "https://arxiv.org/abs/1610.02391"),
    ),
    Term(
        "intersection over union",
        "How well two boxes coincide: 1 if they are the same, 0 if they do not touch.",
        "The area that two boxes share, divided by the area that they cover together.",
    ),
    Term(
        "kernel",
        "The small grid of weights that slides over a map.",
        "One H × W slice of a [[filter]]: the weights for one input [[channel]].",
    ),
    Term(
        "latency",
        "The time that one forward pass takes.",
        "From the input to the output, in milliseconds; for one image unless another [[batch]] "
        "size is stated.",
    ),
    Term(
        "learning rate",
        "How large a step the optimizer takes.",
        "The factor on the update of the weights. Too large, and the [[loss]] diverges; too small, "
        "and training takes too long.",
    ),
    Term(
        "logit",
        "The score that a network gives a class before it is turned into a probability.",
        "An output of the last layer, any real number. [[Softmax|softmax]] turns the logits of all "
        "classes into probabilities; only their differences matter.",
    ),
    Term(
        "loss",
        "The number that training makes small: how wrong the network is.",
        "For classification the mean [[cross-entropy]]; for detection the sum of a class term and "
        "two box terms over the decoder's layers.",
    ),
    Term(
        "MACs",
        "How many multiplications a network needs for one image: its computational cost.",
        "Multiply-accumulate operations of convolutions, linear layers and attention in one "
        "forward pass. One MAC is two floating-point operations (FLOPs).",
    ),
    Term(
        "McNemar's test",
        "A test of whether two networks differ in accuracy on the same images.",
        "It uses only the images that exactly one of the two classifies correctly. If both were "
        "equally accurate, each would get about half of them; the p-value is the probability of "
        "a split at least as uneven.",
        Paper(
            "McNemar 1947, Note on the Sampling Error of the Difference between Correlated "
            "Proportions or Percentages",
            "https://doi.org/10.1007/BF02295996",
        ),
    ),
    Term(
        "nat",
        "A unit of information, like the bit.",
        "Information measured with the natural logarithm; 1 nat = 1 / ln 2 ≈ 1.44 bits.",
    ),
    Term(
        "object query",
        "A learned vector that asks a detector for one object.",
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
        "Pareto front",
        "The networks that no other one beats in every respect.",
        "A network is on the front if none is better in one respect, such as [[accuracy]], without "
        "being worse in another, such as [[latency]].",
    ),
    Term(
        "patch",
        "A square part of an image.",
        "What a unit of a layer sees, or a square that a vision transformer turns into one "
        "[[token]].",
    ),
    Term(
        "PCA",
        "A projection that keeps as much of the spread of the points as possible.",
        "Principal component analysis: an orthogonal projection onto the directions of largest "
        "variance. Distances can only shrink.",
        Paper(
            "Pearson 1901, On Lines and Planes of Closest Fit",
            "https://doi.org/10.1080/14786440109462720",
        ),
    ),
    Term(
        "percentile",
        "The value below which a given share of the values lies.",
        "p95 is the value that 95% of the values do not exceed; p50 is the median.",
    ),
    Term(
        "receptive field",
        "The part of the image that can influence a unit.",
        "The smallest box of input pixels outside which no change alters the unit's value. Its "
        "side grows by (kernel − 1) · dilation · jump with each layer, and the jump by the "
        "[[stride]].",
        Paper(
            "Araujo et al. 2019, Computing Receptive Fields of Convolutional Neural Networks",
            "https://distill.pub/2019/computing-receptive-fields",
        ),
    ),
    Term(
        "ReLU",
        "An activation that sets negative values to zero.",
        "max(0, x). It makes the network nonlinear, so that layers in sequence do more than one.",
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
        "saliency",
        "How strongly a score reacts to each pixel.",
        "|∂ score / ∂ pixel|; without a sign, so it does not say in which direction.",
        Paper(
            "Simonyan et al. 2013, Deep Inside Convolutional Networks",
            "https://arxiv.org/abs/1312.6034",
        ),
    ),
    Term(
        "seed",
        "A number that fixes all random choices of a training.",
        "The start of the random number generator for initial weights, the order of images and "
        "augmentation. Different seeds show how much of a result is chance.",
    ),
    Term(
        "snapshot",
        "The weights of a network as they were after a certain step of its training.",
        "Weights that a run keeps at steps 0, 1, 2, 4, 8 … and at the ends of "
        "[[epochs|epoch]]. The *checkpoint*, in contrast, is what a stopped training resumes from.",
    ),
    Term(
        "softmax",
        "The function that turns scores into probabilities that sum to 100%.",
        "pᵢ = exp(zᵢ) / Σⱼ exp(zⱼ) for [[logits|logit]] z.",
    ),
    Term(
        "stride",
        "How many pixels the kernel moves from one output to the next.",
        "A stride of 2 halves rows and columns of the output, and doubles the distance between "
        "the [[receptive fields|receptive field]] of neighboring units.",
    ),
    Term(
        "t-SNE",
        "A map that keeps neighbors together and gives up distances.",
        "t-distributed stochastic neighbor embedding. Sizes of "
        "groups and distances between them carry no meaning.",
        Paper(
            "van der Maaten and Hinton 2008, Visualizing Data using t-SNE",
            "https://www.jmlr.org/papers/v9/vandermaaten08a.html",
        ),
    ),
    Term(
        "temperature scaling",
        "Dividing all logits by one number so that the probabilities fit the accuracy.",
        "[[Softmax|softmax]] of z / T. A temperature T above 1 lowers every confidence; the "
        "predicted class stays the same.",
        Paper(
            "Guo et al. 2017, On Calibration of Modern Neural Networks",
            "https://arxiv.org/abs/1706.04599",
        ),
    ),
    Term(
        "token",
        "A vector that stands for one patch of the image.",
        "One row of the sequence that a transformer processes; before the first block a linear map "
        "of one [[patch]].",
    ),
    Term(
        "trustworthiness",
        "How far neighbors on a map are neighbors in the original space: at most 1.",
        "1 minus a penalty for each point that is among the nearest on the map and not in the "
        "original space, by its rank there.",
        Paper(
            "Venna and Kaski 2001, Neighborhood Preservation in Nonlinear Projection Methods",
            "https://doi.org/10.1007/3-540-44668-0_68",
        ),
    ),
    Term(
        "unit",
        "One number of a layer's output.",
        "A value at one [[channel]], row and column; also called a neuron.",
    ),
)
GLOSSARY: Mapping[str, Term] = MappingProxyType({term.name: term for term in _ROWS})
