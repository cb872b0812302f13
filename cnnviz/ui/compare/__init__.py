"""Page Compare: selection, table and measurements; one row per view."""

from cnnviz.ui.pickers.view_switch import View

VIEWS = (
    View(
        "table",
        "Table",
        "cnnviz.ui.compare.table:table_view",
        help=(
            "- Click a heading to sort; dashes then count as lowest. *Sort by (best first)* "
            "puts them last.\n"
            "- Hover over a heading to see where its values come from: counted in one forward "
            "pass, measured on this machine, recorded when the network was trained, or cited. A "
            "dash means that the value has not been measured or published.\n"
            "- [[Accuracy|accuracy]] is measured on the test digits of this machine, and its "
            "bounds are a 95% [[confidence interval]]. Two networks whose intervals overlap may "
            "still differ significantly: *Errors and disagreements* tests them on the same digits."
        ),
    ),
    View(
        "charts",
        "Charts",
        "cnnviz.ui.compare.charts.view:charts_view",
        help=(
            "- **Cost and [[accuracy]]**: filled bubbles are on the [[Pareto front]]: no other "
            "network here is better in one respect without being worse in another. The dotted line "
            "joins them. Faint bubbles may be on it: their 95% interval overlaps that of a network "
            "that beats them. The area of a bubble is the number of [[parameters|parameter]].\n- "
            "**MACs and latency**: [[MACs]] are counted, [[latency]] is measured. All points on a "
            "dotted line compute the same number of operations per second (GFLOP/s). A network far "
            "above its neighbors is slow for its MACs.\n- **Latency**: a box spans the "
            "interquartile range of the calls, and its whiskers go from p5 to p95 "
            "([[percentiles|percentile]]). The curves below ([[ECDF]]) show the share of calls "
            "that took at most a given time; the steeper a curve, the less the calls vary.\n- "
            "**Batch size**: throughput, in images per second, of calls with a [[batch]] of "
            "several images.\n- **Layers**: the bars show which layers have the MACs and which "
            "take the time. A depthwise [[convolution]] sees one [[channel]] at a time: it reads "
            "about as many numbers as it multiplies, so its share of the time may exceed its share "
            "of the MACs.\n- **Pairwise comparison**: each bar is the value of the second network "
            "divided by that of the first, on a logarithmic scale."
        ),
    ),
    View(
        "digit",
        "Same digit",
        "cnnviz.ui.compare.digits.same_digit:same_digit_view",
        weights=True,
        help=(
            "- Each network has a row: its input, the [[feature maps|feature map]] of one layer, "
            "and an [[attribution]] map.\n- Layers are matched by relative depth (the share of the "
            "network's [[convolutions|convolution]] and linear layers up to there), by the size of "
            "their maps, or by their [[receptive field]]. For each network the nearest layer is "
            "shown, with its own value below. *Early, middle, late* are three layers that the "
            "catalog names for each network; they lie at different depths.\n- The frame on the "
            "input is exactly the receptive field of the layer's middle [[unit]]; hover over "
            "another unit to see its own.\n- Each network has its own color scale, since the "
            "values of two networks are not comparable.\n- With *My drawing* you draw here; the "
            "maps follow when you lift the pen."
        ),
    ),
    View(
        "differ",
        "Errors and disagreements",
        "cnnviz.ui.compare.digits.disagreements:disagreements_view",
        weights=True,
        help=(
            "- All networks classify the same test digits. Click a digit to open it in *Same "
            "digit*.\n"
            "- **Confusion matrices**: in a [[confusion matrix]] only errors are colored.\n"
            "- **Pairwise comparison**: [[McNemar's test]] uses the digits that only one of two "
            "networks classifies correctly. If both were equally accurate, each would get half "
            "of them. The p-value is the probability that chance alone splits them at least as "
            "unevenly. If all pairs of several networks are compared, the p-values are adjusted "
            "(Holm), since some of many comparisons look uneven by chance.\n"
            "- **Accuracy by class**: error bars are 95% [[confidence intervals|confidence "
            "interval]].\n"
            "- **Calibration**: a network below the diagonal is overconfident: its [[accuracy]] "
            "is lower than its confidence. The [[expected calibration error]] is the mean "
            "distance from the diagonal, weighted by the predictions in each bin. Chance alone "
            "causes some error, up to the value beside it. [[Temperature scaling|temperature "
            "scaling]] divides all [[logits|logit]] by one number; a temperature above 1 lowers "
            "the confidence and changes no predicted class. The log [[loss]] shows whether it "
            "helped. If one half of the digits has too few errors, no temperature is fitted."
        ),
    ),
    View(
        "robust",
        "Robustness",
        "cnnviz.ui.compare.digits.robustness:robustness_view",
        weights=True,
        help=(
            "- The same digits are perturbed with increasing strength. Bands are 95% "
            "[[intervals|confidence interval]] for this number of digits. The later a curve "
            "falls, the more robust the network is to this perturbation.\n"
            "- Networks marked *augmented* were trained on shifted and rotated digits "
            "([[augmentation]]), the others were not.\n"
            "- Two curves cross significantly if each network is more accurate at some strength "
            "by [[McNemar's test]] on the same digits, adjusted for all these tests (Holm)."
        ),
    ),
    View(
        "protocol",
        "Timing",
        "cnnviz.ui.compare.charts.timing:timing_view",
        help=(
            "- Each row was timed call by call: first the *cold* call, then a warm-up, then "
            "calls in turns with the other networks and engines. p50, p90 and p95 are "
            "[[percentiles|percentile]] of single calls.\n"
            "- The *lecture's mean* omits the first call and averages the next hundred, "
            "including the warm-up, so that it covers other calls than the other columns.\n"
            "- *Wall / processor time* is 1 if no other process used the core (clean up to 1.1, "
            "noisy up to 1.5); with several threads it is meaningless.\n"
            "- ONNX Runtime and torch.compile use the same weights as PyTorch, and are left out "
            "if their outputs differ."
        ),
    ),
    View(
        "tricks",
        "Optimizations",
        "cnnviz.ui.compare.charts.optimizations:optimizations_view",
        help=(
            "- Each optimization is measured on the network itself, with and without it in "
            "turns. A training step is a forward and a backward pass.\n"
            "- *Speedup*: images per second with the optimization divided by those without it, "
            "compared turn by turn, with 95% bounds from the sign test. If the bounds include "
            "1, the difference may be chance.\n"
            "- *Peak memory*: of the tensors that are alive at the same time during a call, "
            "without weights and input. It is counted, so it has no spread.\n"
            "- *Results*: whether the outputs, or the [[gradients|gradient]] of a training "
            "step, are the same in float64, where rounding errors are negligible."
        ),
    ),
)
# by which older links name a view
FORMER_TITLES = {"Where they differ": "differ", "Disagreements": "differ", "Tricks": "tricks"}
