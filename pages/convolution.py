import streamlit as st

from cnnviz.ui.cached import loading
from cnnviz.ui.components.maps_view import maps_view
from cnnviz.ui.convolution.gradient_panel import backward_view
from cnnviz.ui.convolution.panel import layer_run, worked_code, worked_stages, working
from cnnviz.ui.convolution.pickers import (
    WAY,
    choose_channel,
    choose_layer,
    chosen_unit,
    take_unit,
    take_weight,
)
from cnnviz.ui.pickers.image import choose_network_and_subject
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.navigation import require_router

require_router()

digits = loading.digits()

st.title("One convolution, worked out")
network, subject = choose_network_and_subject()

warmup.wait()
choose, pick = st.columns([2, 3])
with choose:
    layer = choose_layer(network)
run = layer_run(network, subject.image, layer)
with pick:
    channel = choose_channel(run)
unit = chosen_unit(run, channel)
maps_view(
    worked_stages(run),
    key="worked_view",
    subject=f"{network.key} {network.version} {hash(subject.key)} {layer} {channel}",
    worked=working(run, loading.model(network).model, unit),
    on_keep=lambda clicked: take_unit(layer, clicked),
    on_weight=take_weight,
)

way = st.segmented_control(
    "Direction",
    ["Forward", "Backward"],
    default="Forward",
    required=True,
    key=WAY,
    persist_state="session",
    label_visibility="collapsed",
)
if way == "Forward":
    st.markdown(
        f"The same number in PyTorch, for channel {unit.channel}, row {unit.row}, column "
        f"{unit.column}. Click another output to have its lines."
    )
    st.code(worked_code(run, unit, network, subject.image, digits), language="python")
elif hasattr(run.module, "in_channels") or hasattr(run.module, "in_features"):
    backward_view(network, subject, run, channel)
else:
    st.info(
        f"{layer} multiplies no weight with its inputs. Choose a convolution or a fully connected "
        "layer.",
        icon=":material/info:",
    )

with st.expander("How to read this", icon=":material/help:"):
    st.markdown(
        "- **It receives, it puts out**: all channels of both. Point at a unit of what the layer "
        "puts out: the box on what it receives is what this unit sees, and below it is worked out. "
        "A click keeps it. Of a layer with over a megabyte of weights, only the chosen channel's "
        "are here, and a click fetches those of another.\n"
        "- **Point at the output map below**: the same for one channel, large. The padding around "
        "the input is paler. Play slides the window; the arrow keys move it.\n"
        "- **Patch × kernel = products**: number by number, for the input channel that is drawn. "
        "Blue is above zero, vermilion below. A click on a number of the kernel chooses that "
        "weight for the backward pass.\n"
        "- **Input channels**: each is convolved with a kernel of its own into a map of its own; "
        "the output is the sum of these maps plus the bias. A click draws another one.\n"
        "- **The check**: the browser works in double precision from the network's numbers, and "
        "compares with what the network put out in single precision.\n"
        "- **Backward**: a weight is used once at each place of the output. Its gradient is the "
        "sum, over the places, of how the loss depends on the output there times the input that "
        "the weight meets there. Everything is of a copy of the network in double precision, in "
        "evaluation mode, and for this one image."
    )
