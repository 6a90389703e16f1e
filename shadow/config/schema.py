"""The JSON Schema of `shadow.yaml`, for editors."""

from __future__ import annotations

from typing import Any

import msgspec

from shadow.config.meanings import MEANINGS
from shadow.config.model import Config

_REFERENCE = {"type": "string", "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"}
_SIZE = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?(B|kB|MB|GB|KiB|MiB|GiB)$"}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the file as it is written: variables and sizes included.

    It knows keys, types, ranges and meanings. Cannot see: contradictions between keys, which `load_config` refuses.
    """
    schema = msgspec.json.schema(Config)
    for section, definition in schema["$defs"].items():
        for key, field in definition.get("properties", {}).items():
            meaning = MEANINGS[f"{section}.{key}"]
            definition["properties"][key] = {**_written(key, field), "description": meaning}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "shadow.yaml", **schema}


def _written(key: str, field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value as it may stand in the file, before variables and sizes are resolved."""
    if field.get("type") not in ("number", "integer") and "anyOf" not in field:
        return field
    typed = dict(field)
    outer = {"default": typed.pop("default")} if "default" in typed else {}
    either = typed.get("anyOf", [typed])
    if any("$ref" in one for one in either):
        return field
    extra = [_SIZE, _REFERENCE] if key.endswith("_bytes") else [_REFERENCE]
    return {"anyOf": [*either, *extra], **outer}
