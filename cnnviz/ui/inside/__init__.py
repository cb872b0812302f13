"""Page Look inside; one row per view."""

from cnnviz.ui.pickers.view_switch import View

VIEWS = (
    View(
        "guided",
        "Early, middle, late",
        "cnnviz.ui.inside.guided:guided_view",
        help=(
            "Each small square is one [[channel]] of a layer: a [[feature map]]. All maps of a "
            "layer share one color scale, given below them; zero fades into the background, and "
            "where values are signed, blue is positive and vermilion negative. The scale ends at "
            "the 99.5th [[percentile]], so that a few very large values do not hide the others. "
            "Point at a [[unit]] for its exact value and its [[receptive field]] on the "
            "earlier maps; click to enlarge a map. A channel is [[dead|dead channel]] if its value "
            "is the same for every digit. How much the class explains of a channel is the variance "
            "of its maximum between the ten classes, divided by the whole variance."
        ),
    ),
    View(
        "layers",
        "Every layer",
        "cnnviz.ui.inside.layers:layers_view",
        help=(
            "A layer is shown with what follows it directly: a [[convolution]] with its "
            "[[normalization|batch normalization]], activation and [[pooling]]. The [[gradient]] "
            "says how much the [[logit]] of a class would rise if a value rose by one: blue raises "
            "it, vermilion lowers it. Histograms count on a logarithmic scale, because most values "
            "after a [[ReLU]] are zero."
        ),
    ),
    View(
        "film",
        "Forward pass",
        "cnnviz.ui.inside.animation:animation_view",
        help=(
            "The digit becomes [[feature maps|feature map]], then smaller ones and more of them, "
            "until ten [[logits|logit]] are left. A deep network shows its blocks instead of its "
            "layers. Play the animation or drag the slider; the arrow keys move it too."
        ),
    ),
    View(
        "compare",
        "Compare",
        "cnnviz.ui.inside.compare:comparison_view",
        help=(
            "The same layer for two inputs, or for two sets of weights, and the second minus the "
            "first: blue where the second is higher, vermilion where it is lower. The three maps "
            "of a layer share one scale."
        ),
    ),
)
