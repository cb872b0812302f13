import streamlit as st

from cnnviz.training import launch
from cnnviz.training.runs.summaries import any_live
from cnnviz.ui.cached import loading
from cnnviz.ui.components.folding_section import folding_section
from cnnviz.ui.components.trash_control import trash_control
from cnnviz.ui.pickers.run import chosen_in_address, current_run, drop_missing_run
from cnnviz.ui.shell import messages
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.shell.parameters import TRAIN_ARCHITECTURE
from cnnviz.ui.teaching.predict_first import predict_first, shipped_classifier
from cnnviz.ui.teaching.suggested_experiments import suggested_experiments
from cnnviz.ui.training.dataset import start_row
from cnnviz.ui.training.form import FORM, start_run_in_form, training_form
from cnnviz.ui.training.run_list import run_list
from cnnviz.ui.training.run_view import run_view
from cnnviz.ui.training.weights_upload import weights_upload

require_router()
page_title("train")

digits = loading.digits()
drop_missing_run()
run = current_run()
opened = run is None or not (chosen_in_address() or run.status().live)
with folding_section("New training", key=FORM, opened=opened):
    valid = training_form()
    start_row("Train", "play_arrow", start_run_in_form, digits, key="train", valid=valid)
messages.show_message()
if run is not None:
    with st.container(border=True):
        run_view(run)

st.header("Runs", anchor=False)
run_list(run)
trash_control(key="trash")
weights_upload()

predict_first("train", shipped_classifier(st.session_state[TRAIN_ARCHITECTURE.name]))
suggested_experiments("train")
how_to_read(
    """
- **[[Loss|loss]]** is the mean [[cross-entropy]] in [[nats|nat]]; guessing among ten classes gives
  ln 10 ≈ 2.30. Each point averages the batches since the point before; the dots are the whole test
  set.
- **[[Accuracy|accuracy]]** on training digits counts the predictions made *before* learning from
  them.
- **[[F1]]** replaces accuracy for a network that detects several digits. A box is correct if it has
  the digit's class and an [[intersection over union]] with it of at least 0.5. The loss then sums a
  class term and two box terms over the decoder's layers.
- **[[Gradient|gradient]] norm per layer** is how strongly the loss still depends on each layer's
  weights; a layer whose norm is far below the others' hardly learns.
- **[[Dead channels|dead channel]]** were zero for every digit of a [[batch]]: no gradient flows
  back through them.
- The **[[confusion matrix]]** is counted on the test digits after each [[epoch]].
- Drag over a chart to zoom, double-click to see all, use the arrow keys to read values.
- A run continues when you leave the page, reload it or stop the server.
"""
)

if not any_live():
    launch.prepare_spare()
