"""What the ways to compare are made from, each piece measured once, behind the page."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from cnnviz.comparison.summary import ArchitectureCosts, architecture_costs
from cnnviz.data.mnist import Digits, Labels, Pixels, mixed_indices
from cnnviz.models.catalogue import Architecture
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.shell.markdown import plain

if TYPE_CHECKING:
    from cnnviz.evaluation.predictions import Predictions
    from cnnviz.evaluation.robustness import RobustnessCurve
    from cnnviz.models.loaded_network import LoadedNetwork
    from cnnviz.models.structure.counts import Count
    from cnnviz.stats.intervals import Interval

Calls = Mapping[Hashable, Callable[[], Any]]

AGAIN = 0.5  # seconds until the page looks for what has become ready
SPOILED = 300  # digits that robustness is measured on
_SOURCES = {
    "full": "full MNIST",
    "embedded": "embedded, of MNIST's training set; the shipped networks learned without them",
}
_PIECE = 2500  # digits that are asked about without a break; few, large results are kept


def answer_calls(choice: Choice) -> Calls:
    """Return the calls that ask each classifier about all test digits, piece by piece."""
    count = len(choice.digits.test_labels)
    return {
        _piece(network, choice, start): partial(
            _ask,
            loading.load(network),
            choice.digits.test_images[start : start + _PIECE],
        )
        for network in choice.classifiers().networks
        for start in range(0, count, _PIECE)
    }


def predictions(choice: Choice, ready: Mapping[Hashable, Any]) -> "dict[str, Predictions]":
    """Return the answers of the networks that have answered all digits, by the networks' keys."""
    from cnnviz.evaluation.predictions import Predictions

    starts = range(0, len(choice.digits.test_labels), _PIECE)
    found = {}
    for network in choice.classifiers().networks:
        pieces = [ready.get(_piece(network, choice, start)) for start in starts]
        if all(isinstance(piece, Predictions) for piece in pieces):
            found[network.key] = Predictions(np.concatenate([p.probabilities for p in pieces if p]))
    return found


def f1_calls(choice: Choice) -> Calls:
    """Return the calls that let each detector find the digits on the held-out canvases."""
    return {
        _found(network, choice): partial(_f1, loading.load(network), choice.digits)
        for network in choice.networks
        if network.task == "detect"
    }


def f1(
    choice: Choice, network: TrainedNetwork, ready: Mapping[Hashable, Any]
) -> "tuple[Interval | None, int]":
    """Return a detector's F1 and the canvases it was measured on, if that is known by now."""
    found: tuple[Interval, int] | None = ready.get(_found(network, choice))
    return found or (None, 0)


def count_calls(choice: Choice) -> Calls:
    """Return the calls that count what each row takes."""
    return {
        ("counted", row.key, choice.published): partial(
            architecture_costs, row, published=choice.published
        )
        for row in choice.rows
    }


def layer_calls(choice: Choice) -> Calls:
    """Return the calls that count each row's layers."""
    return {
        ("layers", row.key, choice.published): partial(_layers, row, choice.published)
        for row in choice.rows
    }


def counts(choice: Choice, ready: Mapping[Hashable, Any]) -> "dict[str, Count]":
    """Return the rows' layers as far as they are counted, by the rows' keys."""
    found = {row.key: ready.get(("layers", row.key, choice.published)) for row in choice.rows}
    return {key: count for key, count in found.items() if count is not None}


def counted(
    choice: Choice, row: Architecture, ready: Mapping[Hashable, Any]
) -> ArchitectureCosts | None:
    """Return what a row takes, if that is known by now."""
    found = ready.get(("counted", row.key, choice.published))
    return found if isinstance(found, ArchitectureCosts) else None


def curve_calls(choice: Choice, perturbation: str) -> Calls:
    """Return the calls that measure each network on digits that are spoiled in one way."""
    pixels, labels = spoiled(choice)
    return {
        ("curve", n.key, n.version, choice.digits.source, perturbation): partial(
            _curve,
            loading.load(n),
            perturbation,
            pixels,
            labels,
        )
        for n in choice.networks
    }


def spoiled(choice: Choice) -> tuple[Pixels, Labels]:
    """Return the test digits that robustness is measured on, all classes mixed."""
    places = mixed_indices(choice.digits, SPOILED)
    return choice.digits.test_images[places], choice.digits.test_labels[places]


def curves(choice: Choice, ready: Mapping[Hashable, Any]) -> "dict[str, RobustnessCurve]":
    """Return the curves that are measured by now, by the networks' keys, in their order."""
    from cnnviz.evaluation.robustness import RobustnessCurve

    found = {key[1]: one for key, one in ready.items() if isinstance(key, tuple)}
    kept = {network.key: found.get(network.key) for network in choice.networks}
    return {key: one for key, one in kept.items() if isinstance(one, RobustnessCurve)}


def say_problems(choice: Choice, ready: Mapping[Hashable, Any]) -> None:
    """Say which network cannot be asked, and why."""
    titles = {network.key: network.title for network in choice.networks}
    said = {
        key[1]: found
        for key, found in ready.items()
        if isinstance(key, tuple) and isinstance(found, ValueError)
    }
    for key, problem in said.items():
        title = titles.get(key, str(key))
        st.warning(f"{plain(title)} is left out: {plain(str(problem))}.", icon=":material/warning:")


def wait(calls: Calls, ready: Mapping[Hashable, Any], doing: str, *, key: str) -> bool:
    """Tell whether everything is ready; until it is, show how far it is and look again."""
    if len(ready) == len(calls):
        return True
    st.progress(len(ready) / len(calls), f"{doing}: {len(ready)} of {len(calls)} parts.")
    pulse(AGAIN, key=key)
    return False


def tested(choice: Choice) -> str:
    """Return in words which digits the networks were asked about here."""
    return f"{len(choice.digits.test_labels):,} test digits ({_SOURCES[choice.digits.source]})"


def on_record(network: TrainedNetwork) -> str:
    """Return in words how a network did on which digits after its training, to stand behind."""
    if network.accuracy is None:
        return ""
    return f"; on record {network.accuracy:.2%} of {network.tested_on}"


def names(choice: Choice) -> dict[str, str]:
    """Return the networks' titles by their keys."""
    return {network.key: network.title for network in choice.networks}


def _piece(network: TrainedNetwork, choice: Choice, start: int) -> Hashable:
    return "answers", network.key, network.version, choice.digits.source, start


def _found(network: TrainedNetwork, choice: Choice) -> Hashable:
    return "f1", network.key, network.version, choice.digits.source


def _f1(network: "LoadedNetwork", digits: Digits) -> "tuple[Interval, int]":
    from cnnviz.evaluation.detection_score import detector_f1

    return detector_f1(network, digits)


def _layers(row: Architecture, published: bool) -> "Count":
    from cnnviz.models.structure.counts import count
    from cnnviz.models.structure.trace import trace_row

    return count(trace_row(row, published=published))


def _ask(network: "LoadedNetwork", pixels: Pixels) -> "Predictions | ValueError":
    from cnnviz.evaluation.predictions import predict

    try:
        return predict(network, pixels)
    except ValueError as error:  # to be said on the page, the others go on
        return error


def _curve(
    network: "LoadedNetwork", key: str, pixels: Pixels, labels: Labels
) -> "RobustnessCurve | ValueError":
    from cnnviz.evaluation.robustness import PERTURBATIONS, robustness_curve

    try:
        return robustness_curve(network, PERTURBATIONS[key], pixels, labels)
    except ValueError as error:
        return error
