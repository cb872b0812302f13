import streamlit as st

from cnnviz.ui.cached import loading
from cnnviz.ui.components.maps_view import Actions, maps_view
from cnnviz.ui.convolution.gradient_panel import backward_view
from cnnviz.ui.convolution.panel import image_range, layer_run, worked_code, worked_stages, working
from cnnviz.ui.convolution.pickers import (
    choose_computable_layer,
    chosen_unit,
    take_unit,
    take_weight,
)
from cnnviz.ui.pickers.channel import choose_channel
from cnnviz.ui.pickers.image import choose_network_and_image
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.shell.parameters import CONVOLUTION_DIRECTION
from cnnviz.ui.teaching.predict_first import predict_first
from cnnviz.ui.teaching.suggested_experiments import suggested_experiments

require_router()

digits = loading.digits()

page_title("convolution")
network, image = choose_network_and_image()

warmup.wait_for_pytorch()
choose, pick = st.columns([2, 3])
with choose:
    layer = choose_computable_layer(network)
run = layer_run(network, image.pixels, layer)
with pick:
    channel = choose_channel("Output channel", len(run.outputs), key="worked_channel")
unit = chosen_unit(run, channel)
ink = image_range(run, network, image.pixels)
maps_view(
    worked_stages(run, ink),
    key="worked_view",
    subject=f"{network.key} {network.version} {hash(image.key)} {layer} {channel}",
    worked=working(run, loading.model(network).model, unit, ink),
    actions=Actions(keep=lambda clicked: take_unit(layer, clicked), weight=take_weight),
)

direction = choose_key(
    "Direction",
    {"forward": "Forward", "backward": "Backward"},
    CONVOLUTION_DIRECTION,
    label_visible=False,
)
if direction == "forward":
    st.markdown(
        f"The same value in PyTorch, for channel {unit.channel}, row {unit.row}, column "
        f"{unit.column}. Click another unit for its code."
    )
    st.code(worked_code(run, unit, network, image.pixels, digits), language="python")
elif hasattr(run.module, "in_channels") or hasattr(run.module, "in_features"):
    backward_view(network, image, run, channel)
else:
    st.info(
        f"{layer} has no weights that multiply its inputs. Choose a convolution or a fully "
        "connected layer.",
        icon=":material/info:",
    )

predict_first("convolution", network, image.pixels)
suggested_experiments("convolution")
how_to_read(
    "- **Input and output** show all [[channels|channel]] of both. Point at a [[unit]] of the "
    "output: the box on the input is its [[receptive field]] in this layer, and its value is "
    "computed below. A click keeps the unit. If the layer has more than a megabyte of weights, "
    "only those of the chosen channel are loaded; a click loads another channel's.\n"
    "- **The large output map** shows one channel. The [[padding]] around the input is paler. "
    "Play slides the window by the [[stride]]; the arrow keys move it too.\n"
    "- **[[Patch|patch]] × kernel = products** shows the numbers for one input channel: blue is "
    "positive, vermilion negative. Click a number of the [[kernel]] to choose that weight for the "
    "backward pass.\n"
    "- **Input channels**: each is convolved with a kernel of its own; the output is the sum of "
    "the results plus the bias. Click one to see its numbers. All kernels of one output channel "
    "are a [[filter]].\n"
    "- **The check**: the browser computes in double precision from the network's numbers and "
    "compares the result with the network's output in single precision.\n"
    "- **Backward**: a weight is used at each position of the output. Its [[gradient]] is the "
    "sum, over the positions, of the gradient of the [[loss]] with respect to the output there "
    "times the input that the weight is multiplied with there. It is computed on a copy of the "
    "network in double precision and evaluation mode, for this one image."
)
