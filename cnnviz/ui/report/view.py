"""The report on the page, shown exactly as the HTML file that can be downloaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnviz.benchmark.results import measurement_queue, measurements
from cnnviz.benchmark.results.measurements import UNFINISHED
from cnnviz.benchmark.results.plan import Plan
from cnnviz.data.mnist import Digits
from cnnviz.training.runs import networks
from cnnviz.ui.cached import loading
from cnnviz.ui.cached.predictions import all_predictions
from cnnviz.ui.components.figures import color_scheme
from cnnviz.ui.pickers.job import missing_sentence
from cnnviz.ui.pickers.networks import with_unique_titles
from cnnviz.ui.shell import address, page_links
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.markdown import as_sentence, plain
from cnnviz.ui.shell.parameter_types import Parsed, SomeOf
from cnnviz.ui.shell.parameters import DETECTOR, NETWORK, REPORT_ALTERNATIVES, REPORT_TASK
from cnnviz.ui.shell.units import quantity

if TYPE_CHECKING:
    from cnnviz.report.facts.test_results import ClassifierResults, DetectorResults

_NONE = "none"  # in the address: no alternatives
_HEIGHT = 900  # pixels of the frame if its content's height is not measured
# Streamlit adds a script that measures a frame's height, which the report's content security policy
# forbids. The policy admits this one by its hash; that of another version would be refused.
_MEASURERS = {"1.67.0": "script-src 'sha256-DDFiVuFZGZu7dauH2HVkuyGeSeHw5ZgKt70bMpVHIwk=';"}
_SECONDS = 3  # per network, including the first call and the warm-up
_AT_WORK = "report_measurement"


def choose_alternatives(network: networks.TrainedNetwork) -> list[networks.TrainedNetwork]:
    """Return the alternatives: by default the shipped networks of the same task.

    Once the user has chosen, they are kept in the address.
    """
    rivals = with_unique_titles(
        [n for n in networks.networks(network.task) if n.key != network.key]
    )
    titles = {rival.key: rival.title for rival in networks.networks()}
    own = address.read(
        REPORT_ALTERNATIVES, _Alternatives(titles | {network.key: network.title, _NONE: "none"})
    )
    address.show_complaint(REPORT_ALTERNATIVES)
    others = {key for key in own or () if key != _NONE}
    if own is None or (others and not others & rivals.keys()):  # those named do another task
        own = tuple(key for key, rival in rivals.items() if rival.shipped)
    st.session_state[REPORT_ALTERNATIVES.name] = [key for key in own if key in rivals]
    chosen = st.popover("Alternatives", icon=":material/balance:", width="content").multiselect(
        "Compare with",
        list(rivals),
        format_func=lambda key: rivals[key].title,
        key=REPORT_ALTERNATIVES.name,
        placeholder="None",
        on_change=_remember,
        help="Networks that the report weighs against this one.",
    )
    return [rivals[key] for key in chosen]


class _Alternatives(SomeOf):
    """Keys of networks of any task, or `_NONE`."""

    deletable = True

    def complaint(self, noun: str, parsed: Parsed[tuple[str, ...]]) -> str:
        """Return which networks do not exist, and what is compared instead."""
        instead = "The others stay." if parsed.value else "Showing the default alternatives."
        return f"{missing_sentence(noun, *parsed.rejected)} {instead}"


def _remember() -> None:
    chosen = tuple(st.session_state[REPORT_ALTERNATIVES.name]) or (_NONE,)
    address.write({REPORT_ALTERNATIVES: chosen})


def link_to_report(chosen: Sequence[networks.TrainedNetwork]) -> None:
    """Show a link to the report on the first network, with the others as its alternatives."""
    first, *others = chosen
    page_links.page_link(
        "report",
        {
            (DETECTOR if first.task == "detect" else NETWORK): first.key,
            REPORT_TASK: first.task,
            REPORT_ALTERNATIVES: [other.key for other in others] or [_NONE],
        },
        label=f"Report on {plain(first.title)}",
        icon="description",
        help="With the other networks as its alternatives." if others else None,
    )


def report_view(
    network: networks.TrainedNetwork,
    others: Sequence[networks.TrainedNetwork],
    criterion: str,
    actions: DeltaGenerator,
) -> None:
    """Show the report, or the error that prevents it.

    Args:
        network: of the report.
        others: its alternatives.
        criterion: what counts most.
        actions: where its two files can be downloaded.
    """
    try:
        html, markdown = _files(network, others, criterion)
    except ValueError as error:
        st.error(f"{as_sentence(str(error))}.", icon=":material/error:")
        st.stop()
    name = f"report-{network.key.replace('@', '-')}"
    actions.download_button(
        "HTML (printable)",
        html,
        f"{name}.html",
        "text/html",
        icon=":material/download:",
        on_click="ignore",
        help="One file that a browser opens and prints without this program.",
    )
    actions.download_button(
        "Markdown",
        markdown,
        f"{name}.md",
        "text/markdown",
        icon=":material/download:",
        on_click="ignore",
        help="The report as text, to edit or to put under version control.",
    )
    measurer = _MEASURERS.get(st.__version__, "")
    with st.container(border=True):
        st.iframe(
            _framed(html, measurer),
            height="content" if measurer else _HEIGHT,
            alt=f"Report on {network.title}",
        )


def _framed(html: str, measurer: str) -> str:
    """Return the HTML with the page's theme, and with Streamlit's script to measure its height."""
    theme = color_scheme()
    # within the frame, a link to an anchor would otherwise open the dashboard
    for old, new in (
        ('<html lang="en">', f'<html lang="en" data-theme="{theme}">'),
        ("<head>", '<head>\n<base href="about:srcdoc">'),
        ("default-src 'none';", f"default-src 'none'; {measurer}"),
    ):
        html = html.replace(old, new, 1)
    return html


def _files(
    network: networks.TrainedNetwork, others: Sequence[networks.TrainedNetwork], criterion: str
) -> tuple[str, str]:
    digits = loading.digits()
    recorded = _Recorded(
        tuple((chosen.title, chosen.accuracy) for chosen in (network, *others)),
        tuple(
            summary.measurement.id
            for summary in measurements.measurement_summaries()
            if summary.state not in UNFINISHED
        ),
    )
    with st.spinner("Predicting all test digits…"):
        return report_files(network, others, criterion, digits, recorded)


@dataclass(frozen=True)
class _Recorded:
    """Recorded values in a report, which do not follow from weights and digits.

    Attributes:
        networks: titles and recorded accuracies.
        measurements: ids of the finished ones.
    """

    networks: tuple[tuple[str, float | None], ...]
    measurements: tuple[str, ...]


@cached
def evaluation_results(
    network: networks.TrainedNetwork, digits: Digits
) -> "ClassifierResults | DetectorResults":
    """Return the network's results on the test digits."""
    from cnnviz.report import evaluate_network

    return evaluate_network(loading.model(network), digits)


