"""Causes of planted damage over pairs of engines: the stores are asked what the differing rows alone cannot say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from shadow.config.model import TablePair
from shadow.records import DataCause
from tests.contracts.answers import answers
from verify.classes import TypeClass
from verify.store import Row, Store

Build = Callable[..., Store]

PAIRS = [
    ("memory", "memory"), ("sqlite", "sqlite"), ("duckdb", "parquet"), ("postgresql", "postgresql"),
    ("mongodb", "mongodb"), ("postgresql", "mongodb"), ("csv", "sqlite"),
]  # fmt: skip
COLUMNS = {"id": TypeClass.integer, "tenant": TypeClass.text, "at": TypeClass.timestamp, "v": TypeClass.integer}
AT = datetime(2026, 1, 1)
ROWS: list[Row] = [(n, f"t{n % 20}", AT + timedelta(minutes=n), n) for n in range(400)]


@pytest.fixture(params=PAIRS, ids="-".join)
def engines(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Each pair of engines in turn."""
    value: tuple[str, str] = request.param
    return value


def causes(build: Build, engines: tuple[str, str], new: list[Row]) -> list[DataCause]:
    """Return the causes of what differs between the usual rows and these."""
    old, other = build(engines[0], COLUMNS, ROWS, ("id",)), build(engines[1], COLUMNS, new, ("id",))
    # Of documents each has an _id of its own.
    ignore = ("_id",) if engines == ("mongodb", "mongodb") else ()
    checks = answers(old, other, tables=(TablePair(old="t", key=("id",), ignore=ignore),))
    return [cause for check in checks for cause in check.causes]


def test_a_copy_that_stopped(build: Build, engines: tuple[str, str]) -> None:
    (cause,) = causes(build, engines, ROWS[:350])
    assert (cause.kind, cause.column, cause.n, cause.share) == ("missing_since", "at", 50, 1.0)


def test_a_lost_range_and_a_lost_row(build: Build, engines: tuple[str, str]) -> None:
    found = causes(build, engines, [row for row in ROWS if row[0] not in {*range(100, 130), 7}])
    assert [(cause.kind, cause.n) for cause in found] == [("key_gap", 30), ("missing_rows", 1)]
    assert found[0].what == "every key from 100 to 129 is missing"


def test_one_tenant(build: Build, engines: tuple[str, str]) -> None:
    found = causes(build, engines, [(*row[:3], -1) if row[1] == "t7" and row[0] > 50 else row for row in ROWS])
    assert [(cause.kind, cause.n, cause.overlaps) for cause in found] == [
        ("constant", 17, False), ("one_value", 17, True),
    ]  # fmt: skip
    assert found[1].what == '17 of 17 differing rows have tenant="t7", which 20 rows of 400 on the old side have'
