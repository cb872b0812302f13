"""Types of query parameters: parse, check and format their values."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from cnnviz.ui.shell.markdown import plain

T = TypeVar("T")
_LISTED = 8  # options at most that an error message lists
_LONGEST = 200  # characters of a text: more than any name has
_DIGITS = 9  # of an integer that are read: no value here is longer


@dataclass(frozen=True)
class Parsed(Generic[T]):
    """The result of parsing a parameter.

    Attributes:
        value: None if no text is valid.
        rejected: invalid texts.
    """

    value: T | None
    rejected: tuple[str, ...] = ()


class ParameterType(ABC, Generic[T]):
    """The format of a parameter's values in an address.

    Attributes:
        deletable: whether a valid value can become invalid, as when a network is deleted.
        carried: whether a choice stays, without a message, where it is not valid: a layer chosen
            for another network.
    """

    deletable: ClassVar[bool] = False
    carried: ClassVar[bool] = False

    @abstractmethod
    def parse(self, texts: Sequence[str]) -> Parsed[T]:
        """Return the value of the texts in an address, at least one."""

    @abstractmethod
    def rule(self) -> str:
        """Return what must hold for a valid value: the predicate after the parameter's noun."""

    @staticmethod
    def format(value: Any) -> list[str]:
        """Return the texts of a value."""
        return [str(value)]

    def complaint(self, noun: str, parsed: Parsed[T]) -> str:
        """Return a sentence about rejected texts, as Markdown: what must hold, what was got."""
        return f"{rejection(noun, self.rule(), parsed.rejected)}."

    def loss(self, noun: str, parsed: Parsed[T]) -> str:
        """Return a sentence about texts that were valid when they were chosen."""
        return self.complaint(noun, parsed)


@dataclass(frozen=True)
class OneOf(ParameterType[str]):
    """One of several keys.

    Attributes:
        titles: by key; a link may name a title too.
        former: keys by other texts that older links contain.
    """

    titles: Mapping[str, str]
    former: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def keys(cls, keys: Iterable[str]) -> "OneOf":
        """Return the type whose keys have no titles."""
        return cls({key: key for key in keys})

    def parse(self, texts: Sequence[str]) -> Parsed[str]:
        """Return the key that the last text names."""
        key = {**self.former, **_keys(self.titles)}.get(texts[-1])
        return Parsed(None, (texts[-1],)) if key is None else Parsed(key)

    def rule(self) -> str:
        """Return the choices, unless there are many."""
        return f"must be {one_of(self.titles)}"


@dataclass(frozen=True)
class SomeOf(ParameterType[tuple[str, ...]]):
    """Several keys in the order chosen.

    Attributes:
        titles: by key; a link may name a title too.
        most: how many may be chosen; None for any number.
    """

    titles: Mapping[str, str]
    most: int | None = None

    def parse(self, texts: Sequence[str]) -> Parsed[tuple[str, ...]]:
        """Return the keys that the texts name, without repetition and at most `most`."""
        keys = _keys(self.titles)
        named = tuple(dict.fromkeys(keys[text] for text in texts if text in keys))
        valid, surplus = named[: self.most], named[len(named[: self.most]) :]
        unknown = [text for text in texts if text not in keys]
        rejected = (*unknown, *(self.titles[key] for key in surplus))
        return Parsed(valid if valid or not texts else None, rejected)

    def rule(self) -> str:
        """Return the choices and how many of them may be made."""
        limit = "" if self.most is None else f", at most {self.most}"
        return f"must be {one_of(self.titles)}{limit}"

    @staticmethod
    def format(value: Iterable[str]) -> list[str]:
        """Return one text for each key."""
        return list(value)


@dataclass(frozen=True)
class Integer(ParameterType[int]):
    """An integer in a range, both ends included.

    Attributes:
        low: the least, not negative.
        high: the largest; None for no bound.
    """

    low: int = 0
    high: int | None = None

    def parse(self, texts: Sequence[str]) -> Parsed[int]:
        """Return the integer that the last text contains."""
        text = texts[-1]
        if not text.isdecimal():
            return Parsed(None, (text,))
        value = int(text[:_DIGITS])
        valid = self.low <= value and (self.high is None or value <= self.high)
        return Parsed(value) if valid else Parsed(None, (text,))

    def rule(self) -> str:
        """Return the range."""
        return f"must be {self.low:,} {'or more' if self.high is None else f'to {self.high:,}'}"


