"""Generated inputs: settings, labels, query parameters, weights and pictures."""

import json
import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnviz.data import photographs, uploads
from cnnviz.models.catalog import architecture
from cnnviz.plots.escaping import literal
from cnnviz.system import jobs
from cnnviz.system.tables import csv_text
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import store
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.uploads import read_weights
from cnnviz.ui.shell.content_types import Assignments, ChannelEdits, GrayImage, LayerUnit
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import (
    Coordinates,
    Flag,
    Integer,
    OneOf,
    ParameterType,
    SomeOf,
    Text,
)
from tests import on_disk

# a compiled network that another test has loaded may have turned subnormal numbers off
FLOATS = st.floats(allow_subnormal=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(max_size=20),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=10), children, max_size=4)
    ),
    max_leaves=10,
)
NAMES = st.sampled_from(sorted(Settings().to_dict()))
TYPES: tuple[ParameterType[Any], ...] = (
    OneOf.keys(("digit", "drawing")),
    SomeOf({"a": "A", "b": "B"}, most=1),
    Integer(0, 100),
    Coordinates(3),
    Text(),
    Flag(),
    GrayImage(),
    LayerUnit(),
    ChannelEdits(),
    Assignments(("epochs", "seed")),
)


@given(st.dictionaries(NAMES, JSON, max_size=4))
def test_settings_of_any_values_are_made_within_the_limits_or_refused(
    values: dict[str, Any],
) -> None:
    try:
        made = Settings.from_dict(Settings().to_dict() | values)
    except (TypeError, ValueError):
        return
    assert Settings.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    assert 1 <= made.epochs <= 100
    assert 1 <= made.batch_size <= 2048


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(label=st.text(max_size=200))
def test_a_label_is_printable_short_and_read_back(label: str) -> None:
    run = next(iter(store.runs()), None) or on_disk.make_run()
    run.rename(label)
    assert len(run.label()) <= 60
    assert run.label().isprintable()
    assert "".join(filter(str.isprintable, label)).strip().startswith(run.label())


@given(st.text(max_size=60))
def test_no_id_but_a_generated_one_is_looked_up(key: str) -> None:
    with pytest.raises(RunError, match="run must exist"):
        store.find_run(key)
    assert not jobs.is_id(key) or set(key) <= set(string.hexdigits + "-")


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: type(kind).__name__)
@given(texts=st.lists(st.text(max_size=300), min_size=1, max_size=4))
def test_every_text_of_a_parameter_is_a_value_or_rejected(
    kind: ParameterType[Any], texts: list[str]
) -> None:
    parsed = kind.parse(texts)
    assert parsed.value is not None or parsed.rejected
    assert "](" not in kind.complaint("value", parsed)
    if parsed.value is not None and not parsed.rejected:
        assert kind.parse(kind.format(parsed.value)).value == parsed.value


@given(st.text())
def test_every_punctuation_mark_of_plain_text_is_escaped(text: str) -> None:
    shown = plain(text)
    for place, character in enumerate(shown):
        if character in string.punctuation and character != "\\":
            assert shown[place - 1] == "\\"


@given(st.text())
def test_no_tag_is_left_in_a_label_of_a_chart(text: str) -> None:
    assert not set("<>") & set(literal(text))
    assert "%{" not in literal(text)


@given(st.lists(st.dictionaries(st.sampled_from("ab"), st.text() | FLOATS, min_size=2)))
def test_no_cell_of_a_csv_begins_a_formula(rows: list[dict[str, Any]]) -> None:
    texts = [value for row in rows for value in row.values() if isinstance(value, str)]
    text = csv_text(rows)
    for value in texts:
        if value.startswith(("=", "+", "-", "@")):
            assert f"'{value[0]}" in text


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]))
def test_rubbish_is_no_picture(content: bytes, start: bytes) -> None:
    for read in (uploads.read_ink, photographs.read_photograph):
        with pytest.raises(ValueError, match="file"):
            read(start + content)


@given(JSON, st.binary(max_size=40))
def test_a_file_with_any_header_is_no_weights(header: Any, data: bytes) -> None:
    text = json.dumps(header).encode()
    with pytest.raises(ValueError, match=r"file must|weights"):
        read_weights(len(text).to_bytes(8, "little") + text + data, architecture("lenet5"))


@given(st.binary(max_size=60))
def test_rubbish_is_no_weights(content: bytes) -> None:
    with pytest.raises(ValueError, match="file must"):
        read_weights(content, architecture("lenet5"))
