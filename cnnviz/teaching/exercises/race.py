"""Exercises on speed: parameters, multiply-accumulates and batches against measured time."""

import time

import torch

from cnnviz.models.inference import evaluating
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.teaching.exercises.multiple_choice import MultipleChoice, Outcome, choose_outcome
from cnnviz.teaching.exercises.scene import Scene, cost

_WARM_UP, _CALLS = 2, 7
_BATCH = 16
_CLEAR = 1.25  # ratio of times from which one counts as longer


def parameters_and_time(scene: Scene) -> MultipleChoice:
    """Ask which of two networks takes longer for a digit."""
    first, second = scene.network, scene.rival
    parameters = [cost(network).parameters for network in (first, second)]
    seconds = _fastest(scene, [(first, 1), (second, 1)])
    index = _longer(*seconds)
    titles = [network.architecture.title for network in (first, second)]
    return choose_outcome(
        f"{titles[0]} has {parameters[0]:,} parameters, {titles[1]} {parameters[1]:,}. Which one "
        "takes longer for one digit on this machine?",
        index,
        _outcomes(titles, "Parameters say little about time: a convolution uses each weight at "
                  "every position, a fully connected layer once, and every layer has a fixed "
                  "cost."),
        f"Measured just now, in turns, the fastest of {_CALLS} calls: {titles[0]} "
        f"{1000 * seconds[0]:.2f} ms, {titles[1]} {1000 * seconds[1]:.2f} ms.",
    )  # fmt: skip


def macs_and_time(scene: Scene) -> MultipleChoice:
    """Ask whether the network with more multiply-accumulates needs proportionally more time."""
    networks = (scene.network, scene.rival)
    macs = [cost(network).macs for network in networks]
    slow, fast = (0, 1) if macs[0] >= macs[1] else (1, 0)
    seconds = _fastest(scene, [(network, 1) for network in networks])
    expected, measured = macs[slow] / macs[fast], seconds[slow] / seconds[fast]
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
        f"{1000 * seconds[slow]:.2f} ms and {1000 * seconds[fast]:.2f} ms, a ratio of "
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
        f"Measured just now, in turns, the fastest of {_CALLS} calls: {1000 * single:.2f} ms and "
        f"{1000 * batch:.2f} ms, {ratio:.3g} times as long.",
    )


def _fastest(scene: Scene, calls: list[tuple[LoadedNetwork, int]]) -> list[float]:
    """Return the seconds of the fastest forward pass of each, taken in turns.

    Args:
        scene: whose digit is classified.
        calls: networks and batch sizes.
    """
    seconds: list[list[float]] = [[] for _ in calls]
    inputs = [network.input(scene.image[None].repeat(size, axis=0)) for network, size in calls]
    models = [network.copy().model for network, _ in calls]
    for turn in range(_WARM_UP + _CALLS):
        for i, (model, x) in enumerate(zip(models, inputs, strict=True)):
            with evaluating(model), torch.inference_mode():
                start = time.perf_counter()
                model(x)
                elapsed = time.perf_counter() - start
            if turn >= _WARM_UP:
                seconds[i].append(elapsed)
    return [min(values) for values in seconds]


def _longer(first: float, second: float) -> int:
    return 0 if first > second * _CLEAR else 1 if second > first * _CLEAR else 2


def _outcomes(titles: list[str], reason: str) -> list[Outcome]:
    return [
        *(Outcome(title, reason) for title in titles),
        Outcome(f"neither: they differ by less than {_CLEAR - 1:.0%}", reason),
    ]
