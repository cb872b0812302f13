"""Background calls of the Compare page: predictions, scores, costs, layer counts, robustness."""

from collections.abc import Hashable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz.comparison.summary import ArchitectureCosts, architecture_costs
from cnnviz.data.mnist import Digits, Labels, Pixels, mixed_indices
from cnnviz.models.catalog import Architecture
from cnnviz.stats.percentages import percent
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.shell.background import Calls
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.units import quantity

if TYPE_CHECKING:
    from cnnviz.evaluation.predictions import Predictions
    from cnnviz.evaluation.robustness import RobustnessCurve
    from cnnviz.models.loaded_network import LoadedNetwork
    from cnnviz.models.structure.counts import Count
    from cnnviz.stats.intervals import Interval

POLL_SECONDS = 0.5
PERTURBED_DIGITS = 300  # for robustness
_SOURCES = {
    "full": "test digits (full MNIST)",
    "embedded": "digits that the shipped networks never saw in training (embedded, taken from "
    "MNIST's training set)",
}
_CHUNK = 2500  # digits per call: large, so that few results are kept


def prediction_calls(choice: Choice) -> Calls:
    """Return the calls that predict all test digits with each classifier, in chunks."""
    count = len(choice.digits.test_labels)
    return {
        _chunk_key(network, choice, start): partial(
            _predict,
            loading.loaded_network(network),
            choice.digits.test_images[start : start + _CHUNK],
        )
        for network in choice.classifiers().networks
        for start in range(0, count, _CHUNK)
    }


def predictions(choice: Choice, ready: Mapping[Hashable, Any]) -> "dict[str, Predictions]":
    """Return the finished predictions by the networks' keys; unfinished networks are left out."""
    from cnnviz.evaluation.predictions import Predictions, concatenate_predictions

    starts = range(0, len(choice.digits.test_labels), _CHUNK)
    finished = {}
    for network in choice.classifiers().networks:
        results = [ready.get(_chunk_key(network, choice, start)) for start in starts]
        chunks = [result for result in results if isinstance(result, Predictions)]
        if len(chunks) == len(starts):
            finished[network.key] = concatenate_predictions(chunks)
    return finished


def f1_calls(choice: Choice) -> Calls:
    """Return the calls that evaluate each detector on the held-out canvases."""
    return {
        _score_key(network, choice): partial(_f1, loading.loaded_network(network), choice.digits)
        for network in choice.networks
        if network.task == "detect"
    }


def detector_score(
    choice: Choice, network: TrainedNetwork, ready: Mapping[Hashable, Any]
) -> "tuple[Interval | None, int]":
    """Return a detector's F1 and its number of canvases; (None, 0) until they are ready."""
    score: tuple[Interval, int] | None = ready.get(_score_key(network, choice))
    return score or (None, 0)


def cost_calls(choice: Choice) -> Calls:
    """Return the calls that compute the costs of each architecture."""
    return {
        ("counted", row.key, choice.published): partial(
            architecture_costs, row, published=choice.published
        )
        for row in choice.rows
    }


def layer_calls(choice: Choice) -> Calls:
    """Return the calls that count the layers of each architecture."""
    return {
        ("layers", row.key, choice.published): partial(_layers, row, choice.published)
        for row in choice.rows
    }


def layer_counts(choice: Choice, ready: Mapping[Hashable, Any]) -> "dict[str, Count]":
    """Return the finished layer counts by the architectures' keys."""
    counts = {row.key: ready.get(("layers", row.key, choice.published)) for row in choice.rows}
    return {key: count for key, count in counts.items() if count is not None}


def costs(
    choice: Choice, row: Architecture, ready: Mapping[Hashable, Any]
) -> ArchitectureCosts | None:
    """Return the costs of an architecture; None until they are ready."""
    result = ready.get(("counted", row.key, choice.published))
    return result if isinstance(result, ArchitectureCosts) else None


def robustness_calls(choice: Choice, perturbation: str) -> Calls:
    """Return the calls that measure the robustness of each network to one perturbation."""
    pixels, labels = perturbed_digits(choice)
    return {
        ("curve", n.key, n.version, choice.digits.source, perturbation): partial(
            _curve,
            loading.loaded_network(n),
            perturbation,
            pixels,
            labels,
        )
        for n in choice.networks
    }


