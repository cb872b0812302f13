"""Page Receptive field; one row per view."""

from cnnviz.ui.pickers.view_switch import View

VIEWS = (
    View(
        "boxes",
        "What a unit sees",
        "cnnviz.ui.field.boxes:show",
        help=(
            "Point at any unit: the box on the input, and on every map in between, holds "
            "exactly what can change its value. A click keeps the unit. Hatched is what lies "
            "beyond the border, where there is padding only. The boxes come from one pass that "
            "carries intervals in place of numbers, through branches, shortcuts, shifted "
            "windows and attention; they do not depend on the weights. A map here is the mean "
            "over the channels of how far values are from zero."
        ),
    ),
    View(
        "effective",
        "What it listens to",
        "cnnviz.ui.field.effective:show",
        help=(
            "The mean of |∂ unit / ∂ pixel| over several images (Luo et al. 2016): of all "
            "pixels that could change a unit, the ones in the middle change it most, since more"
            " ways lead through them. The side counts pixels above 4.55% of the largest value; "
            "the squares around the center of mass hold 50% and 95% of all. Before training it "
            "is nearly a Gaussian."
        ),
    ),
    View(
        "spread",
        "Change one pixel",
        "cnnviz.ui.field.spread:show",
        help=(
            "Click a pixel of the input: every map shows how much the change moves each unit, "
            "mean over the channels, computed in float64. It spreads as the receptive fields "
            "say, and not one unit farther."
        ),
    ),
    View(
        "table",
        "The whole network",
        "cnnviz.ui.field.table:show",
        help=(
            "r is how many pixels a unit sees, jump how far apart the fields of neighbors are,"
            " and padding how far the first one reaches beyond the border. The share is of the "
            "unit in the middle, clipped at the border. From the first layer whose middle unit "
            "sees the whole input on, a layer can no longer gain context (Richter et al. 2021)."
        ),
    ),
)
