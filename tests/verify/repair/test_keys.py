from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from shadow.errors import ConfigError
from verify.equality.canonical import encode_row
from verify.equality.values import ObjectKey
from verify.repair.change import CannotWriteError
from verify.repair.keys import read, written

KEY = (True, 7, -(2**70), "a\n'\"🙂", Decimal("1.50"), 0.1, b"\0\xff", uuid.UUID(int=7),
       datetime(2026, 1, 31, 10, 0, 0, 1, tzinfo=UTC), date(1, 1, 1), ObjectKey(b"\1" * 12))  # fmt: skip


def test_keys_come_back_with_their_types() -> None:
    text = json.dumps(written(KEY))
    assert "\n" not in text
    found = read(json.loads(text))
    assert encode_row(found) == encode_row(KEY)
    assert [type(part) for part in found] == [type(part) for part in KEY]


def test_other_types_are_refused() -> None:
    with pytest.raises(CannotWriteError):
        written((None,))


@pytest.mark.parametrize(
    "parts", [None, "x", [["integer", "x"]], [["nothing", "1"]], [["integer"]], [["decimal", "x"]]]
)
def test_what_is_no_key_is_told(parts: object) -> None:
    with pytest.raises(ConfigError):
        read(parts)
