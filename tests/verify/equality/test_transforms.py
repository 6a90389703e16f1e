"""Each step does what the page says, and leaves alone what it does not understand."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from shadow.errors import ConfigError
from verify.equality.canonical import MISSING
from verify.equality.transforms import STEPS, mapped, step_of
from verify.equality.values import FarInstant, ObjectKey
from verify.store import Value

PAGE = (Path(__file__).parents[3] / "docs" / "verify.md").read_text()
AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
UUID = uuid.UUID("11111111-2222-4333-8444-abcdefabcdef")


@pytest.mark.parametrize(
    ("step", "value", "result"),
    [
        ("trim", "\t Zoë \n", "Zoë"),
        ("rtrim", " x  ", " x"),
        ("lower", "ÄB", "äb"),
        ("upper", "äb", "ÄB"),
        ("casefold", "Straße", "strasse"),
        ("nfc", "e\u0301", "é"),
        ("empty_is_null", "", None),
        ("empty_is_null", " ", " "),
        ("null_is_empty", None, ""),
        ("null_is_empty", MISSING, MISSING),
        ("number", "12.50", Decimal("12.50")),
        ("number", "12,50", "12,50"),
        ("text", 7, "7"),
        ("text", True, True),
        ("text", UUID, str(UUID)),
        ("text", ObjectKey(b"\x01" * 12), "01" * 12),
        ("round:2", Decimal("0.125"), Decimal("0.13")),
        ("round:2", Decimal("-0.125"), Decimal("-0.13")),
        ("round:1", 0.25, Decimal("0.3")),
        ("round:-2", 150, Decimal("2E+2")),
        ("round:2", Decimal("NaN"), Decimal("NaN")),
        ("round:2", "0.125", "0.125"),
        ("truncate:2", Decimal("-0.129"), Decimal("-0.12")),
        ("scale:-2", 1999, Decimal("19.99")),
        ("scale:2", Decimal("0.1000000000000000000000000000000000000000001"),
         Decimal("10.00000000000000000000000000000000000000001")),
        ("scale:-2", float("inf"), float("inf")),
        ("boolean", 1, True),
        ("boolean", "N", False),
        ("boolean", "Yes", True),
        ("boolean", 2, 2),
        ("boolean", "maybe", "maybe"),
        ("epoch_s", 1_774_747_800, AT.replace(hour=1, minute=30)),
        ("epoch_s", Decimal("0.000001"), datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
        ("epoch_s", Decimal("0.0000001"), Decimal("0.0000001")),
        ("epoch_s", 10**12, FarInstant(10**18)),
        ("epoch_s", 10**15, 10**15),
        ("epoch_ms", 1, datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)),
        ("zone:Europe/Berlin", datetime(2026, 7, 1, 12), datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("zone:Europe/Berlin", datetime(2026, 10, 25, 2, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("local:Europe/Berlin", AT, datetime(2026, 3, 29, 3, 30, tzinfo=UTC)),
        ("local:Europe/Berlin", "now", "now"),
        ("uuid", str(UUID).upper(), UUID),
        ("uuid", UUID.bytes, UUID),
        ("uuid", "no", "no"),
        ("json", '{"a": 1.0}', {"a": Decimal("1.0")}),
    ],
)  # fmt: skip
def test_steps(step: str, value: Value, result: Value) -> None:
    read = step_of(step, "here")[1]
    found = read(value)
    assert repr(found) == repr(result)


def test_a_map_knows_values_by_their_text() -> None:
    read = mapped({"1": "active", "true": "yes", "o": "open"})
    values: list[Value] = [1, True, "o", "O", None, 2, Decimal(1)]
    assert [read(value) for value in values] == ["active", "yes", "open", "O", None, 2, "active"]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("trimm", "no step 'trimm'. Did you mean 'trim'?"),
        ("trim:2", "Write it as trim."),
        ("round", "Write it as round:PLACES."),
        ("round:two", "no whole number"),
        ("round:5000", "beyond 1000"),
        ("zone:Europe/Berlim", "Europe/Berlin"),
    ],
)
def test_a_wrong_step_is_refused_with_the_nearest(step: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        step_of(step, "here")
    assert message in str(error.value)


def test_the_page_lists_every_step_with_its_meaning() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)(?::[\w/]+)?` \| (.*?) \|", PAGE, re.MULTILINE))
    for name, step in STEPS.items():
        assert rows[name].startswith(step.meaning), name
