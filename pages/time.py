import streamlit as st

from cnnviz.training.runs import networks
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import find_run
from cnnviz.ui.cached import loading
from cnnviz.ui.cached.digit_samples import sample_digits
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.embedding.view import send_digits
from cnnviz.ui.pickers.image import choose_image
from cnnviz.ui.pickers.networks import with_unique_titles
from cnnviz.ui.pickers.run_origin import origin_text, show_origin
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.background import waiting_note
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.markdown import as_sentence
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.teaching.predict_first import predict_first
from cnnviz.ui.teaching.suggested_experiments import suggested_experiments
from cnnviz.ui.time import explanation, loaded_snapshots, run_choice
from cnnviz.ui.time.continuation import continuation_form
from cnnviz.ui.time.learned import Answer, learned_sentence
from cnnviz.ui.time.view import ShownRun, time_view

require_router()

SOON, LATER = 0.7, 2.5  # seconds until the page looks for finished snapshots, and for new ones

digits = loading.digits()

page_title("time")
runs = run_choice.recorded_classifiers()
run_choice.drop_unknown_run(runs)
if not runs:
    run_choice.offer_training()
    st.stop()
choose, pick = st.columns([2, 3.4], vertical_alignment="bottom")
with choose:
    chosen = run_choice.choose_run(with_unique_titles(list(runs.values())))
with pick:
    image = choose_image(digits)
if image is None:
    st.stop()
warmup.wait_for_pytorch()
sample = sample_digits(digits, loaded_snapshots.SNAPSHOT_DIGITS)
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
    show_origin(run)
    stored = networks.snapshots_of(chosen)
    if not stored:
        st.info("This run no longer has snapshots.", icon=":material/info:")
        return
    history, damaged = run_choice.read_log(run)
    target = loaded_snapshots.target_class(stored, image)
    loaded = loaded_snapshots.load_snapshots(stored, sample, image.pixels, target)
    if loaded.missing:
        done = len(stored) - loaded.missing
        st.progress(
            done / len(stored),
            text=f"{done} of {len(stored)} snapshots are ready; the others will follow."
            f"{waiting_note()}",
        )
    if loaded.unreadable:
        run_choice.warn_unreadable(loaded.unreadable, whole=loaded.unreadable == len(stored))
    if loaded.finished:
        step = run_choice.linked_step(stored)
        sentence, go_on = st.columns([4, 1], vertical_alignment="center")
        if not loaded.missing:
            answers = [
                Answer(shown.network.step or 0, shown.digit.prediction, shown.digit.confidence)
                for shown in loaded.finished
            ]
            untrained = not origin_text(run)
            sentence.markdown(learned_sentence(answers, image.label, untrained=untrained))
        with go_on:
            continuation_form(run, stored, step)
        time_view(
            ShownRun(
                run.id,
                loaded.finished,
                loaded.missing,
                history,
                damaged,
                sample,
                image,
                target,
            ),
            first=step,
            pages=run_choice.channel_pages(run.id),
            key="time_view",
            on_snapshot=run_choice.remember_step,
            on_page=lambda stage, page: run_choice.turn_page(run.id, stage, page),
        )
    if loaded.missing or live:
        pulse(SOON if loaded.missing else LATER, key="time_pulse")


snapshots()
predict_first("time", chosen, image.pixels)
suggested_experiments("time")
how_to_read(explanation.HELP)
