"""Build a report: collect records, counts, measurements and test results."""

import difflib
import shlex
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cnnviz.data.mnist import Digits
from cnnviz.report.document.blocks import Figure, Name, Report
from cnnviz.report.facts.candidates import Candidate, criterion_of, strongest_alternative
from cnnviz.report.facts.context import ReportContext
from cnnviz.report.facts.head_to_head import HeadToHead, Predict, head_to_head, predict_on
from cnnviz.report.facts.measured_latencies import measured_latencies
from cnnviz.report.facts.network_facts import NetworkFacts, network_facts
from cnnviz.report.facts.test_results import (
    ClassifierResults,
    DetectorResults,
    classifier_results,
    detector_results,
)
from cnnviz.report.sections import (
    choice,
    errors,
    measurements,
    overview,
    published_results,
    reproduction,
    training,
)
from cnnviz.training.runs import networks, store
from cnnviz.training.runs.networks import TrainedNetwork

if TYPE_CHECKING:
    from cnnviz.models.loaded_network import LoadedNetwork

_SECTIONS = (
    overview.summary_section,
    overview.model_section,
    choice.alternatives_section,
    choice.pros_and_cons_section,
    choice.recommendation_section,
    measurements.size_section,
    training.training_section,
    measurements.latency_section,
    measurements.metrics_section,
    published_results.published_results_section,
    training.data_section,
    errors.errors_section,
    reproduction.reproduction_section,
)


def trained_network(key: str) -> TrainedNetwork:
    """Return the trained network of that key.

    Raises:
        ValueError: if there is none, naming similar ones, or if it is a damaged run.
    """
    if not key.startswith(networks.UNTRAINED):
        try:
            return networks.find_network(key)
        except ValueError:
            if key[:1].isdigit():  # an id of a run, of which `store.find_run` knows what is wrong
                store.find_run(networks.base_key(key))
    keys = [network.key for network in networks.networks()]
    prefix = networks.SHIPPED  # most keys share it, so it says nothing of how similar two are
    names = {key.removeprefix(prefix): key for key in keys}
    similar = difflib.get_close_matches(key.removeprefix(prefix), names, n=3, cutoff=0.75)
    hint = (
        f"did you mean {' or '.join(names[name] for name in similar)}?"
        if similar
        else f"choose {prefix}ARCHITECTURE, such as {prefix}lenet5, or a run's id"
    )
    raise ValueError(f"network must be a shipped network or a run's id, got {key!r}: {hint}")


def default_alternatives(network: TrainedNetwork) -> list[TrainedNetwork]:
    """Return the alternatives if none are named: the shipped networks of the same task."""
    return [n for n in networks.shipped() if n.task == network.task and n.key != network.key]


def evaluate_network(
    loaded: "LoadedNetwork", digits: Digits
) -> ClassifierResults | DetectorResults:
    """Return the test results of a network on the digits of this machine.

    Raises:
        ValueError: if its output is not finite.
    """
    if loaded.architecture.task == "classify":
        return classifier_results(loaded, digits)
    return detector_results(loaded, digits, errors.MAX_PICTURES)


def build_report(
    network: TrainedNetwork,
    others: Sequence[TrainedNetwork],
    digits: Digits,
    *,
    by: str = "accuracy",
    results: ClassifierResults | DetectorResults | None = None,
    predict: Predict | None = None,
) -> Report:
    """Return the report on a network.

    An alternative with damaged files is left out, and the report says so.

    Args:
        network: a trained one.
        others: the alternatives, of the same task.
        digits: of this machine; the network is evaluated on the test part.
        by: "accuracy", "latency" or "size": what counts most.
        results: returned by `evaluate_network`, if the caller has them already.
        predict: returns a network's predictions for the test part, if the caller caches them.

    Raises:
        ValueError: if the criterion is unknown, an alternative has another task, or the network's
            files are damaged.
    """
    criterion = criterion_of(by)
    _check_tasks(network, others)
    facts, damaged = _by_readability(other for other in others if other.key != network.key)
    others = [fact.network for fact in facts]
    latencies = measured_latencies([n.architecture_key for n in (network, *others)])
    chosen, *alternatives = (Candidate(f, latencies) for f in (network_facts(network), *facts))
    rival = strongest_alternative(criterion, alternatives)
    results = results or evaluate_network(networks.load_network(network), digits)
    context = ReportContext(
        criterion=criterion,
        chosen=chosen,
        alternatives=alternatives,
        digits=digits,
        results=results,
        comparison=_comparison(chosen, rival, results, digits, predict or predict_on(digits)),
        command=_command(network, others, by),
        created=time.strftime("%Y-%m-%d %H:%M %z"),
        left_out=[Name(other.title) for other in damaged],
    )
    return Report(
        title=network.title,
        subtitle=_subtitle(context),
        sections=tuple(section(context) for section in _SECTIONS),
    )


def _comparison(
    chosen: Candidate,
    rival: Candidate | None,
    results: ClassifierResults | DetectorResults,
    digits: Digits,
    predict: Predict,
) -> HeadToHead | None:
    if rival is None:
        return None
    classified = results if isinstance(results, ClassifierResults) else None
    return head_to_head(chosen, rival, classified, digits, predict)


def _check_tasks(network: TrainedNetwork, others: Sequence[TrainedNetwork]) -> None:
    for other in others:
        if other.task != network.task:
            raise ValueError(
                f"alternatives must have the task of {network.title} ({network.task}), got "
                f"{other.title} ({other.task})"
            )


def _by_readability(
    others: Iterable[TrainedNetwork],
) -> tuple[list[NetworkFacts], list[TrainedNetwork]]:
    """Return the facts of the networks with readable files, and the networks with damaged ones."""
    readable, damaged = list[NetworkFacts](), list[TrainedNetwork]()
    for other in others:
        try:
            readable.append(_readable_facts(other))
        except (ValueError, OSError):
            damaged.append(other)
    return readable, damaged


def _readable_facts(network: TrainedNetwork) -> NetworkFacts:
    """Return what is recorded of a network whose weights can be read.

    Raises:
        ValueError, OSError: if they or the record are missing or damaged.
    """
    facts = network_facts(network)
    if network.shipped:
        networks.check_shipped(network)  # by its checksum: loading all of them takes long
    else:
        networks.load_network(network)
    return facts


def _subtitle(context: ReportContext) -> tuple[str | Figure, ...]:
    return (
        f"Report with {context.criterion_title} as the main criterion, made ",
        Figure(context.created, context.created, "this machine's clock"),
        " by cnnviz.",
    )


def _command(network: TrainedNetwork, others: Sequence[TrainedNetwork], by: str) -> str:
    words = ["python", "-m", "cnnviz", "report", network.key, "--criterion", by]
    keys = [other.key for other in others]
    if keys != [other.key for other in default_alternatives(network)]:
        words += ["--against", *keys]
    return shlex.join([*words, "--format", "html", "-o", "report.html"])