@cached
def report_files(
    network: networks.TrainedNetwork,
    others: Sequence[networks.TrainedNetwork],
    criterion: str,
    digits: Digits,
    recorded: _Recorded,
) -> tuple[str, str]:
    """Return the report as HTML and as Markdown."""
    del recorded  # `build_report` reads it from the disk
    from cnnviz.report import build_report, to_html, to_markdown

    report = build_report(
        network,
        others,
        digits,
        by=criterion,
        results=evaluation_results(network, digits),
        predict=lambda rival: all_predictions(rival, digits),
    )
    return to_html(report), to_markdown(report)


def measure_latency(
    network: networks.TrainedNetwork, others: Sequence[networks.TrainedNetwork]
) -> None:
    """Offer to measure the latency of the networks, and show the progress."""
    models = tuple(dict.fromkeys(chosen.architecture_key for chosen in (network, *others)))
    if _AT_WORK in st.session_state or measurement_queue.running_measurement():
        _progress()
        return
    from cnnviz.report.facts.measured_latencies import measured_latencies

    latencies = measured_latencies(models)
    untimed = sum(key not in latencies.timings for key in models) if latencies else len(models)
    untimed_note = (
        f" Not measured yet: {untimed} of {quantity(len(models), 'architecture')}."
        if untimed
        else ""
    )
    turns = " in turns" if len(models) > 1 else ""
    st.button(
        "Measure latency" if untimed else "Measure latency again",
        on_click=_start,
        args=(models,),
        icon=":material/timer:",
        help=f"Times {quantity(len(models), 'architecture')}{turns}, about "
        f"{_SECONDS * len(models)} seconds in total. Do not use the machine for other work "
        f"meanwhile.{untimed_note}",
    )


def _start(models: tuple[str, ...]) -> None:
    try:
        st.session_state[_AT_WORK] = measurement_queue.launch_measurement(Plan(models=models)).id
    except (ValueError, OSError) as error:
        st.toast(as_sentence(f"{error}."), icon=":material/error:")


def _shown_measurement(key: str | None) -> measurements.Measurement:
    """Return this session's measurement, or else another visitor's.

    Raises:
        MeasurementError: if there is none.
    """
    others = None if key else measurement_queue.running_measurement()
    return others or measurements.find_measurement(key or "")


@st.fragment(run_every=1.0)
def _progress() -> None:
    """Show the progress of the measurement; when it ends, the report is made again."""
    key = st.session_state.get(_AT_WORK)
    try:
        running = _shown_measurement(key)
        record = running.record()
    except measurements.MeasurementError:
        record = None
    if record is None or record.state not in measurements.UNFINISHED:
        st.session_state.pop(_AT_WORK, None)
        if record is not None and record.state in ("failed", "interrupted"):
            why = record.message or "its process ended early"
            st.toast(f"Not measured: {plain(why)}", icon=":material/error:", duration="long")
        st.rerun()
    progress = running.progress()
    st.progress(
        min(progress.share, 1.0), text=f"Measuring latency: {plain(progress.doing) or 'waiting'}"
    )
    st.button("Cancel", on_click=running.cancel, icon=":material/stop:")
