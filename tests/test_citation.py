"""`CITATION.cff` is valid, and names this version and license."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cnnviz import __version__

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((Path(__file__).parent / "citation_file_format_1.2.0.json").read_bytes())
"""The format's own schema, without its descriptions: CC BY 4.0, The CFF Project Team,
https://github.com/citation-file-format/citation-file-format"""


def citation() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    return loaded


def test_it_is_valid() -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(citation())


@pytest.mark.parametrize("key", ["authors", "cff-version", "message", "title"])
def test_the_schema_refuses_a_file_without_a_required_key(key: str) -> None:
    content = citation()
    del content[key]
    with pytest.raises(jsonschema.ValidationError, match=f"'{key}' is a required property"):
        jsonschema.Draft7Validator(SCHEMA).validate(content)


def test_it_names_this_version_and_license() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    content = citation()
    assert content["title"] == project["name"]
    assert content["version"] == __version__
    assert content["license"] == project["license"]
