"""A guide over the pages: a sequence of steps, each with something to understand and to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Query = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Step:
    """One step of a guide.

    Attributes:
        key: short name, used in addresses.
        page: key of the page that it opens.
        title: of the step.
        text: what there is to understand, in Markdown; terms of the glossary are marked.
        task: what to do on the page, and what to watch for.
        target: key of the element on the page that the task is about; "" for none.
        query: the page's query parameters, by name.
        minutes: it takes, about.
        drawing: whether the page shows the learner's drawing, if there is one.
    """

    key: str
    page: str
    title: str
    text: str
    task: str
    target: str = ""
    query: Query = field(default_factory=dict)
    minutes: float = 1.0
    drawing: bool = False


@dataclass(frozen=True, init=False)
class Guide:
    """A sequence of steps.

    Attributes:
        key: short name, used in addresses.
        title: to show.
        steps: by key, in order.
    """

    key: str
    title: str
    steps: Mapping[str, Step]

    def __init__(self, key: str, title: str, steps: Iterable[Step]) -> None:
        """Order the steps.

        Raises:
            ValueError: if two steps have the same key.
        """
        rows = list(steps)
        by_key = {step.key: step for step in rows}
        if len(by_key) < len(rows):
            raise ValueError(f"steps of {key!r} must have different keys")
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "steps", by_key)

    @property
    def minutes(self) -> float:
        """It takes, about."""
        return sum(step.minutes for step in self.steps.values())

    def position(self, key: str) -> int:
        """Return the place of a step, from 0."""
        return list(self.steps).index(key)

    def neighbors(self, key: str) -> tuple[Step | None, Step | None]:
        """Return the steps before and after a step; None at the ends."""
        steps = [None, *self.steps.values(), None]
        place = self.position(key) + 1
        return steps[place - 1], steps[place + 1]
