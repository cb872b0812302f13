"""Terms for measurements of a network, and for statistical tests and maps."""

from cnnviz.models.catalog.row import Paper
from cnnviz.ui.shell.terms.term import Term

MEASURE_TERMS = (
    Term(
        "accuracy",
        "The share of images for which the network's most likely class is the true one.",
        "Correct predictions divided by all predictions. On a test set it is an estimate, with a "
        "[[confidence interval]].",
    ),
    Term(
        "attribution",
        "A map that says how much each input pixel contributed to a prediction.",
        "A function from an image and a score, such as a [[logit]], to one number per pixel. "
        "Methods define the contribution differently, so their maps differ.",
    ),
    Term(
        "confidence interval",
        "The range in which the true value probably lies, given the number of measurements.",
        "A 95% interval is computed so that in 95 of 100 repetitions the interval contains the "
        "true value. For an [[accuracy]] the rule is Wilson's.",
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
        "ECDF",
        "A curve that shows which share of the values is at most a given value.",
        "Empirical cumulative distribution function: F(x) is the number of values ≤ x divided by "
        "the number of all values. It reaches 95% at the 95th [[percentile]].",
        Paper(
            "van der Vaart 1998, Asymptotic Statistics", "https://doi.org/10.1017/CBO9780511802256"
        ),
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
        "One number for how well a detector works: 100% if it finds every object and nothing else.",
        "2 P R / (P + R) with precision P, the share of predicted boxes that are correct, and "
        "recall R, the share of objects that are found.",
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
        "latency",
        "The time that one forward pass takes.",
        "From the input to the output, in milliseconds; for one image unless another [[batch]] "
        "size is stated.",
    ),
    Term(
        "MACs",
        "Multiply-accumulate operations of a network for one image: its computational cost.",
        "A multiplication and an addition of convolutions, linear layers and attention in one "
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
        "Pareto front",
        "The networks that no other one beats in every respect.",
        "A network is on the front if none is better in one respect, such as [[accuracy]], without "
        "being worse in another, such as [[latency]].",
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
        "perplexity",
        "About how many neighbors of each point t-SNE takes into account.",
        "2 to the power of the entropy, in bits, of the probabilities with which [[t-SNE]] picks a "
        "neighbor of a point; the width of a Gaussian around each point is set to reach it.",
        Paper(
            "van der Maaten and Hinton 2008, Visualizing Data using t-SNE",
            "https://www.jmlr.org/papers/v9/vandermaaten08a.html",
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
        "t-SNE",
        "A map that keeps neighbors together and gives up distances.",
        "t-distributed stochastic neighbor embedding: points are placed so that the probabilities "
        "of picking each neighbor, from Student's t-distribution on the map, match those from a "
        "Gaussian in the original space. Sizes of groups and distances between them carry no "
        "meaning.",
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
        "trustworthiness",
        "How far neighbors on a map are neighbors in the original space: at most 1.",
        "1 minus a penalty for each point that is among the nearest on the map and not in the "
        "original space, by its rank there.",
        Paper(
            "Venna and Kaski 2001, Neighborhood Preservation in Nonlinear Projection Methods",
            "https://doi.org/10.1007/3-540-44668-0_68",
        ),
    ),
)
