import streamlit as st

from cnnviz.ui.inside import VIEWS
from cnnviz.ui.pickers.image import choose_network_and_image
from cnnviz.ui.pickers.view_switch import choose_view
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameters import INSIDE_VIEW
from cnnviz.ui.teaching.predict_first import predict_first

require_router()

st.title("Look inside")
network, image = choose_network_and_image()
view = choose_view(VIEWS, INSIDE_VIEW)
warmup.wait_for_pytorch()
view.show(network, image)
predict_first("inside", network, image.pixels)
how_to_read(view.help)
