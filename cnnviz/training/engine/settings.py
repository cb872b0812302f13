"""What a training needs to know, checked once, before anything starts."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cnnviz.models.catalogue import architecture

OPTIMIZERS = ("adamw", "adam", "sgd")
SCHEDULES = ("constant", "cosine", "one-cycle")
PRECISIONS = ("auto", "float32", "bfloat16")
DEVICES = ("auto", "cpu", "cuda", "mps")
SOURCES = ("auto", "full", "embedded")


@dataclass(frozen=True)
class Limit:
    """A closed range of numbers, and what the number is called in a sentence."""

    name: str
    low: float
    high: float

    def check(self, value: float) -> None:
        """Raise a `ValueError` that names the value and the range, unless it is inside."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{self.name} must be a number, not {value!r}")
        if not self.low <= value <= self.high:  # also refuses NaN
            raise ValueError(
                f"{self.name} {value:.10g} is out of range: "
                f"choose {self.low:.10g} to {self.high:.10g}"
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
    "schedule": SCHEDULES,
    "precision": PRECISIONS,
    "device": DEVICES,
    "source": SOURCES,
}


def allowed_values(name: str) -> str:
    """Return what the setting of that name may be, in words; empty for a yes or no."""
    if name in _CHOICES:
        return ", ".join(_CHOICES[name])
    limit = LIMITS.get(name)
    return f"{limit.low:.10g} to {limit.high:.10g}" if limit else ""


@dataclass(frozen=True)
class Settings:
    """Everything that decides a training; the defaults are the lecture's.

    Attributes:
        model: key of the catalogue.
        epochs: passes over the training digits.
        batch_size: digits per step.
        learning_rate: its base value; the highest one of the one-cycle schedule.
        optimizer: "adamw", "adam" or "sgd" (momentum 0.9).
        schedule: "constant", "cosine" or "one-cycle".
        weight_decay: decoupled for AdamW, an L2 penalty otherwise.
        dropout: probability, for networks that have it.
        augmentation: 0 for none, 1 for small rotations, shifts, scalings and shears.
        seed: of the initial weights, the order of digits, dropout and augmentation.
        precision: "auto" takes bfloat16 where the processor multiplies it natively.
        channels_last: store images with their channels innermost: the same result, sooner.
        pool_first: pool before the ReLU that precedes it: the same function, sooner.
        device: "auto" takes a GPU where there is one.
        threads: of the processor; 0 leaves one core to the page, -1 takes all.
        source: of the digits, as in `cnnviz.data.mnist.load_digits`.
        spare_embedded_test: leave out the embedded test digits, so that accuracy on them is honest.

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
        """Check every value against its range."""
        # by hand: msgspec checks what it decodes, and settings also come from forms and commands
        row = architecture(self.model)
        for name, limit in LIMITS.items():
            limit.check(getattr(self, name))
        for name in _WHOLE:
            if not isinstance(value := getattr(self, name), int):
                raise ValueError(f"{LIMITS[name].name} must be a whole number, not {value}")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"unknown {name} {getattr(self, name)!r}: choose {', '.join(choices)}"
                )
        if self.dropout and not row.has_dropout:
            raise ValueError(f"{row.title} has no dropout: leave it at 0")

    def replace(self, **changes: Any) -> "Settings":
        """Return a copy with some values changed, checked again."""
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Settings":
        """Read settings back from JSON.

        Raises:
            ValueError: if a name is unknown or a value is out of its range.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"unknown settings: {', '.join(unknown)}")
        return cls(**values)


@dataclass(frozen=True)
class Preset:
    """A named starting point for the settings."""

    title: str
    description: str
    changes: Mapping[str, Any]
    tuned: bool = False  # whether the architecture's own `fast` changes come on top

    def words(self, model: str) -> str:
        """Return what the preset means for one architecture."""
        if architecture(model).task == "classify":
            return self.description
        settings = self.settings(model)
        return (
            f"{settings.epochs} passes, {settings.batch_size} canvases a step, AdamW at up to "
            f"{settings.learning_rate:g}; the loss is that of boxes and names after matching. It "
            "finds nothing for the first few hundred steps."
        )

    def settings(self, model: str) -> Settings:
        """Return the preset's settings for one architecture."""
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
            "One pass over the digits, to see learning happen.",
            {"epochs": 1, "batch_size": 128, "precision": "auto"},
        ),
        "fast": Preset(
            "Fast to 99%",
            "One-cycle schedule, larger batches, every core, and bfloat16 where the processor has "
            "it: 99% takes the full MNIST, for which the embedded digits are too few.",
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
