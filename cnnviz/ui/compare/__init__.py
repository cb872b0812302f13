"""Page Compare: selection, table and measurements; one row per view."""

from cnnviz.ui.pickers.view_switch import View

VIEWS = (
    View(
        "table",
        "Table",
        "cnnviz.ui.compare.table:table_view",
        help=(
            "Click a heading to sort; dashes then count as lowest. *Sort by (best first)* puts "
            "them last. Hover over a heading to see where its values come from: counted in one "
            "forward pass, measured on this machine, recorded when the network was trained, or "
            "cited. A dash means that nobody has measured or published the value. "
            "[[Accuracy|accuracy]] is measured on the test digits of this machine, and its bounds "
            "are a 95% [[confidence interval]]. Two networks whose intervals overlap may still "
            "differ significantly: *Disagreements* tests them on the same digits."
        ),
    ),
    View(
        "charts",
        "Charts",
        "cnnviz.ui.compare.charts.view:charts_view",
        help=(
            "Filled bubbles are on the [[Pareto front]]: no other network here is better in one "
            "respect without being worse in another. The dotted step line joins them. Faint "
            "bubbles may be on it: their 95% interval overlaps that of a network that beats them. "
            "The area of a bubble is the number of parameters. In [[MACs]] against [[latency]], "
            "all points on a dotted line compute the same number of operations per second; a "
            "point far above its neighbors has low throughput. A box spans the interquartile "
            "range of the calls, and its whiskers go from p5 to p95. An ECDF shows the share of "
            "calls that took at most a given time; the steeper it is, the less the calls vary. In "
            "the layers, a depthwise convolution sees one [[channel]] at a time: it reads as much "
            "data as it multiplies, so its share of the time may exceed its share of the MACs."
        ),
    ),
    View(
        "digit",
        "Same digit",
        "cnnviz.ui.compare.digits.same_digit:same_digit_view",
        weights=True,
        help=(
            "Each network has a row: its input, the [[feature maps|feature map]] of one layer, "
            "and an [[attribution]] map. Layers are matched by the share of the network's "
            "convolutions and linear layers that precede them, by the size of their maps, or by "
            "their [[receptive field]]: for each network, the nearest layer is shown with its own "
            "value below. Early, middle and late are the catalogue's own three layers, which lie "
            "at different depths. The frame on the input is exactly the receptive field of the "
            "layer's middle [[unit]]; hover over another unit to see its own. The maps of two "
            "networks have separate color scales, since their values are not comparable. With *My "
            "drawing* you draw here; the maps follow when you lift the pen."
        ),
    ),
    View(
        "differ",
        "Disagreements",
        "cnnviz.ui.compare.digits.disagreements:disagreements_view",
        weights=True,
        help=(
            "All networks classify the same test digits. In the [[confusion matrices|confusion "
            "matrix]] only errors are colored. [[McNemar's test]] uses the digits that only one "
            "of two networks classifies correctly: if both were equally accurate, each would get "
            "half of them. Its p-value is the probability that chance alone splits them at least "
            "as unevenly. If all pairs of several networks are compared, the p-values are "
            "adjusted (Holm), since some of many comparisons look uneven by chance. Click a digit "
            "to open it in *Same digit*. Error bars by class are 95% intervals (Wilson). In the "
            "reliability diagram, a network below the diagonal is overconfident: its [[accuracy]] "
            "is lower than its confidence. The [[expected calibration error]] is the mean "
            "distance from the diagonal, weighted by the predictions in each bin. Chance alone "
            "causes some error, up to the value beside it. [[Temperature scaling|temperature "
            "scaling]] divides all [[logits|logit]] by one number; a temperature above 1 lowers "
            "the confidence and changes no predicted class. The log [[loss]] shows whether it "
            "helped; if one half of the digits has too few errors, no temperature is determined."
        ),
    ),
    View(
        "robust",
        "Robustness",
        "cnnviz.ui.compare.digits.robustness:robustness_view",
        weights=True,
        help=(
            "The same digits are perturbed more and more. Bands are 95% [[intervals|confidence "
            "interval]] for this number of digits. Networks marked *augmented* were trained on "
            "shifted and rotated digits, the others were not. The later a curve falls, the more "
            "robust the network is to this perturbation. Two curves count as crossing if each "
            "network is significantly more accurate at some strength, by [[McNemar's test]] on the "
            "same digits, adjusted for all these tests (Holm)."
        ),
    ),
    View(
        "protocol",
        "Timing",
        "cnnviz.ui.compare.charts.protocol:timing_view",
        help=(
            "Each line was timed call by call: first the *cold* call, then a warm-up, then calls "
            "in turns with the other networks and engines. The lecture's mean omits the first "
            "call and averages the next hundred, including the warm-up, so that it covers other "
            "calls than the other figures. p50, p90 and p95 are [[percentiles|percentile]] of "
            "single calls. Wall time over processor time is 1 if no other process used the core "
            "(clean up to 1.1, noisy up to 1.5); with several threads it is meaningless. ONNX "
            "Runtime and torch.compile use the same weights, and are left out if their outputs "
            "differ from PyTorch's."
        ),
    ),
    View(
        "tricks",
        "Optimizations",
        "cnnviz.ui.compare.charts.optimizations:optimizations_view",
        help=(
            "Each optimization is measured on the network itself, with and without it in turns. "
            "Images per second are compared turn by turn, with 95% bounds from the sign test; if "
            "the bounds include 1, the difference is noise. Peak memory is that of the tensors "
            "alive at the same time during a call, without weights and input; it is counted, so "
            "it has no spread. A training step is a forward and a backward pass. *The same* means "
            "in float64, where rounding hides nothing."
        ),
    ),
)
# by which older links name a view
FORMER_TITLES = {"Where they differ": "differ", "Tricks": "tricks"}
