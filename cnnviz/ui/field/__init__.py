"""Page Receptive field; one row per view."""

from cnnviz.ui.pickers.view_switch import View

VIEWS = (
    View(
        "boxes",
        "What a unit can see",
        "cnnviz.ui.field.boxes:theoretical_field_view",
        help=(
            "Point at any [[unit]]: the box on the input, and on every map in between, is its "
            "theoretical [[receptive field]]. It holds "
            "exactly the values that can change it. A click keeps the unit. Hatched areas lie "
            "beyond the border, where there is only [[padding]]. One pass that propagates "
            "intervals of positions instead of numbers finds the boxes, through branches, "
            "shortcuts, shifted windows and [[attention]]; they do not depend on the weights. A "
            "map here is the mean absolute value over the [[channels|channel]]."
        ),
    ),
    View(
        "effective",
        "What it mostly uses",
        "cnnviz.ui.field.effective:effective_field_view",
        help=(
            "The [[effective receptive field]] is the mean of |∂ unit / ∂ pixel| over several "
            "images (Luo et al. 2016). Of all pixels in the [[receptive field]], those in the "
            "middle change a [[unit]] most, because most paths lead through them. The side counts "
            "pixels above 4.55% of the largest value; the squares around the center of mass hold "
            "50% and 95% of the total. Before training it is nearly a Gaussian."
        ),
    ),
    View(
        "spread",
        "Change one pixel",
        "cnnviz.ui.field.spread:pixel_change_view",
        help=(
            "Click a pixel of the input: every map shows how much the change moves each [[unit]], "
            "as the mean over the [[channels|channel]], computed in float64. It spreads exactly "
            "as far as the [[receptive fields|receptive field]] allow."
        ),
    ),
    View(
        "table",
        "The whole network",
        "cnnviz.ui.field.table:field_table_view",
        help=(
            "r is the side of the [[receptive field]] in pixels, jump the distance between the "
            "fields of neighboring [[units|unit]] (the product of all [[strides|stride]] so far), "
            "and [[padding]] how far the first field extends beyond the border. The share is of "
            "the central unit, clipped at the border. From the first layer whose central unit "
            "sees the whole input, further layers add no context (Richter et al. 2021)."
        ),
    ),
)
# keys by titles that older links contain
FORMER_TITLES = {
    "What a unit sees": "boxes",
    "Theoretical": "boxes",
    "What it listens to": "effective",
    "Effective": "effective",
}
