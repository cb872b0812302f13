"""Page Compare: selection, table and measuring; one row per view."""

from cnnviz.ui.pickers.view_switch import View

VIEWS = (
    View(
        "table",
        "Table",
        "cnnviz.ui.compare.table:show",
        help=(
            "Click a column's name to sort, where dashes count as least; *Best first by* puts "
            "them last. Point at the name to read where its numbers come from: counted in one "
            "forward pass, measured on this machine, noted when the network was trained, or "
            "cited. A dash stands for what nobody has measured or published. The accuracy is of"
            " the test digits of this machine; of so many digits the bounds hold 95% of the "
            "time (Wilson 1927). Two networks whose bounds overlap may still differ: see *Where"
            " they differ*, which looks at the same digits."
        ),
    ),
    View(
        "charts",
        "Charts",
        "cnnviz.ui.compare.charts.view:show",
        help=(
            "Filled bubbles are on the Pareto front: no other network here is better in one "
            "respect without being worse in another; the dotted stairs join them. Faint ones "
            "may be on it: their 95% bounds overlap those of who beats them. The area is the "
            "number of parameters. In MACs against latency, all points on a dotted line compute"
            " as many operations a second; a point far above its neighbors does little work "
            "slowly. A box holds the middle half of the calls, its whiskers go from p5 to p95. "
            "An ECDF says which share of the calls took at most so long; the steeper, the more "
            "alike they are. In the layers, a depthwise convolution sees one channel at a time:"
            " it reads as much as it multiplies, so it may take more of the time than it has of"
            " the MACs."
        ),
    ),
    View(
        "digit",
        "Same digit",
        "cnnviz.ui.compare.digits.same_digit:show",
        weights=True,
        help=(
            "Each network has a row: what it receives, one layer of it, and what speaks for a "
            "class. The layers are matched by the share of the network's convolutions and "
            "linear layers that lie before them, by the size of their maps, or by what their "
            "units see: of each network the nearest layer is shown, with what it measures "
            "below. Early, middle and late are the catalogue's own three, which lie at "
            "different depths. The frame on the input holds exactly the pixels that the layer's"
            " middle unit can see; point at another unit for its own. Maps of two networks have"
            " scales of their own, since their values have nothing in common. With *My drawing*"
            " you draw here: the maps follow when the pen is lifted."
        ),
    ),
    View(
        "differ",
        "Where they differ",
        "cnnviz.ui.compare.digits.disagreements:show",
        weights=True,
        help=(
            "All networks answered the same test digits. In the matrices color counts mistakes"
            " only. McNemar's test looks at the digits on which just one of two networks is "
            "right: were they equally good, each would get half of these. Its p says how often "
            "chance alone splits them as unevenly. Where every two of several are compared, the"
            " p-values are made larger (Holm), since of many comparisons some look uneven by "
            "chance. Click a digit to look at it side by side. Lines of a class are 95% "
            "intervals (Wilson). In the reliability diagram a network below the diagonal is "
            "less often right than it says; the expected calibration error is the mean "
            "distance, bins weighed by their answers (Guo et al. 2017). Chance alone makes some"
            " error: up to how much stands beside it. A temperature divides all logits by one "
            "number; above 1 it makes a boaster milder, and changes no answer. Log loss beside "
            "it tells whether it helped; where a half of the digits holds too few mistakes, "
            "none is determined."
        ),
    ),
    View(
        "robust",
        "Robustness",
        "cnnviz.ui.compare.digits.robustness:show",
        weights=True,
        help=(
            "The same digits are spoiled more and more. Bands are 95% intervals for so many "
            "digits (Wilson). Networks marked *augmented* learned from moved and turned digits,"
            " the others from none like these. A line that falls later stands for a network "
            "that relies less on what was changed. Two lines count as crossing where each "
            "network is better than the other somewhere by McNemar's test on the same digits, "
            "corrected for all these tests (Holm)."
        ),
    ),
    View(
        "protocol",
        "Timing",
        "cnnviz.ui.compare.charts.protocol:show",
        help=(
            "Each line was timed call by call: the first call is told apart (*cold*), then a "
            "warm-up, then calls in turns with the other networks, engines apart by nothing "
            "else. The lecture's mean drops the first call and averages the next hundred, warm-"
            "up included, so that it is of other calls than the other figures. p50, p90 and p95"
            " are of single calls. Clock over processor time is 1 where nobody else wanted the "
            "core (clean to 1.1, noisy to 1.5); with several threads it tells nothing. ONNX "
            "Runtime and torch.compile are given the same weights, and are left out where their"
            " answers differ from PyTorch's."
        ),
    ),
    View(
        "tricks",
        "Tricks",
        "cnnviz.ui.compare.charts.optimizations:show",
        help=(
            "Each trick is measured on the network itself, with and without it in turns. Images"
            " a second are compared turn by turn, with 95% bounds by the sign test; where the "
            "bounds hold 1, what one sees is noise, and it says so. Memory is that of the "
            "tensors that a call makes and that are alive at once, at most, weights and input "
            "apart: counted, so that it has no spread. A step of training is a forward and a "
            "backward pass. *The same* means: in float64, where rounding hides nothing."
        ),
    ),
)
