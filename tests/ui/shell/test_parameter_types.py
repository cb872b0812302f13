import pytest

from cnnviz.ui.shell.parameter_types import (
    Coordinates,
    Flag,
    Integer,
    OneOf,
    ParameterType,
    Parsed,
    SomeOf,
    Text,
    ValueTuple,
)

VIEWS = {"guided": "Early, middle, late", "layers": "Every layer"}
CELL = ValueTuple((Text(), Integer(0, 9), Integer(0, 9)), ("network", "true", "predicted"))


@pytest.mark.parametrize(
    ("type_", "texts", "value"),
    [
        (OneOf(VIEWS), ["layers"], "layers"),
        (OneOf(VIEWS), ["Every layer"], "layers"),
        (OneOf(VIEWS, {"All layers": "layers"}), ["All layers"], "layers"),
        (OneOf(VIEWS), ["guided", "layers"], "layers"),  # the last of several counts
        (OneOf.keys(["3", "5"]), ["5"], "5"),
        (SomeOf(VIEWS), ["layers", "guided"], ("layers", "guided")),
        (SomeOf(VIEWS), ["Every layer", "layers"], ("layers",)),
        (SomeOf(VIEWS), [], ()),
        (Integer(), ["0"], 0),
        (Integer(), ["٣"], 3),
        (Integer(2, 4), ["4"], 4),
        (Coordinates(4), ["1-0-27-3"], (1, 0, 27, 3)),
        (Text(), ["layer1.0.conv1"], "layer1.0.conv1"),
        (CELL, ["shipped-lenet5", "4", "9"], ("shipped-lenet5", 4, 9)),
        (Flag(), ["true"], True),
        (Flag(), ["False"], False),
    ],
)
def test_valid_texts_become_a_value(
    type_: ParameterType[object], texts: list[str], value: object
) -> None:
    assert type_.parse(texts) == Parsed(value)


@pytest.mark.parametrize(
    ("type_", "texts"),
    [
        (OneOf(VIEWS), ["zz"]),
        (OneOf(VIEWS), [""]),
        (OneOf({}), ["zz"]),
        (SomeOf(VIEWS), ["zz"]),
        (Integer(), ["-1"]),
        (Integer(), ["1.0"]),
        (Integer(), [""]),
        (Integer(1, 4), ["0"]),
        (Integer(1, 4), ["5"]),
        (Integer(1, 4), ["9" * 5000]),
        (Coordinates(4), ["1-2-3"]),
        (Coordinates(4), ["1-2-3-4-5"]),
        (Coordinates(4), ["1-2--3"]),
        (Coordinates(2), ["a-b"]),
        (Text(), [""]),
        (CELL, ["shipped-lenet5", "4"]),
        (CELL, ["shipped-lenet5", "4", "10"]),
        (Flag(), ["1"]),
    ],
)
def test_invalid_texts_are_rejected(type_: ParameterType[object], texts: list[str]) -> None:
    parsed = type_.parse(texts)
    assert parsed.value is None
    assert parsed.rejected == tuple(texts)


def test_what_is_valid_of_several_stays() -> None:
    titles = {key: key.upper() for key in "abcd"}
    assert SomeOf(titles).parse(["a", "x", "C"]) == Parsed(("a", "c"), ("x",))
    assert SomeOf(titles, most=2).parse(["d", "a", "b"]) == Parsed(("d", "a"), ("B",))


@pytest.mark.parametrize(
    ("type_", "value", "texts"),
    [
        (OneOf, "layers", ["layers"]),
        (SomeOf, ("a", "b"), ["a", "b"]),
        (SomeOf, [], []),
        (Integer, 7, ["7"]),
        (Coordinates, (1, 2), ["1-2"]),
        (Text, "conv1", ["conv1"]),
        (ValueTuple, ("a", 4, 9), ["a", "4", "9"]),
        (Flag, True, ["true"]),
    ],
)
def test_a_value_is_written_as_texts(
    type_: type[ParameterType[object]], value: object, texts: list[str]
) -> None:
    assert type_.format(value) == texts


def test_a_key_goes_before_a_title_that_reads_the_same() -> None:
    assert OneOf({"a": "b", "b": "c"}).parse(["b"]).value == "b"


@pytest.mark.parametrize(
    ("type_", "text", "complaint"),
    [
        (
            OneOf(VIEWS),
            "zz",
            "view must be one of “Early\\, middle\\, late”, “Every layer”, got “zz”.",
        ),
        (OneOf.keys(map(str, range(9))), "zz", "view must be one of those offered here, got “zz”."),
        (SomeOf({"a": "A"}, most=1), "b", "view must be one of “A”, at most 1, got “b”."),
        (Integer(0, 9999), "10000", "view must be 0 to 9,999, got “10000”."),
        (Integer(), "x" * 100, f"view must be 0 or more, got “{'x' * 60}”."),
        (Coordinates(4), "1", "view must be 4 whole numbers joined by “-”, got “1”."),
        (Text(), "", "view must be 1 to 200 characters, got “”."),
        (Text(), "x" * 201, f"view must be 1 to 200 characters, got “{'x' * 60}”."),
        (Flag(), "yes", "view must be true or false, got “yes”."),
    ],
)
def test_a_complaint_says_what_must_hold_and_what_was_got(
    type_: ParameterType[object], text: str, complaint: str
) -> None:
    assert type_.complaint("view", type_.parse([text])) == f"Ignored in the link: {complaint}"
