import streamlit as st

from cnnviz.training import launch
from cnnviz.training.runs.store import runs
from cnnviz.ui.cached import loading
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.training import session
from cnnviz.ui.training.dataset import data_source
from cnnviz.ui.training.form import start_chosen, training_form
from cnnviz.ui.training.run_list import run_list
from cnnviz.ui.training.run_view import run_view

require_router()
st.title("Train", anchor=False)
st.markdown("Pick a network, press **Train**, and watch it learn handwritten digits.")

digits = loading.digits()
valid = training_form()
with st.container(horizontal=True, vertical_alignment="center"):
    st.button(
        "Train",
        type="primary",
        icon=":material/play_arrow:",
        key="train",
        on_click=start_chosen,
        disabled=not valid,
    )
    data_source(digits)
run = session.current_run()  # may have something to say
if message := session.said():
    st.error(message, icon=":material/error:")
if run is not None:
    with st.container(border=True):
        run_view(run)

st.header("Runs", anchor=False)
run_list(run)

with st.expander("How to read this", icon=":material/help:"):
    st.markdown(
        """
- **Loss** is the mean cross-entropy in nats: guessing among ten classes costs ln 10 ≈ 2.30.
  Each point averages the batches since the point before; the dots are whole test sets.
- **Accuracy** on training digits counts the answers given *before* learning from them.
- **F1**, in place of accuracy where a network finds several digits on a canvas, is the harmonic
  mean of precision (boxes that are right) and recall (digits that were found). A box is right when
  it has the digit's name and overlaps it with an intersection over union of at least 0.5. Its
  loss adds up names and boxes over the decoder's layers.
- **Gradient norm per layer** shows how much each layer still wants to change; a layer whose
  norm is far below the others' hardly learns.
- **Dead channels** stayed at zero for every digit of a batch: nothing flows back through them.
- Drag over a chart to zoom, double click to see all, arrow keys to read values.
- A run goes on when you leave the page, reload, or stop the server.
"""
    )

if not any(other.status().live for other in runs()):
    launch.prepare_spare()
