"""Suggested rules are written into the plan, and under them nothing differs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import yaml

from shadow.config.model import TablePair, Verify
from shadow.records import DataCheck
from verify.classes import TypeClass
from verify.equality.canonical import MISSING
from verify.running.job import verify_stores
from verify.store import ColumnSchema, Row, TableSchema
from verify.stores.memory import MemoryStore
from verify.telling.render import Redact, keep

ODD = 'od"d: {na\'me}'
AT = datetime(2026, 1, 31, 10, 20, 30, 123_456, tzinfo=UTC)
KINDS = {str: TypeClass.text, int: TypeClass.integer, Decimal: TypeClass.decimal, float: TypeClass.float,
         datetime: TypeClass.timestamp, bool: TypeClass.boolean}  # fmt: skip


def store(values: list[Any], name: str) -> MemoryStore:
    kind = KINDS[type(next(value for value in values if value is not None and value is not MISSING))]
    columns = (ColumnSchema(name="id", kind=TypeClass.integer), ColumnSchema(name=name, kind=kind))
    rows: list[Row] = list(enumerate(values))
    return MemoryStore({"t": (TableSchema(name="t", columns=columns, primary_key=("id",)), rows)})


def rows_check(old: list[Any], new: list[Any], rule: str = "", name: str = ODD, redact: Redact = keep) -> DataCheck:
    pair = msgspec.convert({"old": "t", **(yaml.safe_load(rule) or {})}, TablePair)
    settings = Verify(old="", new="", tables=(pair,))
    checks = asyncio.run(verify_stores(settings, store(old, name), store(new, name), redact=redact))
    return next(check for check in checks if check.check == "rows")


def test_missing_fields_have_a_rule_which_the_documents_store_obeys() -> None:
    (cause,) = rows_check([None, "a"], [MISSING, "a"]).causes
    assert cause.rule == "missing_is_null: true"
    (cause,) = rows_check(["b", "a"], [MISSING, "a"]).causes
    assert cause.rule == ""


CODES = {"active": "A", "closed": "C"}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (AT, AT.replace(microsecond=123_000), {"truncate": {ODD: "milliseconds"}}),
        (AT, AT.replace(microsecond=0), {"truncate": {ODD: "seconds"}}),
        (AT.replace(microsecond=600_600), AT.replace(microsecond=601_000), {"tolerance": {ODD: 0.0005}}),
        (AT.replace(microsecond=600_000), AT.replace(second=31, microsecond=0), {"tolerance": {ODD: 0.5}}),
        ("ab  ", "ab", {"transform": {ODD: ["rtrim"]}}),
        ("ab", "ab  ", {"transform": {ODD: ["rtrim"]}, "new_transform": {ODD: ["rtrim"]}}),
        (" ab ", "ab", {"transform": {ODD: ["trim"]}, "new_transform": {ODD: ["trim"]}}),
        ("Ab", "aB", {"transform": {ODD: ["casefold"]}, "new_transform": {ODD: ["casefold"]}}),
        ("é", "e\u0301", {"transform": {ODD: ["nfc"]}, "new_transform": {ODD: ["nfc"]}}),
        ("", None, {"transform": {ODD: ["empty_is_null"]}}),
        (None, "", {"transform": {ODD: ["null_is_empty"]}}),
        (Decimal("1.255"), Decimal("1.26"), {"transform": {ODD: ["round:2"]}}),
        (Decimal("1.259"), Decimal("1.25"), {"transform": {ODD: ["truncate:2"]}}),
        (1250, Decimal("12.5"), {"transform": {ODD: ["scale:-2"]}}),
        (0.1 + 0.2, Decimal("0.3"), {"relative_tolerance": {ODD: 1e-12}}),
    ],
)
def test_under_the_suggested_rule_nothing_differs(old: object, new: object, rule: dict[str, object]) -> None:
    # A value that is equal tells the class of a column that holds nothing else.
    same = ["same"] if None in (old, new) else []
    before, after = [old] * 4 + same, [new] * 4 + same
    check = rows_check(before, after)
    (cause,) = check.causes
    assert len(cause.rule.splitlines()) == len(rule)
    assert yaml.safe_load(cause.rule) == rule
    assert rows_check(before, after, cause.rule).total == 0


def test_a_mapping_is_suggested_as_one() -> None:
    old = [*CODES] * 5
    new: list[Any] = [CODES[each] for each in old]
    (cause,) = rows_check(old, new).causes
    assert yaml.safe_load(cause.rule) == {"map": {ODD: CODES}}
    assert rows_check(old, new, cause.rule).total == 0


def test_a_mapping_is_kept_to_itself_where_values_must_not_be_told() -> None:
    old = [*CODES] * 5
    (cause,) = rows_check(old, [CODES[each] for each in old], redact=lambda _, text: text.replace("active", "#")).causes
    assert (cause.kind, cause.rule) == ("remap", "")
    assert "active" not in cause.what


def test_what_is_transformed_already_gets_no_further_rule() -> None:
    (cause,) = rows_check(["a "] * 3, ["b  "] * 3, "transform: {v: [rtrim]}", name="v").causes
    assert cause.rule == ""


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("abcdef", "abc", "truncation"),
        ("Zoë", "ZoÃ«", "mojibake"),
        ("a", None, "value_lost"),
        (5, -5, "sign"),
        (AT, AT + timedelta(hours=1), "time_offset"),
        ("x", "y", "unexplained"),
    ],
)
def test_damage_has_no_rule_but_words(old: object, new: object, kind: str) -> None:
    (cause,) = rows_check([old, old, old, old], [new, new, new, old], name="v").causes
    assert (cause.kind, cause.rule) == (kind, "")
    assert bool(cause.advice) is (kind != "unexplained")
