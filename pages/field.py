import streamlit as st

from cnnviz.ui.field import FORMER_TITLES, VIEWS
from cnnviz.ui.pickers.image import choose_network_and_image
from cnnviz.ui.pickers.view_switch import choose_view
from cnnviz.ui.shell import address, warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameters import FIELD_PUBLISHED, FIELD_VIEW
from cnnviz.ui.teaching.predict_first import predict_first

require_router()

st.title("Receptive field")
network, image = choose_network_and_image()
row = network.architecture
view = choose_view(VIEWS, FIELD_VIEW, former=FORMER_TITLES)
published = False
if row.published is not None:
    published = st.toggle(
        f"As published: {row.published.name} at {row.published.input_size[1]} × "
        f"{row.published.input_size[2]}",
        **address.bind_flag(FIELD_PUBLISHED),
    )
warmup.wait_for_pytorch()
view.show(network, image, published)
predict_first("field", network, image.pixels)
how_to_read(view.help)
