"""Keys of rows as JSON and back, with their types: how a repair file says which rows it is about."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shadow.errors import ConfigError
from verify.equality.values import ObjectKey
from verify.repair.change import CannotWriteError
from verify.store import Key

_KINDS: dict[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "boolean": (bool, lambda value: "true" if value else "false", lambda text: text == "true"),
    "integer": (int, str, int),
    "text": (str, str, str),
    "decimal": (Decimal, str, Decimal),
    "float": (float, repr, float),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
    "uuid": (uuid.UUID, str, uuid.UUID),
    "timestamp": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "objectid": (ObjectKey, str, lambda text: ObjectKey(bytes.fromhex(text))),
}


def written(key: Key) -> list[list[str]]:
    """Return a key as JSON's values. Raises CannotWriteError for a part of another type."""
    return [_written(part) for part in key]


def _written(part: object) -> list[str]:
    for name, (kind, to_text, _) in _KINDS.items():
        if type(part) is kind:
            return [name, to_text(part)]
    raise CannotWriteError(f"a key of type {type(part).__name__}")


def read(parts: object) -> Key:
    """Return the key. Raises ConfigError for what is none."""
    try:
        assert isinstance(parts, list)
        return tuple(_KINDS[name][2](text) for name, text in parts)
    except (AssertionError, KeyError, TypeError, ValueError, ArithmeticError):
        raise ConfigError("A key in the repair file cannot be read.", "Check a file as it was written.") from None
