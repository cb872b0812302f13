"""Settings of the runs of a race: equal but for network, seed and learning rate."""

import dataclasses
from collections.abc import Sequence

from cnnviz.models.catalog import architecture
from cnnviz.training.engine.settings import PRESETS, Settings

NETWORK_COUNT = (2, 4)  # minimum and maximum
MAX_SEEDS = 5  # with three seeds, a gap between two networks is chance in one race of ten


def plan_race(
    models: Sequence[str],
    *,
    preset: str,
    seeds: Sequence[int],
    epochs: int | None = None,
    source: str = "auto",
) -> list[Settings]:
    """Return the settings of each run of a race, network by network and seed by seed.

    All runs share the digits, their order, the batches, epochs, optimizer and threads. They differ
    in the network, the seed and the learning rate, which is that of the network's catalog row.

    Args:
        models: keys of the catalog.
        preset: key of the preset that all runs share; its tuning for single networks is left out.
        seeds: each network is trained once with each seed.
        epochs: passes over the training digits; None takes the preset's number.
        source: of the digits, as in `cnnviz.data.mnist.load_digits`.

    Raises:
        ValueError: if the number of networks or seeds is out of range, one is repeated, or
            classifiers and detectors are mixed.
    """
    low, high = NETWORK_COUNT
    if not low <= len(set(models)) == len(models) <= high:
        raise ValueError(
            f"a race must have {low} to {high} different networks, got {_listed(models)}"
        )
    if not 1 <= len(set(seeds)) == len(seeds) <= MAX_SEEDS:
        raise ValueError(f"a race must have 1 to {MAX_SEEDS} different seeds, got {_listed(seeds)}")
    if len({architecture(model).task for model in models}) > 1:
        raise ValueError(
            "networks in a race must have the same task, got classifiers and detectors"
        )
    common = dataclasses.replace(PRESETS[preset], tuned=False)
    shared = common.settings(models[0]).replace(dropout=0.0, source=source)
    shared = shared if epochs is None else shared.replace(epochs=epochs)
    rates = {model: PRESETS[preset].settings(model).learning_rate for model in models}
    return [
        shared.replace(model=model, learning_rate=rates[model], seed=seed)
        for model in models
        for seed in seeds
    ]


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values)) or "none"
