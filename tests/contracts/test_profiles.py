"""Profiles over all engines: each measures what the reference measures, and equal data never differs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from shadow.config.model import TablePair, Verify
from shadow.records import CheckStatus, DataCheck
from tests.contracts.answers import answers
from verify.checks.profiles import judge
from verify.classes import TypeClass
from verify.equality.canonical import encode
from verify.planning.plan import Pair, Sides, build_plan
from verify.profiling import Profile, Profiles
from verify.store import Row, Store
from verify.telling.render import keep

Build = Callable[..., Store]

ENGINES = ("sqlite", "duckdb", "parquet", "csv", "postgresql", "mongodb")
COLUMNS = {
    "id": TypeClass.integer,
    "big": TypeClass.integer,
    "name": TypeClass.text,
    "price": TypeClass.decimal,
    "weight": TypeClass.float,
    "at": TypeClass.timestamp,
    "day": TypeClass.date,
    "active": TypeClass.boolean,
    "none": TypeClass.integer,
}
NAMES = ("", "Zoë", "🙂" * 40, "a", "B", "ä", "\t x \n", "\\'\"", None)
FLOATS = (0.1, -2.5e30, 1e-300, 7.0, -0.0, None, 1e16, 3.3333333333333335)


def row(n: int) -> tuple[Any, ...]:
    return (
        n,
        (2**63 - 1, -(2**63), n, None)[n % 4],
        NAMES[n % len(NAMES)],
        (Decimal("123456789012345678.123456"), Decimal(n) / 8, None, Decimal("-0.5"))[n % 4],
        FLOATS[n % len(FLOATS)],
        None if n % 7 == 0 else datetime(1 + n % 9999, 1 + n % 12, 1 + n % 28, n % 24, 0, 7, n * 1000 % 1_000_000),
        None if n % 5 == 0 else date(1 + n * 37 % 9999, 1, 31),
        (True, False, None)[n % 3],
        None,
    )


ROWS: list[Row] = [row(n) for n in range(1, 400)]
# SQLite keeps decimals of more than 15 digits as floats.
SHORT = [(*r[:3], None if r[3] is None else Decimal(n) / 8, *r[4:]) for n, r in enumerate(ROWS)]


async def profiled(old: Store, new: Store, **table: Any) -> tuple[Pair, Profile, Profile]:
    sides = Sides(old=await old.describe(), new=await new.describe(), old_dialect=old.dialect, new_dialect=new.dialect)
    pair = build_plan(Verify(old="o", new="n", tables=(TablePair(old="t", key=("id",), **table),)), sides).pairs[0]
    async with old.snapshot() as one, new.snapshot() as other:
        assert isinstance(one, Profiles) and isinstance(other, Profiles)
        return pair, await one.profile(pair.old_selection), await other.profile(pair.new_selection)


def both(
    build: Build, engines: tuple[str, str], old: Sequence[Row], new: Sequence[Row]
) -> tuple[Pair, Profile, Profile]:
    async def run() -> tuple[Pair, Profile, Profile]:
        stores = build(engines[0], COLUMNS, old, ("id",)), build(engines[1], COLUMNS, new, ("id",))
        try:
            return await profiled(*stores)
        finally:
            for store in stores:
                await store.close()

    return asyncio.run(run())


@pytest.mark.parametrize("rows", [ROWS, [], ROWS[:1]], ids=["rows", "empty", "one"])
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_measures_what_the_reference_measures(build: Build, engine: str, rows: list[Row]) -> None:
    if engine == "mongodb" and len(rows) < 2:
        pytest.skip("a collection of no documents, or of one with NULLs, has no types")
    pair, found, expected = both(build, (engine, "memory"), rows, rows)
    assert found.rows == expected.rows == len(rows)
    assert judge(pair, found, expected, 100, keep).findings == ()
    assert judge(pair, expected, found, 100, keep).findings == ()
    if engine in ("duckdb", "parquet", "postgresql"):
        for reading, one, other in zip(pair.old_selection.readings, found.columns, expected.columns, strict=True):
            assert one.keys() == other.keys(), reading.column
    measures = {reading.column: one for reading, one in zip(pair.old_selection.readings, found.columns, strict=True)}
    assert measures["none"]["nulls"] == len(rows)
    if engine not in ("csv",) and rows is ROWS:
        assert encode(measures["big"]["sum"]) == encode(sum(r[1] for r in ROWS if r[1] is not None))  # type: ignore[misc]
        assert measures["name"]["least"] == "" and measures["name"]["longest"] == 160


PAIRS = [
    ("sqlite", "duckdb"), ("postgresql", "postgresql"), ("postgresql", "sqlite"), ("duckdb", "postgresql"),
    ("postgresql", "mongodb"), ("mongodb", "duckdb"), ("csv", "postgresql"),
]  # fmt: skip


def verified(build: Build, engines: tuple[str, str], new: Sequence[Row], **more: Any) -> list[DataCheck]:
    old, other = build(engines[0], COLUMNS, SHORT, ("id",)), build(engines[1], COLUMNS, new, ("id",))
    checks = answers(old, other, tables=(TablePair(old="t", key=("id",)),), profiles=True, **more)
    return [check for check in checks if check.check in ("profiles", "rows")]


@pytest.mark.parametrize("engines", PAIRS, ids="-".join)
def test_equal_data_has_equal_profiles(build: Build, engines: tuple[str, str]) -> None:
    profiles, rows = verified(build, engines, list(reversed(SHORT)))
    assert (rows.check, rows.status) == ("rows", CheckStatus.passed)
    assert (profiles.check, profiles.status, profiles.findings) == ("profiles", CheckStatus.passed, ())
    assert "measures of 9 columns alike" in profiles.reason


@pytest.mark.parametrize("engines", PAIRS, ids="-".join)
def test_the_columns_that_changed_are_named_and_no_others(build: Build, engines: tuple[str, str]) -> None:
    changed = [(*r[:2], "\uffff" if n == 5 else r[2], r[3], -2.6e30 if n == 5 else r[4], *r[5:7], None, r[8])
               for n, r in enumerate(SHORT)]  # fmt: skip
    profiles = verified(build, engines, changed)[0]
    assert profiles.status is CheckStatus.fail
    named = {finding.column for finding in profiles.findings}
    # Text carries the numbers of a CSV file.
    assert named == {"name", "active"} | ({"weight"} if "csv" not in engines else set())
    assert all(finding.kind == "profile" for finding in profiles.findings)
