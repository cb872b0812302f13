import streamlit as st

from cnnviz.training import launch
from cnnviz.training.runs.summaries import any_live
from cnnviz.ui.cached import loading
from cnnviz.ui.components.folding_section import folding_section
from cnnviz.ui.components.undo_delete import offer_undo
from cnnviz.ui.race import selection as race_selection
from cnnviz.ui.race.form import FORM, race_form, start_race_in_form, unfold_if_set_up
from cnnviz.ui.race.view import entry_links, race_list, race_view
from cnnviz.ui.shell import messages
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.shell.parameters import RACE_ARCHITECTURES
from cnnviz.ui.teaching.predict_first import predict_first, shipped_classifier
from cnnviz.ui.teaching.suggested_experiments import suggested_experiments
from cnnviz.ui.training.dataset import start_row

require_router()
page_title("race")

digits = loading.digits()
race_selection.drop_missing_race()
race = race_selection.current_race()
unfold_if_set_up()
with folding_section("New race", key=FORM, opened=race is None):
    valid = race_form()
    start_row("Start", "flag", start_race_in_form, digits, key="race_start", valid=valid)
race_selection.link_race(race)
messages.show_message()
offer_undo(race_selection.UNDO, race_selection.restore)
if race is not None:
    with st.container(border=True):
        race_view(race)
    st.markdown("**Open a run on the Train page**")
    entry_links(race)

st.header("Races", anchor=False)
race_list(race)

racers = [shipped_classifier(key) for key in st.session_state[RACE_ARCHITECTURES.name]]
predict_first("race", *racers[:1], rival=racers[1] if len(racers) > 1 else None)
suggested_experiments("race")
how_to_read(
    """
- **The same for all**: digits and their order (networks with the same [[seed]] get the same
  [[batches|batch]]), batch size, [[epochs|epoch]], optimizer and schedule. Each network has its own
  [[learning rate]].
- **Equal time**: the networks take turns of a quarter of a second on all cores that a training may
  use; the next is always the one with the least training time. Only one trains at any moment.
- **Seconds** are a network's own: its steps, its tests and what it writes to disk. The turns of the
  others and pauses are left out, so they are about what the run would take alone.
- **GMAC**: billions of [[MACs]], 3 × those of a forward pass × digits,
  because the backward pass costs about twice the forward pass. This is an estimate; normalization,
  activation and [[pooling]] are not counted.
- **Training [[accuracy]]** counts the predictions made *before* learning from a digit, over the
  last 1,000 digits or slightly more. In the first epoch these digits are new to the network; after
  that they are not, and the **test accuracy** is the one to trust.
- **Test accuracies** are compared after the last epoch that all seeds of all networks have
  finished; a later one is given with its epoch.
- **Bands**: with several seeds the line is the median and the band the range from the worst to the
  best seed, up to the point that all seeds have reached; the table shows the same numbers. On the
  axis of seconds each point is at the median of the seeds' seconds. Seeds that failed, diverged or
  cannot be read are left out and named.
- **Accuracy against cost**: each bubble is a network; its area is its number of
  [[parameters|parameter]]. It shows the test accuracy once every network has one, and the training
  accuracy before. The dashed steps join the networks that no other beats in both directions. During
  a race their seconds are nearly equal: switch to digits or GMAC. At the end the seconds differ.
- **Result**: costs are what each network needed to reach the training accuracy that the weakest one
  reached at its best. From the second epoch on a network has seen these digits before, so costs say
  how fast it learns them, not how well it classifies new ones. If each seed of the winner is ahead
  of each seed of the others, a permutation test says how often that happens by chance among equally
  good networks; below one race in twenty it is called significant. That takes two networks with
  four seeds, or three with three.
- The address holds the race, the axis and the form above: share it as a link.
- A race continues when you leave the page, reload it or stop the server. Its runs are listed on the
  Train page like any other.
"""
)

if not any_live():
    launch.prepare_spare()
