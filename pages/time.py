import streamlit as st

from cnnviz.training.runs import networks
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import find_run
from cnnviz.ui.cached import loading
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.embedding import samples
from cnnviz.ui.embedding.view import send_digits
from cnnviz.ui.pickers.image import choose_image
from cnnviz.ui.pickers.networks import with_unique_titles
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.background import waiting_note
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.markdown import as_sentence
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.time import timeline
from cnnviz.ui.time.view import time_view

require_router()

SOON, LATER = 0.7, 2.5  # seconds until the page looks for finished snapshots, and for new ones

digits = loading.digits()

st.title("Time machine")
runs = timeline.recorded()
timeline.forget_missing(runs)
if not runs:
    timeline.offer_training()
    st.stop()
choose, pick = st.columns([2, 3.4], vertical_alignment="bottom")
with choose:
    chosen = timeline.choose_run(with_unique_titles(list(runs.values())))
with pick:
    image = choose_image(digits)
if image is None:
    st.stop()
warmup.wait_for_pytorch()
sample = samples.sample_digits(digits, timeline.COUNT)
send_digits(sample, key="time_digits")


@st.fragment
def snapshots() -> None:
    """Show the finished snapshots, and rerun for more."""
    try:
        run = find_run(chosen.key)
        live = run.status().live
    except RunError as error:
        st.warning(as_sentence(str(error)), icon=":material/warning:")
        return
    kept = networks.snapshots_of(chosen)
    if not kept:
        st.info("This run no longer has snapshots.", icon=":material/info:")
        return
    history, torn = timeline.read_log(run)
    target = timeline.target_class(kept, image)
    found, missing, lost = timeline.load_snapshots(kept, sample, image.pixels, target)
    if missing:
        done = len(kept) - missing
        st.progress(
            done / len(kept),
            text=f"{done} of {len(kept)} snapshots are ready; the others will follow."
            f"{waiting_note()}",
        )
    if lost:
        timeline.warn_unreadable(lost, whole=lost == len(kept))
    if found:
        time_view(
            found,
            history,
            sample,
            image,
            run=run.id,
            target=target,
            first=timeline.linked_step(),
            missing=missing,
            torn=torn,
            pages=timeline.pages(run.id),
            key="time_view",
            on_moment=timeline.remember_step,
            on_page=lambda stage, page: timeline.turn_page(run.id, stage, page),
        )
    if missing or live:
        pulse(SOON if missing else LATER, key="time_pulse")


snapshots()
how_to_read(timeline.HELP)
