import streamlit as st

from cnnviz.ui.attribution import controls
from cnnviz.ui.attribution.view import attribution_view
from cnnviz.ui.cached import attributions, layer_outputs
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.pickers.image import choose_network_and_subject
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.navigation import require_router

require_router()

AGAIN = 0.5  # seconds until the page looks for checks that have become ready

st.title("Why this answer")
network, subject = choose_network_and_subject()
if not subject.image.any():
    st.info("There is no ink on it: choose another input.", icon=":material/info:")
    st.stop()

warmup.wait()
what, where = st.columns([2, 1])
with what:
    answer = layer_outputs.forward_pass(network, subject.image)
    target = controls.choose_target(answer.probabilities)
with where:
    layer, taken = controls.choose_layer(network)
found = attributions.explanation(network, subject.image, target, layer)


@st.fragment
def maps() -> None:
    """Show the maps at once and, as soon as they are measured, what they are worth."""
    from cnnviz.inspection.attribution.methods import METHODS

    known = controls.checks(network, subject.image, target, layer, found)
    attribution_view(
        subject.image,
        found,
        METHODS,
        {key: known.belief(key) for key in METHODS},
        score=f"{subject.title}. Explained: {target} = {found.score:.2f}; on black paper it is "
        f"{found.blank:.2f}.",
        notes=controls.notes(found, taken),
        key="why_maps",
    )
    if not known.complete:
        pulse(AGAIN, key="why_pulse")
    controls.show_steps(known)


maps()
with st.expander("How to read this", icon=":material/help:"):
    st.markdown(
        "- **A map is a claim, not the reason.** Each method means something else by *speaks for*, "
        "and they disagree. In signed maps blue speaks for the class and vermilion against it. "
        "Each map has a scale of its own, given below it: compare places, not colors.\n"
        "- **Deletion and insertion** put the claim to the test. The ink goes, or comes, in the "
        "order of the map while the network is asked again and again; the number is the mean "
        "probability on the way. Ten random orders of the same ink, mean ± one deviation, stand "
        "beside it: two deviations better counts as agreement. A digit without half its ink is "
        "nothing the network has been trained on, so this is evidence, not proof.\n"
        "- **Scrambled weights** tell whether the map depends on what was learned. Weights change "
        "places within each layer, from the output back to the input; three times for the whole "
        "network. What still correlates then comes from the ink's shape and the architecture.\n"
        "- **Paper is silent.** Hiding or fading to black cannot show what speaks by being empty, "
        "such as the gap that makes a 4 no 9. Only saliency and Grad-CAM color paper at all.\n"
        "- **Grad-CAM** takes one mean gradient per channel, so it suits networks that pool before "
        "they answer. A fully connected head has a weight for each place, and the mean hides it.\n"
        "- **And not**: against one class the difference of the two logits is explained; deletion "
        "and insertion then follow the probability between these two alone."
    )
