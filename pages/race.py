import streamlit as st

from cnnviz.training import launch
from cnnviz.training.runs.store import runs
from cnnviz.ui.cached import loading
from cnnviz.ui.race import selection as race_selection
from cnnviz.ui.race.form import race_form, start_chosen
from cnnviz.ui.race.view import contestants_links, race_list, race_view
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.training import session
from cnnviz.ui.training.dataset import data_source

require_router()
st.title("Race", anchor=False)
st.markdown(
    "Pick two to four networks, press **Start**, and see which learns quicker: by step, by digit, "
    "by second, or by multiplication."
)

digits = loading.digits()
valid = race_form()
with st.container(horizontal=True, vertical_alignment="center"):
    st.button(
        "Start",
        type="primary",
        icon=":material/flag:",
        key="race_start",
        on_click=start_chosen,
        disabled=not valid,
    )
    data_source(digits)
race = race_selection.current_race()  # may have something to say
if message := session.said():
    st.error(message, icon=":material/error:")
if race is not None:
    with st.container(border=True):
        race_view(race)
    st.markdown("**Look into a contestant**")
    contestants_links(race)

st.header("Races", anchor=False)
race_list(race)

with st.expander("How to read this", icon=":material/help:"):
    st.markdown(
        """
- **The same for all**: digits, their order (contestants with the same seed get the same batches),
  batch size, passes, optimizer and schedule. Each network keeps its own learning rate, that of its
  row in the catalogue.
- **A fair share**: the contestants take turns of a quarter of a second with every core that a
  training may use, and the next is always the one that has had the fewest seconds. Only one trains
  at any moment.
- **Seconds** are a contestant's own: its steps, its tests and what it writes to the disk. The turns
  of others and pauses are left out, so they are about what the run would need alone.
- **GMAC** are billions of multiply-accumulates: 3 × those of a forward pass × digits, since a step
  goes forward once and backward for about twice as much. It is an estimate; normalization,
  activation and pooling are not counted.
- **Accuracy** counts the answers given *before* learning from a digit, over the last 1,000 digits
  or a little more. In the first pass these digits are new to the network; after that they are not,
  and the **test accuracy** is the one to trust.
- **Test accuracies** are compared after the last pass that all seeds of all networks have done;
  a later one is named with its pass.
- **Bands**: with several seeds the line is the median and the band reaches from the worst to the
  best, as far as all its seeds have come; the table tells the same figures. On the axis of seconds
  each point stands at the median of the seeds' seconds. Seeds that failed, diverged or cannot be
  read are left out and named.
- **Better and cheaper**: each bubble is a network; its area is its parameters. It shows the test
  accuracy once every network has one, and until then the accuracy while learning. The dashed stairs
  join those that no other beats in both directions. While all race, their seconds are alike: switch
  to digits or GMAC. At the end the seconds tell them apart.
- **Result**: costs are what it took to answer the last 1,000 digits learned from as well as the
  least good contestant did at its best. From the second pass on a network has seen these digits
  before, so that costs tell how quickly it learns them, not how well it reads new ones. If each
  seed of the winner was ahead of each seed of the others, the sentence says how often that happens
  by chance between equal networks (a permutation test); below one race of twenty it is called
  believable. That takes two networks of four seeds, or three of three.
- The address holds the race, the axis, and what is chosen above: send it to others.
- A race goes on when you leave the page, reload, or stop the server. Its runs are in the table of
  the Train page, like any other.
"""
    )

if not any(other.status().live for other in runs()):
    launch.prepare_spare()
