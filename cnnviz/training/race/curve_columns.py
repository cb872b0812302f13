"""Columns of a race's charts: medians and bands over the seeds of one network."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from cnnviz.stats.seed_bands import SeedBand, Values, seed_band
from cnnviz.training.race.costs import NetworkCost, training_macs
from cnnviz.training.race.standings import LearningCurves, common_epochs

_GIGA = 1e9

Columns = dict[str, Values]


def interval_columns(runs: Sequence[LearningCurves], *, macs: int) -> Columns:
    """Return loss and accuracy over digits, steps, seconds and GMAC, with bands, as equal columns.

    They end at the point that all seeds have reached. Seeds take the same steps for the same
    digits, but not in the same seconds: each point is at their median, so that the curves end at
    the values of the standings.

    Args:
        runs: of the network's seeds.
        macs: of one forward pass of one digit.
    """
    accuracy = seed_band([(run.digits, run.accuracy) for run in runs])
    loss = seed_band([(run.digits, run.loss) for run in runs])
    digits = accuracy.x  # (n,)
    steps = seconds = np.empty(0)
    if len(digits):
        steps = np.interp(digits, runs[0].digits, runs[0].steps)  # (n,), the same for all seeds
        seconds_of_seeds = [np.interp(digits, run.digits, run.seconds) for run in runs]  # (n,) each
        seconds = np.median(np.stack(seconds_of_seeds), axis=0)  # (seeds, n) to (n,)
    axes = _axes(digits, steps, seconds, macs)
    return _pad_columns(axes | _band_columns("accuracy", accuracy) | _band_columns("loss", loss))


def epoch_columns(runs: Sequence[LearningCurves], *, macs: int, epochs: int) -> Columns:
    """Return test accuracies after the epochs that all seeds have finished, with bands.

    The columns "compared" end at the epochs that all networks have finished: NaN after them.

    Args:
        runs: of the network's seeds.
        macs: of one forward pass of one digit.
        epochs: number that all networks have finished, after which they are compared.
    """
    own = common_epochs({"": runs})
    if not own:
        empty = np.empty(0)
        return _axes(empty, empty, empty, macs) | _accuracy_columns(np.empty((1, 0)), 0)
    seconds = np.median(np.stack([run.test_seconds[:own] for run in runs]), axis=0)  # (own,)
    accuracies = np.stack([run.test_accuracy[:own] for run in runs])  # (seeds, own)
    axes = _axes(runs[0].test_digits[:own], runs[0].test_steps[:own], seconds, macs)
    return axes | _accuracy_columns(accuracies, epochs)


def bubble_radii(costs: Mapping[str, NetworkCost]) -> dict[str, float]:
    """Return each network's radius as a share of the largest; the area is its parameters."""
    largest = max((cost.parameters for cost in costs.values()), default=1)
    return {model: math.sqrt(cost.parameters / largest) for model, cost in costs.items()}


def _accuracy_columns(accuracies: Values, epochs: int) -> Columns:
    """Return the columns "test" and "compared" of accuracies (seeds, own epochs)."""
    band = SeedBand(
        np.empty(0), np.median(accuracies, axis=0), accuracies.min(axis=0), accuracies.max(axis=0)
    )
    tested = _band_columns("test", band)
    compared = {
        name.replace("test", "compared"): np.where(np.arange(len(values)) < epochs, values, np.nan)
        for name, values in tested.items()
    }
    return tested | compared


def _axes(digits: Values, steps: Values, seconds: Values, macs: int) -> Columns:
    gmac = training_macs(macs, 1) / _GIGA * digits  # (n,)
    return {"digits": digits, "steps": steps, "seconds": seconds, "GMAC": gmac}


def _band_columns(name: str, band: SeedBand) -> Columns:
    return {name: band.middle, f"{name}_low": band.low, f"{name}_high": band.high}


def _pad_columns(columns: Columns) -> Columns:
    """Return columns of equal length, the shorter ones padded with NaN."""
    longest = max(map(len, columns.values()))
    return {
        name: np.pad(values, (0, longest - len(values)), constant_values=np.nan)
        for name, values in columns.items()
    }
