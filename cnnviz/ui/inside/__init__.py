"""Page Look inside; one row per view."""

from cnnviz.ui.pickers.view_switch import View

VIEWS = (
    View(
        "guided",
        "Early, middle, late",
        "cnnviz.ui.inside.guided:show",
        help=(
            "Each small square is one channel of a layer: a feature map. All maps of a layer "
            "share one color scale, given below them; zero fades into the page, and where "
            "values are signed, blue is above zero and vermilion below. The scale ends at the "
            "99.5th percentile, so that a few very high values do not leave the others in the "
            "dark. Point at a unit for its exact value and for the part of the earlier maps "
            "that it sees; click to enlarge a map. A channel is dead when its value never "
            "changes, whatever the digit. How much the digit explains of a channel is the "
            "variance of its strongest value between the ten classes over the whole variance."
        ),
    ),
    View(
        "layers",
        "Every layer",
        "cnnviz.ui.inside.layers:show",
        help=(
            "A layer stands beside what follows it directly: the convolution before its "
            "normalization, its activation and its pooling. A gradient says how much the logit "
            "of one class would rise if a value rose by one; blue raises it, vermilion lowers "
            "it. Histograms count on a logarithmic scale, since most values of a ReLU are zero."
        ),
    ),
    View(
        "film",
        "Forward pass",
        "cnnviz.ui.inside.film:show",
        help=(
            "The digit becomes maps, and maps become smaller maps and more of them, until ten "
            "numbers are left. A network of many layers shows its blocks. Play it at your pace,"
            " or pull the slider; the arrow keys move it too."
        ),
    ),
    View(
        "compare",
        "Compare",
        "cnnviz.ui.inside.compare:show",
        help=(
            "The same layer for two inputs, or for two states of the weights, and what the "
            "second says more than the first: blue where it is higher, vermilion where it is "
            "lower. The three pictures of a layer share one scale."
        ),
    ),
)
