import streamlit as st

from cnnviz import networks
from cnnviz.records import RunError
from cnnviz.runs import run as find
from cnnviz.ui import cache, embeddings, time_machine, warm
from cnnviz.ui.choices import titled
from cnnviz.ui.embedding_view import send_digits
from cnnviz.ui.later import in_turn
from cnnviz.ui.nav import require_router
from cnnviz.ui.plain import opening
from cnnviz.ui.pulse import pulse
from cnnviz.ui.subject import choose_subject
from cnnviz.ui.time_view import time_view

require_router()

SOON, LATER = 0.7, 2.5  # seconds until the page looks for moments worked out, and for new ones

digits = cache.digits()

st.title("Time machine")
runs = time_machine.recorded()
time_machine.forget_missing(runs)
if not runs:
    time_machine.offer_training()
    st.stop()
choose, pick = st.columns([2, 3.4], vertical_alignment="bottom")
with choose:
    chosen = time_machine.choose_run(titled(list(runs.values())))
with pick:
    subject = choose_subject(digits)
if subject is None:
    st.stop()
warm.wait()
sample = time_machine.few(digits.source, embeddings.sample(digits.source, digits))
send_digits(sample, key="time_digits")


@st.fragment
def moments() -> None:
    """Show the moments that are ready, and look again for more."""
    try:
        run = find(chosen.key)
        live = run.status().live
    except RunError as error:
        st.warning(opening(str(error)), icon=":material/warning:")
        return
    kept = networks.moments(chosen)
    if not kept:
        st.info("This run keeps no moments any more.", icon=":material/info:")
        return
    history, torn = time_machine.read_log(run)
    target = time_machine.target(kept, subject)
    found, missing, lost = time_machine.seen(kept, sample, subject.image, target)
    if missing:
        done = len(kept) - missing
        st.progress(
            done / len(kept),
            text=f"{done} of {len(kept)} moments are ready; the others join them.{in_turn()}",
        )
    if lost:
        time_machine.say_lost(lost, whole=lost == len(kept))
    if found:
        time_view(
            found,
            history,
            sample,
            subject,
            run=run.id,
            target=target,
            first=time_machine.linked_moment(),
            missing=missing,
            torn=torn,
            pages=time_machine.pages(run.id),
            key="time_view",
            on_moment=time_machine.remember_moment,
            on_page=lambda stage, page: time_machine.turn_page(run.id, stage, page),
        )
    if missing or live:
        pulse(SOON if missing else LATER, key="time_pulse")


moments()
with st.expander("How to read this", icon=":material/help:"):
    st.markdown(time_machine.HELP)
