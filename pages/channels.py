import streamlit as st

from cnnviz.ui.cached import loading
from cnnviz.ui.channels import edit_history, tested_digits
from cnnviz.ui.channels.effect_view import effect_view
from cnnviz.ui.channels.feature_visualization import climb
from cnnviz.ui.channels.incremental_test import trial
from cnnviz.ui.channels.kernel_editor import kernel_editor
from cnnviz.ui.channels.top_activating_view import (
    all_channels,
    channel_view,
    constant,
    exciting_view,
)
from cnnviz.ui.pickers.channel import choose_channel, choose_map_layer
from cnnviz.ui.pickers.image import choose_network_and_image
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router

require_router()

WHOLE = "channels_whole"  # whether the whole page is being drawn

digits = loading.digits()

st.title("Filters and channels")
network, image = choose_network_and_image()

warmup.wait_for_pytorch()
loading.model(network)
where, which = st.columns([3, 1])
with where:
    layer = choose_map_layer(network)
with which:
    channel = choose_channel(layer)
with st.expander("Choose by the map", icon=":material/grid_view:"):
    all_channels(network, layer, image)


@st.fragment
def bench() -> None:
    """Edit the channel and see at once what that changes."""
    change, see = st.columns([3, 2], gap="large")
    edits = edit_history.edits(network)
    with change:
        kernel_editor(network, layer, channel)
        if not layer.kernel:
            channel_view(network, layer, channel, image.pixels)
        edit_history.toolbar(network)
    with see:
        found = trial(network, digits, edits, image, at_once=st.session_state[WHOLE])
        effect_view(
            found.effect,
            of=len(tested_digits.tested(digits)),
            edits=len(edits),
            label=image.label,
            key="channels_effect",
        )
    if not found.done:
        st.rerun(scope="fragment")


st.session_state[WHOLE] = True
bench()
st.session_state[WHOLE] = False  # from here on the bench may run by itself

st.subheader("What excites it", anchor=False)
real, ideal = st.columns([3, 2], gap="large")
with real:
    if constant(network, digits, layer, channel):
        st.info(
            "This channel is dead: it has one value, whatever the digit.", icon=":material/info:"
        )
    else:
        exciting_view(network, digits, layer, channel)
with ideal:
    climb(network, digits, layer, channel)

how_to_read(
    "- **[[Kernels|kernel]]** are the weights of one [[filter]], a small image for each input "
    "channel: blue adds, vermilion takes away. An orange frame marks a kernel that you changed.\n"
    "- **Strength** multiplies what the [[channel]] puts out: muted it is zero for all that "
    "follows. A [[batch norm|batch normalization]] behind a convolution still adds its own shift: "
    "mute the norm's channel to silence both.\n"
    f"- **Test [[accuracy]]** is over the same {tested_digits.TESTED:,} test digits each time. "
    "Bars around it are its 95% [[confidence interval]]. The difference has an interval of its "
    "own, narrower, because the same digits were read twice.\n"
    "- **[[Patches|patch]]** are cut by the exact [[receptive field]] of the channel's strongest "
    "[[unit]]: nothing outside the orange box reaches it.\n"
    "- **Optimize** starts from dark noise and changes the image, by its frequencies, so that the "
    "channel's mean grows, or a class's [[logit]], or the difference of two, while the image is "
    "shifted, turned and scaled at random. What comes out need not look like a digit: it shows "
    "what the channel, or the class, answers to.\n"
)
st.caption(f"Digits in use: {digits}. Edits last as long as this session; weights stay as learned.")
