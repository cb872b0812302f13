from cnnviz.ui.inside import VIEWS
from cnnviz.ui.pickers.image import choose_network_and_image
from cnnviz.ui.pickers.view_switch import choose_view
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.shell.parameters import INSIDE_VIEW
from cnnviz.ui.teaching.predict_first import predict_first
from cnnviz.ui.teaching.suggested_experiments import suggested_experiments

require_router()

page_title("inside")
network, image = choose_network_and_image()
view = choose_view(VIEWS, INSIDE_VIEW)
warmup.wait_for_pytorch()
view.show(network, image)
predict_first("inside", network, image.pixels)
suggested_experiments("inside")
how_to_read(view.help)
