"""Titles that tell runs apart: what differs from a preset, and the time of the start."""

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from cnnviz.models.catalog import architecture
from cnnviz.system import jobs
from cnnviz.training.engine.settings import PRESETS, Settings

_MOST = 5  # differences in a title
_OPTIMIZERS = {"adamw": "AdamW", "adam": "Adam", "sgd": "SGD"}
_THREADS = {0: "all threads but one", -1: "all threads", 1: "1 thread"}

# in the order of a title; what is missing changes only the speed, or follows from the machine
_WORDS: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "learning_rate": "lr {:g}".format,
        "epochs": lambda count: "1 epoch" if count == 1 else f"{count} epochs",
        "batch_size": "batches of {}".format,
        "optimizer": _OPTIMIZERS.__getitem__,
        "schedule": "{} schedule".format,
        "weight_decay": "weight decay {:g}".format,
        "dropout": "dropout {:g}".format,
        "augmentation": "augmentation {:g}".format,
        "seed": "seed {}".format,
        "precision": "{} precision".format,
        "device": "device {}".format,
        "threads": lambda count: _THREADS.get(count, f"{count} threads"),
    }
)
_ALWAYS = ("learning_rate", "epochs")  # named together if one of them differs


def title_of_settings(settings: Settings) -> str:
    """Return a network's title and the settings that differ from the most similar preset.

    "LeNet-5 · Lecture", "LeNet-5 · Lecture, seed 3" or "LeNet-5 · lr 0.02, 5 epochs".
    """
    preset, differing = _nearest_preset(settings)
    names = [preset]
    if not differing.isdisjoint(_ALWAYS):
        names, differing = [], differing.union(_ALWAYS)
    words = [say(getattr(settings, name)) for name, say in _WORDS.items() if name in differing]
    if len(words) > _MOST:
        words[_MOST:] = [f"and {len(words) - _MOST} more"]
    return f"{architecture(settings.model).title} · {', '.join([*names, *words])}"


def unique_titles(titles: Mapping[str, str]) -> dict[str, str]:
    """Return titles by key; equal ones of runs are told apart by the time of their start.

    Args:
        titles: by key; the key of a run is its id.
    """
    endings: tuple[Callable[[str], str], ...] = (jobs.start_time, _last_part)
    for ending in endings:
        count = Counter(titles.values())
        titles = {
            key: f"{title} ({text})" if count[title] > 1 and (text := ending(key)) else title
            for key, title in titles.items()
        }
    return dict(titles)


def _last_part(key: str) -> str:
    return key.rpartition("-")[2]


def _nearest_preset(settings: Settings) -> tuple[str, frozenset[str]]:
    """Return the title of the preset with the fewest differences, and the names of these."""
    differences = [
        (preset.title, _differences(settings, preset.settings(settings.model)))
        for preset in PRESETS.values()
    ]
    return min(differences, key=lambda difference: len(difference[1]))


def _differences(settings: Settings, other: Settings) -> frozenset[str]:
    return frozenset(name for name in _WORDS if getattr(settings, name) != getattr(other, name))
