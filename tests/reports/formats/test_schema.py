from __future__ import annotations

import json
from pathlib import Path

import msgspec
from jsonschema import Draft202012Validator

from reports.document import SCHEMA_VERSION, Result
from reports.formats.schema import render_schema, result_schema
from reports.render import render_json

PUBLISHED = Path(__file__).parents[3] / "docs" / "result.schema.json"


def test_the_published_schema_is_that_of_the_types() -> None:
    text = "paste the output of `shadow gate --schema` into docs/result.schema.json"
    assert PUBLISHED.read_text(encoding="utf-8") == render_schema(), text


def test_it_names_its_version_and_every_field(document: Result) -> None:
    schema = result_schema()
    assert f"schema_version {SCHEMA_VERSION}" in schema["title"]
    fields = schema["$defs"]["Result"]["properties"]
    assert set(fields) == set(msgspec.to_builtins(document))
    assert set(schema["$defs"]["Criterion"]["properties"]) == set(msgspec.to_builtins(document.criteria[0]))


def test_documents_keep_to_it(document: Result, empty: Result) -> None:
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for one in (document, empty):
        assert [error.message for error in validator.iter_errors(json.loads(render_json(one)))] == []
    spoilt = json.loads(render_json(document)) | {"status": "fine"}
    assert [list(error.path) for error in validator.iter_errors(spoilt)] == [["status"]]
