"""Terms for training."""

from cnnviz.models.catalog.row import Paper
from cnnviz.ui.shell.terms.term import Term

TRAINING_TERMS = (
    Term(
        "augmentation",
        "Random changes of the training images, such as shifts and rotations, that do not change "
        "their class.",
        "Each image is transformed anew in every [[epoch]], so that the network hardly ever sees "
        "the same image twice and learns to tolerate such changes. Test images stay as they are.",
        Paper(
            "Shorten and Khoshgoftaar 2019, A Survey on Image Data Augmentation for Deep Learning",
            "https://doi.org/10.1186/s40537-019-0197-0",
        ),
    ),
    Term(
        "batch",
        "The images that a network learns from in one step.",
        "One step of the optimizer uses the mean [[loss]] of a batch and its gradient.",
    ),
    Term(
        "cross-entropy",
        "A loss that is large if the true class got a low probability.",
        "−ln p of the true class, in [[nats|nat]]; ln 10 ≈ 2.30 for guessing among ten classes, 0 "
        "for probability 1 on the true one.",
    ),
    Term(
        "dropout",
        "Setting randomly chosen values to zero during training, which reduces overfitting.",
        "Each value is set to zero with probability p, independently, and the others are divided "
        "by 1 − p, so that the expected value stays the same. Predictions use all values.",
        Paper(
            "Srivastava et al. 2014, Dropout: A Simple Way to Prevent Neural Networks from "
            "Overfitting",
            "https://jmlr.org/papers/v15/srivastava14a.html",
        ),
    ),
    Term(
        "epoch",
        "One pass over all training images.",
        "As many steps as there are [[batches|batch]] in the training set; each image is used "
        "once.",
    ),
    Term(
        "fan-in",
        "The number of inputs that a unit adds up.",
        "The number of weights of one [[unit]]: input channels × rows × columns of the [[kernel]] "
        "for a convolution. Weights are drawn with a variance proportional to 1 / fan-in, so that "
        "the sums neither grow nor shrink from layer to layer.",
        Paper("He et al. 2015, Delving Deep into Rectifiers", "https://arxiv.org/abs/1502.01852"),
    ),
    Term(
        "gradient",
        "How much a result changes when one value is changed a little.",
        "The partial derivative of one number, such as the [[loss]] or a [[logit]], with respect "
        "to each value. Training moves the weights against the gradient of the loss.",
    ),
    Term(
        "learning rate",
        "How large a step the optimizer takes.",
        "The factor on the update of the weights. Too large, and the [[loss]] diverges; too small, "
        "and training takes too long.",
    ),
    Term(
        "loss",
        "The number that training makes small: how wrong the network is.",
        "For classification the mean [[cross-entropy]]; for detection the sum of a class term and "
        "two box terms over the decoder's layers.",
    ),
    Term(
        "nat",
        "A unit of information, like the bit.",
        "Information measured with the natural logarithm; 1 nat = 1 / ln 2 ≈ 1.44 bits.",
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
)
