"""Settings of a training and their presets, checked before anything starts."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cnnviz.models.catalog import architecture
from cnnviz.training.engine.schedules import SCHEDULES

OPTIMIZERS = ("adamw", "adam", "sgd")
PRECISIONS = ("auto", "float32", "bfloat16")
DEVICES = ("auto", "cpu", "cuda", "mps")
SOURCES = ("auto", "full", "embedded")


@dataclass(frozen=True)
class Limit:
    """A closed range of numbers, and the name of the number in messages."""

    name: str
    low: float
    high: float

    def check(self, value: float) -> None:
        """Check a value.

        Raises:
            ValueError: if it is not a number in the range.
        """
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{self.name} must be a number, got {value!r}")
        if not self.low <= value <= self.high:  # also refuses NaN
            raise ValueError(
                f"{self.name} must be {self.low:.10g} to {self.high:.10g}, got {value:.10g}"
            )


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        "epochs": Limit("epochs", 1, 100),
        "batch_size": Limit("batch size", 1, 2048),
        "learning_rate": Limit("learning rate", 1e-6, 10.0),
        "weight_decay": Limit("weight decay", 0.0, 1.0),
        "dropout": Limit("dropout", 0.0, 0.9),
        "augmentation": Limit("augmentation", 0.0, 2.0),
        "seed": Limit("seed", 0, 2**31 - 1),
        "threads": Limit("threads", -1, 256),
    }
)
_WHOLE = ("epochs", "batch_size", "seed", "threads")
_CHOICES = {
    "optimizer": OPTIMIZERS,
    "schedule": tuple(SCHEDULES),
    "precision": PRECISIONS,
    "device": DEVICES,
    "source": SOURCES,
}


def allowed_values(name: str) -> str:
    """Return the choices or the range of a setting as text; empty for a yes or no."""
    if name in _CHOICES:
        return ", ".join(_CHOICES[name])
    limit = LIMITS.get(name)
    return f"{limit.low:.10g} to {limit.high:.10g}" if limit else ""


@dataclass(frozen=True)
class Settings:
    """Everything that determines the result of a training; the defaults are the lecture's.

    Attributes:
        model: key of the catalog.
        epochs: passes over the training digits.
        batch_size: digits per step.
        learning_rate: base value, which is the highest one of the one-cycle schedule.
        optimizer: "adamw", "adam" or "sgd" (momentum 0.9).
        schedule: "constant", "cosine" or "one-cycle".
        weight_decay: decoupled for AdamW, an L2 penalty otherwise.
        dropout: probability, for networks that have dropout layers.
        augmentation: 0 for none, 1 for small rotations, shifts, scalings and shears.
        seed: of the initial weights, the order of digits, dropout and augmentation.
        precision: "auto" uses bfloat16 where the processor supports it natively, else float32.
        channels_last: store images with channels innermost; the same result, faster.
        pool_first: swap ReLU and max pooling; the same function, faster.
        device: "auto" uses a GPU where there is one.
        threads: of the CPU; 0 leaves one core to the pages, -1 uses all.
        source: of the digits, as in `cnnviz.data.mnist.load_digits`.
        spare_embedded_test: do not train on the embedded test digits, so that accuracy on them is
            that of unseen digits.

    Raises:
        ValueError: on construction, naming the value and the valid range or choices.
    """

    model: str = "mnist_cnn"
    epochs: int = 10
    batch_size: int = 64
    learning_rate: float = 1e-3
    optimizer: str = "adamw"
    schedule: str = "constant"
    weight_decay: float = 0.01
    dropout: float = 0.0
    augmentation: float = 0.0
    seed: int = 0
    precision: str = "float32"
    channels_last: bool = True
    pool_first: bool = True
    device: str = "auto"
    threads: int = 0
    source: str = "auto"
    spare_embedded_test: bool = False

    def __post_init__(self) -> None:
        """Check every value against its range or choices."""
        # by hand: msgspec checks what it decodes, and settings also come from forms and commands
        row = architecture(self.model)
        for name, limit in LIMITS.items():
            limit.check(getattr(self, name))
        for name in _WHOLE:
            if not isinstance(value := getattr(self, name), int):
                raise ValueError(f"{LIMITS[name].name} must be a whole number, got {value}")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"{name} must be one of {', '.join(choices)}, got {getattr(self, name)!r}"
                )
        if self.dropout and not row.has_dropout:
            raise ValueError(
                f"dropout must be 0 for {row.title}, which has none, got {self.dropout}"
            )

    def replace(self, **changes: Any) -> "Settings":
        """Return a checked copy with some values changed."""
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Settings":
        """Return settings from the values of `to_dict`.

        Raises:
            ValueError: if a name is unknown or a value is out of its range.
        """
        names = {field.name for field in dataclasses.fields(cls)}
        if unknown := sorted(set(values) - names):
            raise ValueError(
                f"settings must be among {', '.join(sorted(names))}, got {', '.join(unknown)}"
            )
        return cls(**values)


@dataclass(frozen=True)
class Preset:
    """A named set of settings, to start from.

    Attributes:
        title: to show.
        description: in a sentence, for a classifier.
        changes: to the default settings.
        tuned: whether the `fast` settings of the network's catalog row come on top.
    """

    title: str
    description: str
    changes: Mapping[str, Any]
    tuned: bool = False

    def words(self, model: str) -> str:
        """Return the description for a network, by its catalog key."""
        if architecture(model).task == "classify":
            return self.description
        settings = self.settings(model)
        return (
            f"{settings.epochs} epoch{'s' if settings.epochs > 1 else ''}, batches of "
            f"{settings.batch_size} canvases, AdamW with a learning rate of up to "
            f"{settings.learning_rate:g}; the loss compares boxes and classes after matching. The "
            "network detects nothing for the first few hundred steps."
        )

    def settings(self, model: str) -> Settings:
        """Return the settings for a network, by its catalog key."""
        row = architecture(model)
        changes = {"learning_rate": row.learning_rate, **self.changes}
        return Settings(model=model, **(changes | dict(row.fast) if self.tuned else changes))


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "lecture": Preset(
            "Lecture",
            "AdamW at a constant learning rate of 0.001, cross-entropy, 10 epochs.",
            {"learning_rate": 1e-3},
        ),
        "quick": Preset(
            "Quick look",
            "One epoch, to watch a network learn.",
            {"epochs": 1, "batch_size": 128, "precision": "auto"},
        ),
        "fast": Preset(
            "Fast to 99%",
            "One-cycle schedule, larger batches, all cores, and bfloat16 where the processor has "
            "it. Reaching 99% takes the full MNIST; the embedded digits are too few.",
            {
                "epochs": 2,
                "threads": -1,
                "batch_size": 128,
                "schedule": "one-cycle",
                "learning_rate": 4e-3,
                "precision": "auto",
            },
            tuned=True,
        ),
    }
)
