"""What PostgreSQL would measure in its own way: collations, NaN, infinity."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bench.verify.servers import PostgresServer
from verify.classes import TypeClass
from verify.profiling import Profiles
from verify.store import Reading, Selection, Value
from verify.stores import open_store

KINDS = {
    "name": TypeClass.text, "padded": TypeClass.text, "price": TypeClass.decimal, "weight": TypeClass.float,
    "day": TypeClass.date, "at": TypeClass.timestamp,
}  # fmt: skip


def profiled(url: str) -> dict[str, Mapping[str, Value]]:
    async def run() -> dict[str, Mapping[str, Value]]:
        store = open_store(url)
        try:
            async with store.snapshot() as snapshot:
                assert isinstance(snapshot, Profiles)
                readings = tuple(Reading(column=name, kind=kind) for name, kind in KINDS.items())
                found = await snapshot.profile(Selection(table="t", readings=readings, where="id <> 99"))
                return dict(zip(KINDS, found.columns, strict=True))
        finally:
            await store.close()

    return asyncio.run(run())


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    database = postgres.new_database()
    collations = postgres.fetch(database, "SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'")
    collation = 'COLLATE "und-x-icu"' if collations else ""
    infinite = "'Infinity'" if postgres.version >= 14 else "NULL"
    postgres.execute(
        database,
        f"""CREATE TABLE t (id int, name text {collation}, padded char(5), price numeric, weight float8, day date,
            at timestamptz);
        INSERT INTO t VALUES
            (1, 'a', 'x', 'NaN', 'NaN', 'infinity', '-infinity'), (2, 'B', 'yy', 1.5, 'Infinity', '2026-01-01', NULL),
            (3, 'Ä', NULL, {infinite}, 2.5, '0044-03-15 BC', '2026-01-01 10:00+00'),
            (4, NULL, 'z', -3, 1e300, NULL, NULL),
            (99, '0', '0', -99, -99, '0001-01-01', '0001-01-01 00:00+00');""",
    )
    return postgres.url(database)


def test_text_is_ordered_by_its_bytes_whatever_the_collation(url: str) -> None:
    found = profiled(url)
    assert (found["name"]["least"], found["name"]["greatest"], found["name"]["bytes"]) == ("B", "Ä", 4)
    assert (found["padded"]["longest"], found["padded"]["bytes"]) == (2, 4)


def test_what_is_not_finite_is_counted_and_not_measured(url: str) -> None:
    found = profiled(url)
    assert [found["price"][name] for name in ("least", "greatest", "sum")] == [-3, Decimal("1.5"), Decimal("-1.5")]
    assert (found["weight"]["least"], found["weight"]["greatest"], found["weight"]["sum"]) == (2.5, 1e300, 2.5)
    assert found["weight"]["nulls"] == 0
    assert (found["day"]["nulls"], found["day"]["greatest"]) == (1, date(2026, 1, 1))
    assert found["at"]["least"] == found["at"]["greatest"] == datetime(2026, 1, 1, 10, tzinfo=UTC)
