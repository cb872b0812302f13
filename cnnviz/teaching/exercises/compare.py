"""Exercises on comparing two networks: accuracy, shared mistakes, the interval."""

import math

from cnnviz.evaluation.agreement import paired_counts
from cnnviz.stats.intervals import wilson
from cnnviz.stats.percentages import percent
from cnnviz.stats.significance import SIGNIFICANCE_LEVEL
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
)
from cnnviz.teaching.exercises.scene import Scene

DIGITS = 1_000  # to count on: few are misclassified
_FEWEST_MISTAKES = 5  # of each network, from which shared ones can be counted


def larger_and_more_accurate(scene: Scene) -> MultipleChoice:
    """Ask which of two networks is more accurate on the sample."""
    networks = [scene.network, scene.rival]
    sizes = [sum(p.numel() for p in network.model.parameters()) for network in networks]
    correct = [scene.correct(network) for network in networks]
    counts = paired_counts(correct[0], correct[1])
    titles = scene.titles
    difference = counts.difference
    index = 2 if counts.p_value >= SIGNIFICANCE_LEVEL else 1 if difference.value > 0 else 0
    reason = (
        "More parameters can fit more, but MNIST does not need them, and how a network was trained "
        "matters as much."
    )
    return choose_outcome(
        f"{titles[0]} has {sizes[0]:,} parameters, {titles[1]} {sizes[1]:,}. Which one classifies "
        f"more of the same {len(correct[0])} test digits correctly, so clearly that chance would "
        "rarely do it (p below 5%)?",
        index,
        [
            *(Outcome(title, reason) for title in titles),
            Outcome(
                "neither: the difference may be chance",
                "They disagree on enough digits, nearly all in one direction.",
            ),
        ],
        f"{titles[0]}: {percent(correct[0].mean())}, {titles[1]}: {percent(correct[1].mean())}. "
        f"Only the digits on which they differ count: {counts.first} for the first and "
        f"{counts.second} for the second network; McNemar's test gives p = {counts.p_value:.2g}.",
    )


def half_width_of_interval(scene: Scene) -> MultipleChoice | None:
    """Ask how uncertain an accuracy on a test set is."""
    trials = scene.random.choice([100, 1_000, 10_000])
    successes = round(0.98 * trials)
    interval = wilson(successes, trials)
    half = 100 * (interval.high - interval.low) / 2  # percentage points
    tenths = max(1, round(10 * half))
    return choose_number(
        f"A network classifies {successes:,} of {trials:,} test digits correctly: 98%. Another "
        "sample of digits would give another share. How large is the uncertainty (half of the 95% "
        "interval), in tenths of a percentage point?",
        tenths,
        {
            0: "The test digits are a sample, not all digits that will ever be written.",
            round(1000 / math.sqrt(trials)): "That is 1/√N, the widest possible interval, at 50%; "
            "near 100% it is narrower.",
            20: "That is the error rate itself, not its uncertainty.",
            max(1, tenths // 10): "The uncertainty falls with the square root of the number of "
            "digits, not with the number.",
        },
        f"Wilson's interval is {interval.low:.2%} to {interval.high:.2%}: ± {half:.2g} points. Ten "
        "times as many digits make it about three times as narrow.",
    )


def same_mistakes(scene: Scene) -> MultipleChoice | None:
    """Ask whether networks make their mistakes on the same digits."""
    networks = [scene.network, scene.rival]
    wrong = [~scene.correct(network) for network in networks]
    first, second, both = (int(w.sum()) for w in (*wrong, wrong[0] & wrong[1]))
    if min(first, second) < _FEWEST_MISTAKES:
        return None
    expected = first * second / len(wrong[0])
    index = 0 if both > 2 * expected else 1
    titles = scene.titles
    return choose_outcome(
        f"{titles[0]} misclassifies {first} of {len(wrong[0])} test digits, {titles[1]} {second}. "
        f"If mistakes were independent, {expected:.2g} digits would be misclassified by both. In "
        "fact there are …",
        index,
        [
            Outcome(
                "more than twice as many",
                "These two err on different digits: averaging their answers would help.",
            ),
            Outcome(
                "about as many, or fewer",
                "Some digits are hard for every network, since they are badly written: mistakes "
                "coincide.",
            ),
        ],
        f"Misclassified by both: {both}.",
    )
