"""The distinct estimate over all engines: near the truth, the same for equal values, another where one is gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair, Verify
from shadow.records import CheckStatus, DataCheck
from tests.contracts.answers import answers
from verify.checks.profiles import judge
from verify.classes import TypeClass
from verify.distinct import ERROR, Distinct
from verify.planning.plan import Pair, Sides, build_plan
from verify.profiling import Profile, Profiles
from verify.store import Reading, Row, Selection, Store
from verify.stores import open_store
from verify.stores.postgres.plans import sorted_rows
from verify.stores.postgres.profile import sketches as sketches_of
from verify.stores.postgres.store import PostgresSnapshot
from verify.telling.render import keep

Build = Callable[..., Store]

ENGINES = ("memory", "sqlite", "duckdb", "parquet", "postgresql", "mongodb")
COLUMNS = {
    "id": TypeClass.integer, "name": TypeClass.text, "price": TypeClass.decimal, "weight": TypeClass.float,
    "at": TypeClass.timestamp, "day": TypeClass.date, "state": TypeClass.text, "none": TypeClass.integer,
}  # fmt: skip
N = 1_500
TRUTH = {"id": N, "name": N // 2, "price": 400, "weight": 1_000, "at": N // 3, "day": 300, "state": 5, "none": 0}
MADE = {"sqlite": {"id", "name", "weight", "state", "none"},
        "mongodb": {"id", "name", "at", "day", "state"}}  # fmt: skip
"""The columns that are estimated, where not all are: SQLite has no decimals and instants, MongoDB's hash cuts."""


