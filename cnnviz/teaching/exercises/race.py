"""Exercises on speed: parameters, multiply-accumulates and batches against measured time."""

from functools import partial

import torch

from cnnviz.benchmark.timing.protocol import Budget, TimedCall, measure_latencies
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.counts import Count, count
from cnnviz.models.structure.trace import trace_architecture
from cnnviz.teaching.exercises.multiple_choice import MultipleChoice, Outcome, choose_outcome
from cnnviz.teaching.exercises.scene import Scene

_CALLS = 7
_BUDGET = Budget(_CALLS, seconds=0.0, least=_CALLS, warm_calls=2, warm_seconds=0.0, turn=1)
_BATCH = 16
_CLEAR = 1.25  # ratio of times from which one counts as longer


def parameters_and_time(scene: Scene) -> MultipleChoice:
    """Ask which of two networks takes longer for a digit."""
    first, second = scene.network, scene.rival
    parameters = [_count(network).parameters for network in (first, second)]
    times = _fastest(scene, [(first, 1), (second, 1)])
    index = _longer(*times)
    titles = [network.architecture.title for network in (first, second)]
    return choose_outcome(
        f"{titles[0]} has {parameters[0]:,} parameters, {titles[1]} {parameters[1]:,}. Which one "
        "takes longer for one digit on this machine?",
        index,
        _outcomes(titles, "Parameters say little about time: a convolution uses each weight at "
                  "every position, a fully connected layer once, and every layer has a fixed "
                  "cost."),
        f"Measured just now, in turns, the fastest of {_CALLS} calls: {titles[0]} "
        f"{times[0]:.2f} ms, {titles[1]} {times[1]:.2f} ms.",
    )  # fmt: skip


def macs_and_time(scene: Scene) -> MultipleChoice:
    """Ask whether the network with more multiply-accumulates needs proportionally more time."""
    networks = (scene.network, scene.rival)
    macs = [_count(network).macs for network in networks]
    slow, fast = (0, 1) if macs[0] >= macs[1] else (1, 0)
    times = _fastest(scene, [(network, 1) for network in networks])
    expected, measured = macs[slow] / macs[fast], times[slow] / times[fast]
    index = 0 if measured > expected * _CLEAR else 1 if measured > expected / _CLEAR else 2
    titles = [network.architecture.title for network in networks]
    return choose_outcome(
        f"{titles[slow]} needs {expected:.3g} times as many multiply-accumulates for a digit as "
        f"{titles[fast]}. The measured times have a ratio …",
        index,
        [
            Outcome(
                "larger than that",
                "Large matrix products use a processor better than small ones.",
            ),
            Outcome(
                f"of about {expected:.2g}, too",
                "Multiply-accumulates are not the only cost: starting a layer and moving data take "
                "time, and some layers compute more slowly than others.",
            ),
            Outcome(
                "smaller than that",
                "Layers that are narrow or depthwise cannot use the processor fully, and "
                "operations without MACs, such as normalization, take time as well.",
            ),
        ],
        f"Measured just now, in turns, the fastest of {_CALLS} calls: "
        f"{times[slow]:.2f} ms and {times[fast]:.2f} ms, a ratio of "
        f"{measured:.3g}.",
    )


def batch_and_time(scene: Scene) -> MultipleChoice:
    """Ask how many times longer a batch takes than a single digit."""
    single, batch = _fastest(scene, [(scene.network, 1), (scene.network, _BATCH)])
    ratio = batch / single
    index = 0 if ratio < _CLEAR else 1 if ratio < _BATCH * 0.8 else 2
    return choose_outcome(
        f"A batch of {_BATCH} digits goes through {scene.title}. Compared with one digit it takes "
        "…",
        index,
        [
            Outcome(
                "about as long",
                "The processor works on several digits at once only as far as it has units free.",
            ),
            Outcome(
                f"longer, but clearly less than {_BATCH} times as long",
                "How much a batch saves depends on how well one digit already fills the processor.",
            ),
            Outcome(
                f"about {_BATCH} times as long, or longer",
                "Part of the time of a call does not depend on the number of digits, and larger "
                "matrix products use the processor better.",
            ),
        ],
        f"Measured just now, in turns, the fastest of {_CALLS} calls: {single:.2f} ms and "
        f"{batch:.2f} ms, {ratio:.3g} times as long.",
    )


def _fastest(scene: Scene, calls: list[tuple[LoadedNetwork, int]]) -> list[float]:
    """Return the milliseconds of the fastest forward pass of each, taken in turns.

    Args:
        scene: whose digit is classified.
        calls: networks and batch sizes.
    """
    timed = {}
    for i, (network, size) in enumerate(calls):
        x = network.input(scene.image[None].repeat(size, axis=0))  # (size, 1, S, S)
        timed[str(i)] = TimedCall(partial(network.copy().model, x), size)
    with torch.inference_mode():
        latencies = measure_latencies(timed, budget=_BUDGET)
    return [latency.minimum for latency in latencies.values()]


def _count(network: LoadedNetwork) -> Count:
    return count(trace_architecture(network.architecture, published=False))


def _longer(first: float, second: float) -> int:
    return 0 if first > second * _CLEAR else 1 if second > first * _CLEAR else 2


def _outcomes(titles: list[str], reason: str) -> list[Outcome]:
    return [
        *(Outcome(title, reason) for title in titles),
        Outcome(f"neither: they differ by less than {_CLEAR - 1:.0%}", reason),
    ]