def perturbed_digits(choice: Choice) -> tuple[Pixels, Labels]:
    """Return the test digits for robustness, all classes mixed."""
    places = mixed_indices(choice.digits, PERTURBED_DIGITS)
    return choice.digits.test_images[places], choice.digits.test_labels[places]


def robustness_curves(
    choice: Choice, ready: Mapping[Hashable, Any]
) -> "dict[str, RobustnessCurve]":
    """Return the finished robustness curves by the networks' keys."""
    from cnnviz.evaluation.robustness import RobustnessCurve

    results = {key[1]: result for key, result in ready.items() if isinstance(key, tuple)}
    curves = {network.key: results.get(network.key) for network in choice.networks}
    return {key: curve for key, curve in curves.items() if isinstance(curve, RobustnessCurve)}


def show_problems(choice: Choice, ready: Mapping[Hashable, Any]) -> None:
    """Show each network that failed, with its error."""
    titles = {network.key: network.title for network in choice.networks}
    problems = {
        key[1]: result
        for key, result in ready.items()
        if isinstance(key, tuple) and isinstance(result, ValueError)
    }
    for key, problem in problems.items():
        title = titles.get(key, str(key))
        st.warning(f"{plain(title)} is left out: {plain(str(problem))}.", icon=":material/warning:")


def wait_for(
    calls: Calls, ready: Mapping[Hashable, Any], doing: str, *, noun: str = "step", key: str
) -> bool:
    """Tell whether all calls are done; until then, show the progress and poll.

    Args:
        calls: all of them.
        ready: results of those that are done.
        doing: what all calls together do.
        noun: what one call is about, in the singular.
        key: Streamlit's key of the poll.
    """
    if len(ready) == len(calls):
        return True
    done = f"{len(ready)} of {quantity(len(calls), noun)}"
    st.progress(len(ready) / len(calls), f"{doing}: {done}.")
    pulse(POLL_SECONDS, key=key)
    return False


def digits_text(choice: Choice) -> str:
    """Return the number and the source of the test digits in words."""
    return f"{len(choice.digits.test_labels):,} {_SOURCES[choice.digits.source]}"


def recorded_accuracy_text(network: TrainedNetwork) -> str:
    """Return a network's recorded accuracy as an addition to a sentence; "" if there is none."""
    if network.accuracy is None:
        return ""
    return f"; recorded {percent(network.accuracy, 2)} on {network.tested_on}"


def titles_by_key(choice: Choice) -> dict[str, str]:
    """Return the networks' titles by their keys."""
    return {network.key: network.title for network in choice.networks}


def _chunk_key(network: TrainedNetwork, choice: Choice, start: int) -> Hashable:
    return "answers", network.key, network.version, choice.digits.source, start


def _score_key(network: TrainedNetwork, choice: Choice) -> Hashable:
    return "f1", network.key, network.version, choice.digits.source


def _f1(network: "LoadedNetwork", digits: Digits) -> "tuple[Interval, int]":
    from cnnviz.evaluation.detection_score import detector_f1

    return detector_f1(network, digits)


def _layers(row: Architecture, published: bool) -> "Count":
    from cnnviz.models.structure.counts import count
    from cnnviz.models.structure.trace import trace_architecture

    return count(trace_architecture(row, published=published))


def _predict(network: "LoadedNetwork", pixels: Pixels) -> "Predictions | ValueError":
    from cnnviz.evaluation.predictions import predict

    try:
        return predict(network, pixels)
    except ValueError as error:  # shown on the page while the others go on
        return error


def _curve(
    network: "LoadedNetwork", key: str, pixels: Pixels, labels: Labels
) -> "RobustnessCurve | ValueError":
    from cnnviz.evaluation.perturbations import PERTURBATIONS
    from cnnviz.evaluation.robustness import robustness_curve

    try:
        return robustness_curve(network, PERTURBATIONS[key], pixels, labels)
    except ValueError as error:
        return error
