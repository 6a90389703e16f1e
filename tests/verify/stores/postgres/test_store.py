"""What is PostgreSQL's own; what every store must do is in tests/contracts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from bench.verify.servers import PostgresServer
from shadow.errors import StoreError
from verify.classes import TypeClass
from verify.equality.canonical import encode
from verify.equality.values import Endless, FarDay, FarInstant, Interval
from verify.store import KeyRange, Reading, Selection
from verify.stores.postgres.connection import label_of
from verify.stores.postgres.store import PostgresSnapshot, PostgresStore


def use(url: str, work: Callable[[PostgresSnapshot], Awaitable[Any]]) -> Any:
    """Do something with a snapshot of a store."""

    async def run() -> Any:
        store = PostgresStore(url)
        try:
            async with store.snapshot() as snapshot:
                assert isinstance(snapshot, PostgresSnapshot)
                return await work(snapshot)
        finally:
            await store.close()

    return asyncio.run(run())


def described(url: str) -> Any:
    async def run() -> Any:
        store = PostgresStore(url)
        try:
            return {table.name: table for table in await store.describe()}
        finally:
            await store.close()

    return asyncio.run(run())


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> str:
    return postgres.new_database()


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("postgresql://app:geheim@db:5432/shop?sslmode=require", "postgresql://db:5432/shop"),
        ("postgres://db/shop?password=geheim", "postgresql://db/shop"),
        ("postgresql:///shop", "postgresql:///shop"),
        ("postgresql://[bad/shop", "postgresql:"),
    ],
)
def test_a_label_has_no_credentials(url: str, label: str) -> None:
    assert label_of(url) == label


def test_the_session_can_only_read_and_has_a_name(postgres: PostgresServer, database: str) -> None:
    async def work(snapshot: PostgresSnapshot) -> Any:
        connection = snapshot.connection
        names = ("application_name", "transaction_read_only", "transaction_isolation", "lock_timeout", "TimeZone")
        settings = [await connection.fetchval(f"SHOW {name}") for name in names]
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("CREATE TABLE x ()")
        return settings

    assert use(postgres.url(database), work) == ["shadow verify", "on", "repeatable read", "10s", "UTC"]


def test_a_reader_takes_no_lock_beyond_access_share(postgres: PostgresServer) -> None:
    database = postgres.new_database()
    postgres.execute(database, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 10)")
    wanted = Selection(table="t", readings=(Reading(column="id", kind=TypeClass.integer),), key_width=1)

    async def work(snapshot: PostgresSnapshot) -> Any:
        _ = [batch async for batch in snapshot.rows(wanted, KeyRange(), ordered=True)]
        await snapshot.boundaries(wanted, 4)
        return postgres.fetch(
            database,
            "SELECT DISTINCT mode FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE application_name = 'shadow verify' AND locktype = 'relation'",
        )

    assert [row[0] for row in use(postgres.url(database), work)] == ["AccessShareLock"]


def test_nothing_stays_behind_when_a_read_is_cancelled(postgres: PostgresServer, database: str) -> None:
    def sessions() -> int:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shadow verify'"
        return int(postgres.fetch("postgres", query)[0][0])

    async def run() -> None:
        store = PostgresStore(postgres.url(database))
        begun = asyncio.Event()

        async def sleep() -> None:
            async with store.snapshot() as snapshot:
                assert isinstance(snapshot, PostgresSnapshot)
                begun.set()
                await snapshot.connection.execute("SELECT pg_sleep(60)")

        task = asyncio.get_running_loop().create_task(sleep())
        await begun.wait()
        assert await asyncio.to_thread(sessions) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await store.close()
        # The server notices a closed connection by itself, soon after.
        for _ in range(200):
            if not await asyncio.to_thread(sessions):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("a session stayed behind")

    asyncio.run(run())


@pytest.mark.parametrize(
    ("url", "message", "remedy"),
    [
        ("postgresql://u:geheim@127.0.0.1:1/d", "cannot be reached", "server runs"),
        ("postgresql://postgres:geheim@127.0.0.1:{port}/none", "does not exist", "name of the database"),
        ("postgresql://nobody:geheim@127.0.0.1:{port}/postgres", "", ""),
        ("postgresql://u:geheim@127.0.0.1:none/d", "cannot be connected to", "Check the URL"),
        ("postgresql://u:geheim@127.0.0.1:1/d?sslmode=wrong", "cannot be connected to", "Check the URL"),
    ],
)
def test_what_cannot_be_opened_says_why(postgres: PostgresServer, url: str, message: str, remedy: str) -> None:
    with pytest.raises(StoreError) as caught:
        described(url.format(port=postgres.port))
    assert message in caught.value.message
    assert remedy in caught.value.remedy
    assert "geheim" not in str(caught.value)


def test_an_old_server_is_refused(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.stores.postgres.connection.MINIMUM", 99)
    with pytest.raises(StoreError, match="99 is the oldest that is supported"):
        described(postgres.url())


def test_schemas_partitions_and_extensions(postgres: PostgresServer) -> None:
    database = postgres.new_database()
    postgres.execute(
        database,
        """
        CREATE SCHEMA sales;
        CREATE TABLE t (id int); CREATE TABLE sales.t (id int); CREATE TABLE sales.only (id int);
        CREATE TABLE p (id int) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE VIEW v AS SELECT 1 AS one;
        """,
    )
    assert list(described(postgres.url(database))) == ["p", "sales.only", "sales.t", "t"]
    assert list(described(postgres.url(database) + "?search_path=sales")) == ["only", "public.p", "public.t", "t"]


def test_columns_keys_and_indexes(postgres: PostgresServer) -> None:
    database = postgres.new_database()
    postgres.execute(
        database,
        """
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE DOMAIN price AS numeric(12,2) CHECK (VALUE >= 0);
        CREATE DOMAIN cheap AS price;
        CREATE TABLE other (id int PRIMARY KEY);
        CREATE TABLE t (a int, b varchar(10) NOT NULL DEFAULT 'x', c cheap, d mood, e numeric(5,-2), f inet, g text[],
                        o int REFERENCES other, PRIMARY KEY (b, a));
        CREATE UNIQUE INDEX t_c ON t (c); CREATE INDEX t_d ON t (d) WHERE a > 3; CREATE INDEX t_e ON t ((a + 1));
        """,
    )
    table = described(postgres.url(database))["t"]
    assert [(column.name, str(column.kind), column.declared, column.size) for column in table.columns] == [
        ("a", "integer", "integer", (32,)),
        ("b", "text", "character varying(10)", (10,)),
        ("c", "decimal", "cheap", (12, 2)),
        ("d", "text", "mood", ()),
        ("e", "decimal", "numeric(5,-2)", (5, -2)),
        ("f", "other", "inet", ()),
        ("g", "other", "text[]", ()),
        ("o", "integer", "integer", (32,)),
    ]
    assert table.primary_key == ("b", "a")
    assert [(index.name, index.columns, index.unique) for index in table.indexes] == [("t_c", ("c",), True)]
    assert table.foreign_keys == ("o -> other",)
    assert table.columns[1].default == "'x'::character varying"
    assert table.columns[1].nullable is False


VALUES: list[tuple[str, str, object]] = [
    ("numeric", "'NaN'", Decimal("NaN")),
    ("numeric", "'Infinity'", Decimal("Infinity")),
    ("numeric", "'-Infinity'", Decimal("-Infinity")),
    ("numeric", "1.2300", Decimal("1.23")),
    ("numeric", "'" + "9" * 1000 + "." + "1" * 1000 + "'", Decimal("9" * 1000 + "." + "1" * 1000)),
    ("numeric(1000)", "'" + "7" * 1000 + "'", int("7" * 1000)),
    ("float8", "'NaN'", float("nan")),
    ("float8", "'-0'", 0),
    ("float8", "'-Infinity'", float("-inf")),
    ("float4", "1.5", 1.5),
    ("timestamp", "'0001-01-01 00:00:00'", datetime(1, 1, 1)),
    ("timestamp", "'9999-12-31 23:59:59.999999'", datetime(9999, 12, 31, 23, 59, 59, 999_999)),
    ("timestamptz", "'2026-01-31 10:00:00.000001+02'", datetime(2026, 1, 31, 8, 0, 0, 1, tzinfo=UTC)),
    ("timestamptz", "'infinity'", Endless.after),
    ("timestamp", "'-infinity'", Endless.before),
    ("timestamp", "'294276-12-31 23:59:59.999999'", FarInstant(9224318015999999999)),
    ("timestamp", "'4713-01-01 00:00:00 BC'", FarInstant(-210863520000000000)),
    ("date", "'infinity'", Endless.after),
    ("date", "'0044-03-15 BC'", FarDay(-735160)),
    ("date", "'0001-01-01'", date(1, 1, 1)),
    ("interval", "'1 year 2 mons 3 days 04:05:06.000007'", Interval(14, 3, 14706000007)),
    ("bytea", r"'\x00ff'", b"\x00\xff"),
    ("char(5)", "'ab'", "ab"),
    ("int4[]", "'{{1,2},{3,NULL}}'", [[1, 2], [3, None]]),
    ("text[]", "'{a,NULL,\"\"}'", ["a", None, ""]),
    ("inet", "'10.0.0.1/8'", "10.0.0.1/8"),
    ("int4range", "'[1,5)'", "[1,5)"),
    ("text", "repeat('🙂', 250000)", "🙂" * 250_000),
    ("bit(3)", "B'101'", "101"),
    ("money", "12.5", "$12.50"),
]


@pytest.mark.parametrize(("declared", "literal", "value"), VALUES, ids=[f"{d} {v[:20]}" for d, v, _ in VALUES])
def test_values_arrive_without_loss(
    postgres: PostgresServer, database: str, declared: str, literal: str, value: object
) -> None:
    postgres.execute(
        database, f"DROP TABLE IF EXISTS v; CREATE TABLE v (v {declared}); INSERT INTO v VALUES ({literal})"
    )
    wanted = Selection(table="v", readings=(Reading(column="v"),))

    async def work(snapshot: PostgresSnapshot) -> Any:
        return [row async for batch in snapshot.rows(wanted, KeyRange(), ordered=False) for row in batch]

    ((found,),) = use(postgres.url(database), work)
    assert encode(found) == encode(value)
