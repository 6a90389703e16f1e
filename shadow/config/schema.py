"""The JSON Schema of `shadow.yaml`, for editors."""

from __future__ import annotations

from typing import Any

import msgspec

from shadow.config.model import Config


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the configuration."""
    return msgspec.json.schema(Config)
