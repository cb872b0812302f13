"""Exercises on speed: parameters, multiply-accumulates and batches against measured time."""

from functools import partial

import torch

from cnnviz.benchmark.timing.protocol import Budget, TimedCall, measure_latencies
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.counts import Count, count
from cnnviz.models.structure.trace import trace_architecture
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
)
from cnnviz.teaching.exercises.scene import Scene

_CALLS = 15
_BUDGET = Budget(_CALLS, seconds=0.0, least=_CALLS, warm_calls=2, warm_seconds=0.0, turn=1)
_BATCH = 16
_CLEAR = 1.25  # ratio of times from which one counts as longer
_UNCLEAR = 1.1, 1.5  # ratios between which another measurement may say otherwise
_OPERATIONS = 2  # floating-point operations in a multiply-accumulate
_PASSES = 3  # forward passes that a training step costs: the backward pass takes about two


def parameters_and_time(scene: Scene) -> MultipleChoice | None:
    """Ask which of two networks takes longer for a digit."""
    first, second = scene.network, scene.rival
    parameters = [_count(network).parameters for network in (first, second)]
    times = _fastest(scene, [(first, 1), (second, 1)])
    if _is_unclear(times[0] / times[1]):
        return None
    index = _longer(*times)
    titles = scene.titles
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


def macs_and_time(scene: Scene) -> MultipleChoice | None:
    """Ask whether the network with more multiply-accumulates needs proportionally more time."""
    networks = (scene.network, scene.rival)
    macs = [_count(network).macs for network in networks]
    slow, fast = (0, 1) if macs[0] >= macs[1] else (1, 0)
    times = _fastest(scene, [(network, 1) for network in networks])
    expected, measured = macs[slow] / macs[fast], times[slow] / times[fast]
    if _is_unclear(measured / expected):
        return None
    index = 0 if measured > expected * _CLEAR else 1 if measured > expected / _CLEAR else 2
    titles = scene.titles
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


def batch_and_time(scene: Scene) -> MultipleChoice | None:
    """Ask how many times longer a batch takes than a single digit."""
    single, batch = _fastest(scene, [(scene.network, 1), (scene.network, _BATCH)])
    ratio = batch / single
    if _is_unclear(ratio) or _is_unclear(_BATCH / ratio):
        return None
    index = 0 if ratio < _CLEAR else 1 if ratio < _BATCH / _CLEAR else 2
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


def digits_per_second(scene: Scene) -> MultipleChoice | None:
    """Ask how many digits per second a measured time stands for."""
    (fastest,) = _fastest(scene, [(scene.network, 1)])
    milliseconds = float(f"{fastest:.3g}")  # as shown
    return choose_number(
        f"{scene.title} takes {milliseconds:g} ms for a digit, measured just now. How many digits "
        "does it classify in a second, one after the other?",
        round(1_000 / milliseconds),
        {
            max(1, round(milliseconds)): "That is the time of one digit in milliseconds.",
            round(1_000 * milliseconds): "That is the time of one digit in microseconds.",
            round(1_000_000 / milliseconds): "A second has a thousand milliseconds.",
        },
        f"1,000 ms / {milliseconds:g} ms = {1_000 / milliseconds:,.0f}. In batches there would be "
        "more: throughput is not one over the latency of a batch of one.",
    )


def operations_of_a_digit(scene: Scene) -> MultipleChoice | None:
    """Ask how many floating-point operations a number of multiply-accumulates is."""
    macs = scene.count.macs
    return choose_number(
        f"{scene.title} does {macs:,} multiply-accumulates for a digit. How many floating-point "
        "operations (FLOP) is that?",
        _OPERATIONS * macs,
        {
            macs: "A multiply-accumulate is a multiplication and an addition.",
            scene.count.parameters: "That is the number of parameters: a convolution uses each at "
            "every position.",
            macs // _OPERATIONS: "It takes two operations to do one multiply-accumulate, not the "
            "other way around.",
        },
        f"{_OPERATIONS} × {macs:,} = {_OPERATIONS * macs:,}. Divided by the measured time it gives "
        "the FLOP per second.",
    )


def cost_of_an_epoch(scene: Scene) -> MultipleChoice | None:
    """Ask how many multiply-accumulates an epoch of training takes."""
    millions = round(scene.count.macs / 1_000_000, 2)
    digits = 1_000 * scene.random.choice([1, 4, 10])
    return choose_number(
        f"{scene.title} needs {millions:g} million multiply-accumulates (MACs) to classify a "
        "digit. The backward pass takes about twice as many as the forward pass. How many million "
        f"MACs does an epoch of {digits:,} training digits take?",
        round(_PASSES * millions * digits),
        {
            round(millions * digits): "That is the forward pass alone.",
            round((_PASSES - 1) * millions * digits): "That is the backward pass alone: the "
            "forward pass comes first.",
            max(1, round(_PASSES * millions)): "That is one digit, forward and backward.",
        },
        f"(1 + 2) × {millions:g} million × {digits:,} = {_PASSES * millions * digits:,.0f} "
        "million. The number of batches does not appear in it: it says how often the weights "
        "change.",
        unit="million",
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


def _is_unclear(ratio: float) -> bool:
    """Tell whether two times are neither about equal nor clearly different."""
    return _UNCLEAR[0] < max(ratio, 1 / ratio) < _UNCLEAR[1]


def _longer(first: float, second: float) -> int:
    return 0 if first > second * _CLEAR else 1 if second > first * _CLEAR else 2


def _outcomes(titles: tuple[str, str], reason: str) -> list[Outcome]:
    return [
        *(Outcome(title, reason) for title in titles),
        Outcome(f"neither: they differ by less than {_CLEAR - 1:.0%}", reason),
    ]
