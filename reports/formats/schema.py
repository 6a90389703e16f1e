"""The JSON Schema of the result document, made from its types."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from reports.document import SCHEMA_VERSION, Result

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def result_schema() -> dict[str, Any]:
    """Return the schema as plain values."""
    found = msgspec.json.schema(Result)
    return {
        "$schema": DIALECT,
        "title": f"The result document of shadow gate, schema_version {SCHEMA_VERSION}",
        **found,
    }


def render_schema() -> str:
    """Return the schema as indented JSON."""
    return json.dumps(result_schema(), indent=2, ensure_ascii=False) + "\n"
