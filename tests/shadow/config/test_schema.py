from __future__ import annotations

import json
import re

from shadow.config import json_schema
from shadow.config.meanings import MEANINGS


def test_every_key_is_described() -> None:
    definitions = json_schema()["$defs"]
    described = {
        f"{section}.{key}": field["description"]
        for section, definition in definitions.items()
        for key, field in definition["properties"].items()
    }
    assert described == MEANINGS


def test_unknown_keys_are_refused_and_legs_are_required() -> None:
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$ref"] == "#/$defs/Config"
    assert schema["$defs"]["Config"]["required"] == ["primary", "candidate"]
    assert all(one["additionalProperties"] is False for one in schema["$defs"].values())
    json.dumps(schema)


def test_what_may_stand_in_the_file_is_valid() -> None:
    mirror = json_schema()["$defs"]["Mirror"]["properties"]
    number, size, reference = mirror["tee_bytes"]["anyOf"]
    assert number == {"type": "integer", "minimum": 0}
    assert mirror["tee_bytes"]["default"] == 64 * 1024 * 1024
    assert re.search(size["pattern"], "64MiB")
    assert not re.search(size["pattern"], "64M")
    assert re.search(reference["pattern"], "${TEE}")
    assert mirror["sample_ratio"]["anyOf"] == [{"type": "number", "minimum": 0, "maximum": 1}, reference]
    route = json_schema()["$defs"]["Route"]["properties"]
    assert sorted(route["mirror"]["enum"]) == ["never", "read_only", "safe", "writes"]
    assert {"type": "null"} in route["sample_ratio"]["anyOf"]
