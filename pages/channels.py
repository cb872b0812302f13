import streamlit as st

from cnnviz.ui.cached import layer_outputs, loading
from cnnviz.ui.channels import edit_history, tested_digits
from cnnviz.ui.channels.channel_effect import headline, offer_changed_digit
from cnnviz.ui.channels.effect_view import effect_view
from cnnviz.ui.channels.incremental_test import advanced_test
from cnnviz.ui.channels.kernel_editor import kernel_editor
from cnnviz.ui.channels.optimize_view import optimize_view
from cnnviz.ui.channels.top_activating_view import (
    channel_map_view,
    channel_maps_view,
    top_activating_view,
)
from cnnviz.ui.pickers.channel import choose_channel, choose_map_layer
from cnnviz.ui.pickers.image import choose_network_and_image
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.teaching.predict_first import predict_first
from cnnviz.ui.teaching.suggested_experiments import suggested_experiments

require_router()

WHOLE = "channels_whole"  # whether the whole page runs, not the fragment alone

digits = loading.digits()

page_title("channels")
network, image = choose_network_and_image()

warmup.wait_for_pytorch()
loading.model(network)
left, right = st.columns([3, 1])
with left:
    layer = choose_map_layer(network)
importance = layer_outputs.channel_importance(network, image.pixels, layer)
with right:
    channel = choose_channel(
        "Channel",
        layer.channels,
        key="channels_channel",
        default=importance.most_important,
    )
with st.expander("Choose a channel by its map", icon=":material/grid_view:"):
    channel_maps_view(network, layer, image)


@st.fragment
def editor() -> None:
    """Edit the channel, and show the effect of all edits while it is measured."""
    edit_history.exchange_with_address(network, layer_outputs.map_layers(network))
    first = st.container(horizontal=True, vertical_alignment="center")
    change, effect = st.columns([3, 2], gap="large")
    edits = edit_history.edits(network)
    with change:
        kernel_editor(network, layer, channel)
        if not layer.kernel:
            channel_map_view(network, layer, channel, image.pixels)
        edit_history.toolbar(network)
    with effect:
        test = advanced_test(network, digits, edits, image, at_once=st.session_state[WHOLE])
        effect_view(
            test.effect,
            of=len(tested_digits.tested(digits)),
            edits=len(edits),
            label=image.label,
            title=image.title,
            key="channels_effect",
        )
    with first:
        st.markdown(headline(test.effect, edits, importance, channel, image.noun), width="content")
        offer_changed_digit(network, digits, layer, channel, image, test.effect)
    if not test.done:
        st.rerun(scope="fragment")


st.session_state[WHOLE] = True
editor()
st.session_state[WHOLE] = False  # from here on the fragment may run by itself

st.subheader(
    "What activates this channel",
    anchor=False,
    help="The test digits for which the channel's largest value is highest, what its strongest "
    "unit sees of them, and an image made to raise its mean.",
)
top_digits, optimized = st.columns([3, 2], gap="large")
with top_digits:
    if tested_digits.is_dead(network, digits, layer, channel):
        st.info(
            "This channel is dead: it has the same value for every digit.", icon=":material/info:"
        )
    else:
        top_activating_view(network, digits, layer, channel)
with optimized:
    optimize_view(network, digits, layer, channel)

predict_first("channels", network, image.pixels)
suggested_experiments("channels")
how_to_read(
    "- **[[Kernels|kernel]]** are the weights of one [[filter]], one small image per input "
    "channel: blue is positive, vermilion negative. An orange frame marks a kernel that you "
    "changed.\n- **Strength** multiplies the [[channel]]'s output; a muted channel is zero for all "
    "later layers. A [[batch norm|batch normalization]] after a [[convolution]] still adds its own "
    "shift: mute the norm's channel to silence both.\n- **Test [[accuracy]]** is measured on the "
    f"same {tested_digits.TESTED:,} test digits each time. The bars around it are its 95% "
    "[[confidence interval]]. The difference has its own, narrower interval, because both networks "
    "classify the same digits.\n- **[[Patches|patch]]** are cut out by the exact [[receptive "
    "field]] of the channel's strongest [[unit]]: nothing outside the orange box reaches it.\n- "
    "**Optimize** starts from low-intensity noise and changes the image, in the frequency domain, "
    "so that the channel's mean grows, or the [[logit]] of a class, or the difference of two, "
    "while the image is shifted, rotated and scaled at random. The result need not look like a "
    "digit: it shows what the channel or the class responds to.\n"
)
st.caption(
    f"Digits in use: {digits}. Edits are in the page's address; saved weights stay unchanged."
)