@dataclass(frozen=True)
class Coordinates(ParameterType[tuple[int, ...]]):
    """A fixed number of non-negative integers, joined by hyphens: "1-3-4-5"."""

    count: int

    def parse(self, texts: Sequence[str]) -> Parsed[tuple[int, ...]]:
        """Return the integers of the last text."""
        numbers = [Integer().parse([part]).value for part in texts[-1].split("-")]
        values = tuple(number for number in numbers if number is not None)
        if len(values) == len(numbers) == self.count:
            return Parsed(values)
        return Parsed(None, (texts[-1],))

    def rule(self) -> str:
        """Return the form."""
        return f"must be {self.count} whole numbers joined by “-”"

    @staticmethod
    def format(value: Iterable[int]) -> list[str]:
        """Return the integers as one text."""
        return ["-".join(map(str, value))]


@dataclass(frozen=True)
class Text(ParameterType[str]):
    """Any text of some length, such as a dotted name; the caller checks it."""

    def parse(self, texts: Sequence[str]) -> Parsed[str]:
        """Return the last text."""
        text = texts[-1]
        return Parsed(text) if 0 < len(text) <= _LONGEST else Parsed(None, (text,))

    def rule(self) -> str:
        """Return the limits of the length."""
        return f"must be 1 to {_LONGEST} characters"


@dataclass(frozen=True)
class ValueTuple(ParameterType[tuple[Any, ...]]):
    """A fixed sequence of values; the parameter is repeated for each.

    Attributes:
        fields: types of the values.
        names: of the values, for messages.
    """

    fields: tuple[ParameterType[Any], ...]
    names: tuple[str, ...]

    def parse(self, texts: Sequence[str]) -> Parsed[tuple[Any, ...]]:
        """Return the values of all fields."""
        if len(texts) == len(self.fields):
            parsed = [field.parse([text]) for field, text in zip(self.fields, texts, strict=True)]
            if not any(field.rejected for field in parsed):
                return Parsed(tuple(field.value for field in parsed))
        return Parsed(None, tuple(texts))

    def rule(self) -> str:
        """Return the names of the values, with what must hold for each."""
        rules = [field.rule().removeprefix("must ").replace("be ", "", 1) for field in self.fields]
        values = [f"{name} ({rule})" for name, rule in zip(self.names, rules, strict=True)]
        return f"must be {len(values)} values: {', '.join(values)}"

    @staticmethod
    def format(value: Iterable[Any]) -> list[str]:
        """Return one text for each field."""
        return [str(part) for part in value]


@dataclass(frozen=True)
class Flag(ParameterType[bool]):
    """On or off, spelled as Streamlit's own binding does."""

    def parse(self, texts: Sequence[str]) -> Parsed[bool]:
        """Return whether the last text is "true", in any case."""
        text = texts[-1].lower()
        return Parsed(text == "true") if text in ("true", "false") else Parsed(None, (texts[-1],))

    def rule(self) -> str:
        """Return the two spellings."""
        return "must be true or false"

    @staticmethod
    def format(value: Any) -> list[str]:
        """Return "true" or "false"."""
        return [str(bool(value)).lower()]


def rejection(noun: str, rule: str, texts: Iterable[str]) -> str:
    """Return what must hold for a parameter and what a link gave, as Markdown without a period."""
    return f"Ignored in the link: {noun} {rule}, got {quoted(texts)}"


def quoted(texts: Iterable[str]) -> str:
    """Return the beginnings of texts in quotation marks, as Markdown."""
    return ", ".join(f"“{plain(text[:60])}”" for text in texts)


def one_of(titles: Mapping[str, str]) -> str:
    """Return the titles, unless there are many."""
    if len(titles) > _LISTED:
        return "one of those offered here"
    return f"one of {', '.join(f'“{plain(t)}”' for t in titles.values())}" if titles else "known"


def _keys(titles: Mapping[str, str]) -> dict[str, str]:
    """Return the keys by all texts that may name them; keys take precedence over titles."""
    return {
        **{title: key for key, title in titles.items()},
        **{key: key for key in titles},
    }
