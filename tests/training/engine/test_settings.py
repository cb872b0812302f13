import json
import math

import pytest

from cnnviz.models.catalog import CATALOG
from cnnviz.training.engine.settings import LIMITS, PRESETS, Preset, Settings

WHOLE = ("epochs", "batch_size", "seed", "threads")


def settings(name: str, value: object) -> Settings:
    return Settings.from_dict({name: value})


def test_the_defaults_are_the_lectures() -> None:
    lecture = Settings()
    assert lecture.model == "mnist_cnn"
    assert (lecture.optimizer, lecture.learning_rate, lecture.epochs) == ("adamw", 0.001, 10)
    assert (lecture.schedule, lecture.dropout, lecture.augmentation) == ("constant", 0, 0)
    assert lecture.weight_decay == 0.01  # AdamW's own default in PyTorch


@pytest.mark.parametrize("name", LIMITS)
def test_both_ends_of_a_range_are_allowed(name: str) -> None:
    limit = LIMITS[name]
    for value in (limit.low, limit.high):
        assert getattr(settings(name, value), name) == value


@pytest.mark.parametrize("name", LIMITS)
def test_a_value_beyond_its_range_is_refused_by_name_value_and_range(name: str) -> None:
    limit = LIMITS[name]
    step = 1 if name in WHOLE else 0.5
    for value in (limit.low - step, limit.high + step):
        with pytest.raises(ValueError, match="must be") as refusal:
            settings(name, value)
        assert str(refusal.value) == (
            f"{limit.name} must be {limit.low:.10g} to {limit.high:.10g}, got {value}"
        )


def test_a_refusal_reads_as_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"^epochs must be 1 to 100, got 101$"):
        Settings(epochs=101)
    with pytest.raises(ValueError, match=r"^seed must be 0 to 2147483647, got 2147483648$"):
        Settings(seed=2**31)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "1", None, True])
def test_what_is_no_number_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=LIMITS[name].name):
        settings(name, value)


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [1.5, 64.0])
def test_a_count_is_a_whole_number(name: str, value: float) -> None:
    sentence = rf"^{LIMITS[name].name} must be a whole number, got {value}$"
    with pytest.raises(ValueError, match=sentence):
        settings(name, value)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("optimizer", "optimizer must be one of adamw, adam, sgd, got 'x'"),
        ("schedule", "schedule must be one of constant, cosine, one-cycle, got 'x'"),
        ("precision", "precision must be one of auto, float32, bfloat16, got 'x'"),
        ("device", "device must be one of auto, cpu, cuda, mps, got 'x'"),
        ("source", "source must be one of auto, full, embedded, got 'x'"),
    ],
)
def test_an_unknown_choice_is_refused_with_the_valid_ones(name: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        settings(name, "x")


def test_an_unknown_architecture_is_refused() -> None:
    with pytest.raises(ValueError, match=r"architecture must be one of .*, got 'perceptron'"):
        Settings(model="perceptron")


def test_dropout_is_refused_for_a_network_without() -> None:
    with pytest.raises(
        ValueError, match=r"dropout must be 0 for LeNet-5, which has none, got 0\.1"
    ):
        Settings(model="lenet5", dropout=0.1)


def test_replacing_checks_again() -> None:
    with pytest.raises(ValueError, match="batch size must be 1 to 2048, got 0"):
        Settings().replace(batch_size=0)


def test_settings_survive_json() -> None:
    original = Settings(model="mnist_fcn", epochs=3, learning_rate=0.1, dropout=0.25, seed=9)
    assert Settings.from_dict(json.loads(json.dumps(original.to_dict()))) == original


def test_unknown_names_in_json_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"settings must be among augmentation, .*, got color, flavor$"
    ):
        Settings.from_dict({"flavor": 1, "epochs": 1, "color": 2})


def test_values_from_json_are_checked() -> None:
    with pytest.raises(ValueError, match="epochs must be 1 to 100, got 1000000"):
        Settings.from_dict({"epochs": 1_000_000})


@pytest.mark.parametrize("model", CATALOG)
@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_preset_suits_every_architecture(preset: Preset, model: str) -> None:
    assert preset.settings(model).model == model


def test_the_lecture_preset_is_the_lectures_training() -> None:
    assert PRESETS["lecture"].settings("mnist_cnn") == Settings()
    assert PRESETS["lecture"].settings("lenet5").learning_rate == 0.001


def test_a_preset_starts_from_the_architectures_own_learning_rate() -> None:
    assert PRESETS["quick"].settings("lenet5").learning_rate == CATALOG["lenet5"].learning_rate
