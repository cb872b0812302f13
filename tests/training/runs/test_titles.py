from typing import Any

import pytest

from cnnviz.models.catalog import CATALOG
from cnnviz.training.engine.settings import PRESETS, Settings
from cnnviz.training.runs.titles import title_of_settings, unique_titles


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "LeNet-5 · Lecture"),
        ({"seed": 3}, "LeNet-5 · Lecture, seed 3"),
        ({"learning_rate": 0.02, "epochs": 5}, "LeNet-5 · lr 0.02, 5 epochs"),
        ({"learning_rate": 0.02}, "LeNet-5 · lr 0.02, 10 epochs"),
        ({"epochs": 1}, "LeNet-5 · lr 0.001, 1 epoch"),
        ({"optimizer": "sgd"}, "LeNet-5 · Lecture, SGD"),
        ({"source": "embedded", "channels_last": False}, "LeNet-5 · Lecture"),
        (
            {"batch_size": 3, "optimizer": "adam", "schedule": "cosine", "weight_decay": 0.3}
            | {"augmentation": 0.5, "seed": 1, "threads": 4},
            "LeNet-5 · Lecture, batches of 3, Adam, cosine schedule, weight decay 0.3, "
            "augmentation 0.5, and 2 more",
        ),
    ],
)
def test_a_title_names_what_differs_from_the_nearest_preset(
    changes: dict[str, Any], title: str
) -> None:
    assert title_of_settings(Settings(model="lenet5", **changes)) == title


@pytest.mark.parametrize("key", PRESETS)
@pytest.mark.parametrize("model", CATALOG)
def test_the_settings_of_a_preset_have_its_title(model: str, key: str) -> None:
    title = title_of_settings(PRESETS[key].settings(model))
    same = [p.title for p in PRESETS.values() if p.settings(model) == PRESETS[key].settings(model)]
    assert title in {f"{CATALOG[model].title} · {preset}" for preset in same}


def test_equal_titles_are_told_apart_by_the_time_of_the_start() -> None:
    keys = ("20260102-030405-abcdef", "20260102-030406-abcdef", "shipped-lenet5")
    assert list(unique_titles(dict.fromkeys(keys[:2], "Mine") | {keys[2]: "Other"}).values()) == [
        "Mine (03:04:05 on 2 Jan)",
        "Mine (03:04:06 on 2 Jan)",
        "Other",
    ]


def test_runs_of_one_second_are_told_apart_by_their_ids() -> None:
    titles = unique_titles({"20260102-030405-aaaaaa": "Mine", "20260102-030405-bbbbbb": "Mine"})
    assert len(set(titles.values())) == 2
    assert all(title.startswith("Mine (03:04:05 on 2 Jan)") for title in titles.values())


def test_an_id_that_names_no_time_is_no_exception() -> None:
    assert unique_titles({"99999999-999999-aaaaaa": "Mine", "b": "Mine"}) == {
        "99999999-999999-aaaaaa": "Mine (aaaaaa)",
        "b": "Mine (b)",
    }
