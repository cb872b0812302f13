import streamlit as st

from cnnviz.ui.attribution import controls
from cnnviz.ui.attribution.view import attribution_view
from cnnviz.ui.cached import attributions, layer_outputs
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.pickers.image import choose_network_and_image
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.teaching.predict_first import predict_first
from cnnviz.ui.teaching.suggested_experiments import suggested_experiments

require_router()

AGAIN = 0.5  # seconds until the page looks for finished checks

page_title("why")
network, image = choose_network_and_image()
if not image.pixels.any():
    st.info("The image is empty: choose another input.", icon=":material/info:")
    st.stop()

warmup.wait_for_pytorch()
what, where = st.columns([2, 1])
with what:
    forward = layer_outputs.forward_pass(network, image.pixels)
    target = controls.choose_target(forward)
with where:
    layer, layer_note = controls.choose_grad_cam_layer(network)
explanation = attributions.explanation(network, image.pixels, target, layer)


@st.fragment
def maps() -> None:
    """Show the maps at once, and the results of their checks as they are finished."""
    from cnnviz.inspection.attribution.methods import METHODS

    checks = controls.checks(network, image.pixels, target, layer, explanation)
    assessments = {key: checks.assess(key) for key in METHODS}
    controls.show_verdict(assessments, explanation, target, image)
    attribution_view(
        image.pixels,
        explanation,
        METHODS,
        assessments,
        score=f"{image.title}. Explained: {target} = {explanation.score:.2f}; for a black image it "
        f"is {explanation.blank:.2f}.",
        notes=controls.notes(explanation, layer_note),
        key="why_maps",
    )
    if not checks.complete:
        pulse(AGAIN, key="why_pulse")
    controls.show_check_details(checks)


maps()
predict_first("why", network, image.pixels)
suggested_experiments("why")
how_to_read(
    "- **A map is a hypothesis, not the reason.** Each [[attribution]] method defines the "
    "contribution of a pixel differently, and they disagree. In signed maps blue is evidence for "
    "the class and vermilion against it. Each map has a scale of its own, given below it: compare "
    "positions, not colors.\n"
    "- **Deletion and insertion** test the hypothesis. Ink is removed, or added, in the order of "
    "the map, and the network is evaluated at each step; the number is the mean probability over "
    "the steps. Ten random orders of the same ink, mean ± one standard deviation, are the "
    "baseline: two deviations better counts as a difference. A digit with half its ink missing is "
    "unlike any training image, so this is evidence, not proof.\n"
    "- **Randomized weights** test whether the map depends on what was learned. Weights are "
    "shuffled within each layer, from the output back to the input; three times for the whole "
    "network. What still correlates comes from the shape of the ink and the architecture.\n"
    "- **Empty background** gets no evidence. Covering it with black, or fading it to black, "
    "changes nothing, so these methods cannot show what an empty area says, such as the gap that "
    "makes a 4 no 9. Only [[saliency]] and [[Grad-CAM]] color the background at all.\n"
    "- **Grad-CAM** uses one mean [[gradient]] per [[channel]], so it suits networks that average "
    "over positions before they classify. A fully connected layer has a weight for each position, "
    "which the mean hides.\n"
    "- **Compared with** a second class, the difference of the two [[logits|logit]] is explained; "
    "deletion and insertion then follow the probability between these two classes alone."
)
