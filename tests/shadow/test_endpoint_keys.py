"""Keys of lists as an OpenAPI document says them: which member, at which place, of which endpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import Config, Endpoints, Primary, Route, ShadowLeg
from shadow.endpoints import EndpointMap, build_endpoint_map
from shadow.endpoints.keys import MOST_SCHEMAS, keys_of
from shadow.errors import ConfigError
from shadow.paths import parse_pattern

MARKED = {"type": "array", "x-shadow-key": "line", "items": {"type": "object"}}


def items(*required: str, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "required": list(required), **more}}


def answering(schema: object) -> dict[str, Any]:
    return {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}


def keys(schema: object, **document: Any) -> list[tuple[str, str]]:
    found = keys_of({"paths": {"/o": {"get": answering(schema)}}, **document}, EndpointMap())
    assert found.keys() <= {"GET /o"}
    for each in found.get("GET /o", ()):
        parse_pattern(each.path)
    return [(each.path, each.key) for each in found.get("GET /o", ())]


def build(tmp_path: Path, document: object, *routes: Route) -> EndpointMap:
    path = tmp_path / "api.json"
    path.write_text(json.dumps(document))
    legs = {"primary": Primary(url="http://old"), "candidate": ShadowLeg(url="http://new")}
    return build_endpoint_map(Config(**legs, routes=routes, endpoints=Endpoints(openapi=str(path))))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("schema", "want"),
    [
        (MARKED, [("$", "line")]),
        ({"properties": {"rows": MARKED, "a b": items("id")}}, [('$["rows"]', "line"), ('$["a b"]', "id")]),
        ({"additionalProperties": MARKED}, [("$.*", "line")]),
        (items("uuid", "name"), [("$", "uuid")]),
        (items("id", "uuid"), []),
        (items("name"), []),
        (items(), []),
        ({"type": "array", "items": {"type": "string"}}, []),
        ({**items("id"), "x-shadow-key": "line"}, [("$", "line")]),
        (items(properties={"lines": items("key")}), [('$[*]["lines"]', "key")]),
        (items(allOf=[{"required": ["id"]}]), [("$", "id")]),
        (items(oneOf=[{"required": ["id"]}, {"required": ["name"]}]), []),
        ({"oneOf": [{"properties": {"a": items("id")}}, {"properties": {"b": items("id")}}]},
         [('$["a"]', "id"), ('$["b"]', "id")]),
        (None, []),
        ({"items": True, "properties": [], "allOf": None}, []),
    ],
)  # fmt: skip
def test_which_member_where(schema: object, want: list[tuple[str, str]]) -> None:
    """What the array says itself, else the one of three names that its items require."""
    assert keys(schema) == want


def test_references_and_schemas_in_themselves() -> None:
    """References within the document are followed, a schema inside itself once."""
    node = {"required": ["id"], "properties": {"below": {"type": "array", "items": {"$ref": "#/components/schemas/N"}}}}
    document = {"components": {"schemas": {"N": node, "A~B": {"$ref": "#/components/schemas/N"}}}}
    assert keys({"$ref": "#/components/schemas/A~0B"}, **document) == [('$["below"]', "id")]
    assert keys({"$ref": "elsewhere.yaml#/N"}, **document) == []
    assert keys({"$ref": "#/loop"}, loop={"$ref": "#/loop"}) == []


def test_schemas_that_multiply_end() -> None:
    """Twenty levels of two would be a million schemas."""
    schemas: dict[str, Any] = {"S20": items("id")}
    for at in range(20):
        below = {"$ref": f"#/components/schemas/S{at + 1}"}
        schemas[f"S{at}"] = {"properties": {"a": below, "b": below}}
    found = keys({"$ref": "#/components/schemas/S0"}, components={"schemas": schemas})
    assert 0 < len(found) < MOST_SCHEMAS


def test_swagger_2_and_shared_responses() -> None:
    """Both ways to write a response; the first of two that disagree has the place."""
    document = {
        "basePath": "/v1",
        "responses": {"Rows": {"schema": MARKED}},
        "paths": {
            "/o/{n}": {"post": {"responses": {"200": {"$ref": "#/responses/Rows"}, "201": {"schema": items("id")}}}}
        },
    }
    ((name, found),) = keys_of(document, EndpointMap()).items()
    assert (name, [(each.path, each.key) for each in found]) == ("POST /v1/o/{id}", [("$", "line")])


def test_an_endpoint_is_called_what_the_map_calls_it(tmp_path: Path) -> None:
    """A route has its own template for a documented path, and one template serves the methods of another."""
    document = {"paths": {"/o/{number}": {"get": answering(MARKED)}, "/o/{a}/x": {"get": answering(MARKED)}}}
    built = build(tmp_path, document, Route(endpoint="GET /o/{id}"))
    assert set(built.list_keys) == {built.endpoint("GET", b"/o/77"), built.endpoint("GET", b"/o/5/x")}
    assert "GET /o/{id}" in built.list_keys


@pytest.mark.parametrize("key", ["", 7, None])
def test_a_key_that_is_no_name_is_refused(tmp_path: Path, key: object) -> None:
    """With the place, when the document is read."""
    with pytest.raises(ConfigError, match=r'x-shadow-key of the list at \$\["rows"\]'):
        build(
            tmp_path, {"paths": {"/o": {"get": answering({"properties": {"rows": {**MARKED, "x-shadow-key": key}}})}}}
        )


def test_without_paths_there_are_none() -> None:
    """A document that says nothing, says nothing."""
    assert keys_of([], EndpointMap()) == {}
    assert keys_of({"paths": {"/o": None, "/p": {"get": None}}}, EndpointMap()) == {}