def row(n: int) -> Row:
    return (
        n, f"name {n % (N // 2)}", Decimal(n % 400 - 200) / 8, (n % 1_000) * 0.1,
        datetime(2026, 1, 1) + timedelta(milliseconds=n % (N // 3) * 1_000_003), date(2026, 1, 1) + timedelta(n % 300),
        ("new", "paid", "sent", "lost", None, "back")[n % 6], None,
    )  # fmt: skip


ROWS = [row(n) for n in range(N)]


def profiled(
    build: Build, engines: tuple[str, str], old: Sequence[Row], new: Sequence[Row]
) -> tuple[Pair, Profile, Profile]:
    async def run() -> tuple[Pair, Profile, Profile]:
        one, other = build(engines[0], COLUMNS, old, ("id",)), build(engines[1], COLUMNS, new, ("id",))
        try:
            sides = Sides(
                old=await one.describe(), new=await other.describe(), old_dialect=one.dialect, new_dialect=other.dialect
            )
            pair = build_plan(Verify(old="o", new="n", tables=(TablePair(old="t", key=("id",)),)), sides).pairs[0]
            async with one.snapshot() as left, other.snapshot() as right:
                assert isinstance(left, Profiles) and isinstance(right, Profiles)
                return pair, await left.profile(pair.old_selection), await right.profile(pair.new_selection)
        finally:
            await one.close()
            await other.close()

    return asyncio.run(run())


def sketches(pair: Pair, profile: Profile) -> dict[str, Distinct]:
    found = {}
    for reading, measures in zip(pair.old_selection.readings, profile.columns, strict=True):
        distinct = measures.get("distinct")
        if isinstance(distinct, Distinct):
            found[reading.column] = distinct
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_estimates_are_near_the_truth_and_the_same_for_the_same_values(build: Build, engine: str) -> None:
    shuffled = [*ROWS[N // 2 :], *reversed(ROWS[: N // 2])]
    pair, found, again = profiled(build, (engine, engine), ROWS, shuffled)
    estimates = sketches(pair, found)
    assert estimates.keys() == MADE.get(engine, TRUTH.keys())
    for column, distinct in estimates.items():
        assert distinct.estimate == pytest.approx(TRUTH[column], rel=4 * ERROR), column
    assert {name: one.places for name, one in sketches(pair, again).items()} == {
        name: one.places for name, one in estimates.items()
    }
    assert judge(pair, found, again, 100, keep).status is CheckStatus.passed


@pytest.mark.parametrize("engine", ENGINES)
def test_a_value_that_is_gone_is_noticed_where_all_else_stays(build: Build, engine: str) -> None:
    """Least and greatest value, lengths and NULLs are as they were: only the set of values is another one."""
    merged = [(*r[:6], "sent" if r[6] == "lost" else r[6], r[7]) for r in ROWS]
    pair, old, new = profiled(build, (engine, engine), ROWS, merged)
    findings = judge(pair, old, new, 100, keep).findings
    assert [(one.column, one.note) for one in findings] == [("state", "number of distinct values")]
    assert (findings[0].old, findings[0].new) == ("about 5", "about 4")


PAIRS = [("postgresql", "mongodb"), ("sqlite", "postgresql"), ("duckdb", "sqlite"), ("mongodb", "duckdb")]


def verified(build: Build, engines: tuple[str, str], new: Sequence[Row], columns: tuple[str, ...]) -> DataCheck:
    stores = build(engines[0], COLUMNS, ROWS, ("id",)), build(engines[1], COLUMNS, new, ("id",))
    table = TablePair(old="t", key=("id",), columns=columns)
    checks = answers(*stores, tables=(table,), profiles=True)
    return next(check for check in checks if check.check == "profiles")


@pytest.mark.parametrize("engines", PAIRS, ids="-".join)
def test_two_engines_agree_on_equal_data_and_count_few_values_exactly(build: Build, engines: tuple[str, str]) -> None:
    columns = ("id", "name", "state")
    assert verified(build, engines, ROWS, columns).status is CheckStatus.passed
    merged = [(*r[:6], "sent" if r[6] == "lost" else r[6], r[7]) for r in ROWS]
    check = verified(build, engines, merged, columns)
    assert [(one.column, one.old, one.new) for one in check.findings] == [("state", "5", "4")]


def test_two_engines_notice_that_most_values_are_gone(build: Build) -> None:
    fewer = [(r[0], f"name {r[0] % (N // 4):04}", *r[2:]) for r in ROWS]
    check = verified(build, ("postgresql", "mongodb"), fewer, ("id", "name"))
    assert "number of distinct values" in {one.note for one in check.findings}


ALIKE = [
    ("n::int", "n::bigint"), ("(n / 4.0)::numeric(12,2)", "(n / 4.0)::numeric(20,6)"), ("n::smallint", "n::numeric"),
    ("('v' || n)::varchar(20)", "'v' || n"), ("n::float4", "n::float8"), ("(0 * -n)::float8", "'-0'::float8"),
    ("timestamptz '2026-01-01Z' + n * interval '1 s'", "timestamp '2026-01-01' + n * interval '1 s'"),
    ("date 'infinity'", "date 'infinity'"), ("'NaN'::numeric", "'NaN'::numeric"),
    ("decode(lpad(to_hex(n), 8, '0'), 'hex')",) * 2, ("NULL::int", "NULL::bigint"),
    ("timestamp '1900-01-01' + n * interval '1.001001 s'", "timestamp '1900-01-01' + n * interval '1.001002 s'"),
]  # fmt: skip
"""Equal values of other types; the last ones are equal in milliseconds."""


def test_equal_values_of_other_types_have_one_sketch(postgres: PostgresServer) -> None:
    urls = []
    for side in (0, 1):
        name = postgres.new_database()
        columns = ", ".join(f"{each[side]} AS v{at}" for at, each in enumerate(ALIKE))
        postgres.execute(name, f"CREATE TABLE t AS SELECT n AS id, {columns} FROM generate_series(1, 400) n")
        urls.append(postgres.url(name))
    table = TablePair(old="t", key=("id",), truncate={f"v{len(ALIKE) - 1}": "milliseconds"})
    check = next(
        one for one in answers(open_store(urls[0]), open_store(urls[1]), tables=(table,), profiles=True)
        if one.check == "profiles"
    )  # fmt: skip
    assert (check.status, check.findings) == (CheckStatus.passed, ())


@pytest.mark.parametrize("hashes", ["on", "off"])
def test_no_table_is_sorted_for_its_sketch(postgres: PostgresServer, hashes: str) -> None:
    """Not even where the server's settings are against grouping by hashes: that costs no more room than it has."""
    name, columns = postgres.new_database(), ", ".join(f"'v' || n AS v{at}" for at in range(60))
    postgres.execute(name, f"CREATE TABLE t AS SELECT n AS id, {columns} FROM generate_series(1, 20000) n; ANALYZE t")
    postgres.execute("postgres", f'ALTER DATABASE "{name}" SET enable_hashagg = {hashes}')

    async def run() -> list[dict[str, Any]]:
        store = open_store(postgres.url(name))
        try:
            await store.describe()
            async with store.snapshot() as snapshot:
                assert isinstance(snapshot, PostgresSnapshot)
                table = snapshot.table("t")
                readings = (Reading(column="id", kind=TypeClass.integer),
                            *(Reading(column=f"v{at}", kind=TypeClass.text) for at in range(60)))  # fmt: skip
                selection = Selection(table="t", readings=readings)
                statements = [each for _, each in sketches_of(table, selection, is_utf8=True)]
                return [(await snapshot.query(f"EXPLAIN (FORMAT JSON) {each}"))[0][0] for each in statements]
        finally:
            await store.close()

    plans = [json.loads(str(plan)) for plan in asyncio.run(run())]
    assert len(plans) == 2, "a statement per fifty columns"
    assert [sorted_rows(plan[0]["Plan"]) for plan in plans] == [0, 0]
    assert all('"Sort' not in json.dumps(plan) for plan in plans)
