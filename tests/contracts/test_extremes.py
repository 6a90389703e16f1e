"""Equal data in which nothing may be found, however odd they are: and a change beside them, which has to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import bson
import pytest
from bson import Binary, Decimal128, Int64, MaxKey, MinKey, ObjectId, Timestamp

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair
from shadow.records import DataCheck
from tests.contracts.answers import answers
from verify.classes import TypeClass
from verify.store import Row, Store
from verify.stores import open_store

Build = Callable[..., Store]
Engines = tuple[str, str]
NAN, INF = float("nan"), float("inf")


def nested(depth: int, leaf: Any) -> Any:
    """Return documents and lists in one another."""
    for at in range(depth):
        leaf = {"d": leaf} if at % 2 else [leaf]
    return {"top": leaf}


LARGE = {"postgresql": "numeric(1000, 500)", "sqlite": "TEXT"}
"""SQLite itself makes a double of what a DECIMAL column is given."""
EXTREMES: dict[str, tuple[TypeClass, list[Any], Any, tuple[str, ...], Mapping[str, str]]] = {
    "floats": (TypeClass.float, [NAN, INF, -INF, -0.0, 1.7976931348623157e308, 5e-324, 0.1], 0.5, ("sqlite",), {}),
    "floats without NaN": (TypeClass.float, [INF, -INF, -0.0, 5e-324, 2.0**63], 2.0**63 + 2048, (), {}),
    "instants": (
        TypeClass.timestamp,
        [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_000), datetime(1582, 10, 10), datetime(1970, 1, 1)],
        datetime(9999, 12, 31, 23, 59, 59, 998_000), (), {},
    ),
    "days": (TypeClass.date, [date(1, 1, 1), date(9999, 12, 31), date(2000, 2, 29)], date(1, 1, 2), (), {}),
    "texts": (
        TypeClass.text,
        ["👩‍👩‍👧‍👦", "é", "e\u0301", "\u202eab", "\ufeff", "\uffff", "a\tb\r\n\"c\", 'd'\\", " ", "", "NULL", "\x01"],
        "👩‍👩‍👧", (), {},
    ),
    "a megabyte": (TypeClass.text, ["ü" * 524_288, "x" * 1_048_576], "x" * 1_048_575 + "y", (), {}),
    "documents": (
        TypeClass.json,
        [nested(80, "🙂"), {}, {"a": []}, {"": {"": ""}}, {"n": [1, -5, 2**53, True, None, "1"]}, {"a.b": 1, "$c": 2}],
        nested(80, "🙁"), (), {},
    ),
    "34 digits": (
        TypeClass.decimal, [Decimal("1234567890123456789012345678901.234"), Decimal("-0.001"), Decimal("0")],
        Decimal("1234567890123456789012345678901.235"), ("duckdb", "parquet"), LARGE,
    ),
    "1000 digits": (
        TypeClass.decimal, [Decimal("9" * 500 + "." + "8" * 499 + "7"), Decimal("-1e-500")],
        Decimal("9" * 500 + "." + "8" * 500), ("duckdb", "parquet", "mongodb"), LARGE,
    ),
}  # fmt: skip
ENGINES = ("postgresql", "mongodb", "sqlite", "duckdb", "parquet", "csv")


def cases() -> list[Any]:
    """Return each pair of engines with what both can hold; of each pair one is quick."""
    found = []
    for a, one in enumerate(ENGINES):
        for b, other in enumerate(ENGINES):
            names = [name for name, row in EXTREMES.items() if not {one, other} & set(row[3])]
            if {one, other} == {"mongodb", "csv"}:
                names.remove("days")  # neither says that they are days
            for at, name in enumerate(names):
                chosen = at == (a * 3 + b) % len(names) or (one, other, name) == ("postgresql", "sqlite", "1000 digits")
                marks = () if chosen else pytest.mark.slow
                found.append(pytest.param((one, other), name, id=f"{one}-{other}-{name}", marks=marks))
    return found


def rows_of(old: Store, new: Store, pair: TablePair) -> DataCheck:
    """Verify two stores and return the answer of the rows check."""
    (found,) = [check for check in answers(old, new, tables=(pair,)) if check.check == "rows"]
    return found


def shown(check: DataCheck) -> list[tuple[str, str, str]]:
    return sorted((one.kind, one.column, one.key.replace('"', "")) for one in check.findings)


@pytest.mark.parametrize(("engines", "name"), cases())
def test_equal_data_pass_and_a_change_is_found(build: Build, engines: Engines, name: str) -> None:
    kind, values, other, _, types = EXTREMES[name]
    columns = {"_id": TypeClass.integer, "v": kind}
    old: list[Row] = [*enumerate(values), (len(values), None), (len(values) + 1, values[0])]
    new: list[Row] = [*old[:-1], (len(values) + 1, other)]

    def sides(*rows: list[Row]) -> list[Store]:
        return [
            build(engine, columns, some, ("_id",), declared={"v": types[engine]} if engine in types else {})
            for engine, some in zip(engines, rows, strict=True)
        ]

    pair = TablePair(old="t", key=("_id",))
    same = rows_of(*sides(old, old), pair)
    assert (same.status, same.rows_old) == ("pass", len(old)), (same.reason, same.findings)
    assert shown(rows_of(*sides(old, new), pair)) == [("value", "v", f"_id={len(values) + 1}")]


WORDS = ["", " ", "-", "10", "9", "A9", "B", "Z", "_", "a", "b x", "bx", "c", "s", "Ä", "É", "ß", "ä1", "ö", "中", "🙂"]
"""Each collation has another order for these, none of them has two that are the same to it."""


def collations(postgres: PostgresServer) -> dict[str, Mapping[str, str]]:
    """Return how each engine is told to sort otherwise than by bytes."""
    known = [
        row["collname"]
        for row in postgres.fetch("postgres", "SELECT collname FROM pg_collation WHERE collname LIKE '%-x-icu'")
    ]
    icu = {"_id": 'text COLLATE "de-x-icu"'} if "de-x-icu" in known else {}
    return {
        "postgresql": icu, "sqlite": {"_id": "TEXT COLLATE NOCASE"}, "duckdb": {"_id": "VARCHAR COLLATE NOCASE"},
        "mongodb": {"locale": "de"},
    }  # fmt: skip


@pytest.mark.parametrize("old", ENGINES)
@pytest.mark.parametrize("new", [engine if engine in ("postgresql", "mongodb") else
                                 pytest.param(engine, marks=pytest.mark.slow) for engine in ENGINES])
def test_keys_in_odd_collations(build: Build, postgres: PostgresServer, old: str, new: str) -> None:
    columns = {"_id": TypeClass.text, "v": TypeClass.text}
    rows: list[Row] = [(word, f"value {word}") for word in WORDS for word in (word, f"{word}-2", f"{word}-3")]
    how = collations(postgres)

    def sides(*some: list[Row]) -> list[Store]:
        return [build(engine, columns, each, ("_id",), declared=how.get(engine, {}))
                for engine, each in zip((old, new), some, strict=True)]  # fmt: skip

    pair = TablePair(old="t", key=("_id",))
    same = rows_of(*sides(rows, rows[::-1]), pair)
    assert (same.status, shown(same)) == ("pass", [])
    lost, changed = (WORDS[0], WORDS[5], WORDS[-1]), ("a", "Ä-2", "🙂-3")
    spoilt: list[Row] = [(word, "other" if word in changed else value) for word, value in rows if word not in lost]
    expected = [("missing_row", "", f"_id={word}") for word in lost]
    expected += [("value", "v", f"_id={word}") for word in changed]
    assert shown(rows_of(*sides(rows, spoilt), pair)) == sorted(expected)


MIXED: list[Any] = [
    None, 1, Int64(2**53 + 1), 2.5, -INF, NAN, Decimal128("3.10"), "1", "", "é", {"a": 1, "b": 2}, {"b": 2, "a": 1},
    Binary(b"1"), Binary(bytes(16), 4), ObjectId("0" * 24), True, False, datetime(2026, 1, 1), Timestamp(1, 2),
    MinKey(), MaxKey(),
]  # fmt: skip


def test_mixed_keys_of_mongodb(mongo: MongoServer) -> None:
    """Each of them is lost in turn, and each document changed."""
    documents = [{"_id": key, "v": n} for n, key in enumerate(MIXED)]

    def store(some: list[dict[str, Any]]) -> Store:
        name = mongo.new_database()
        mongo.client[name].create_collection("t").insert_many(some)
        return open_store(mongo.url(name))

    pair = TablePair(old="t")
    same = rows_of(store(documents), store(documents[::-1]), pair)
    assert (same.status, same.findings, same.rows_old) == ("pass", (), len(MIXED))
    for n, other in enumerate([*range(1, len(MIXED)), 0]):
        spoilt = [{**one, "v": -1} if one["v"] == other else one for one in documents if one["v"] != n]
        lost, changed = sorted(rows_of(store(documents), store(spoilt), pair).findings, key=lambda one: one.kind)
        assert (lost.kind, f"v={n}" in f"{lost.old}") == ("missing_row", True), lost
        assert (changed.kind, changed.column, changed.old, changed.new) == ("value", "v", f"{other}", "-1")


def test_mixed_keys_of_mongodb_beside_those_of_sqlite(mongo: MongoServer, build: Build) -> None:
    keys: list[Any] = [1, -7, 2**40, 2.5, "1", "", "é", b"1", b""]
    columns = {"_id": TypeClass.other, "v": TypeClass.text}
    rows: list[Row] = [(key, f"v{n}") for n, key in enumerate(keys)]
    documents = [{"_id": Binary(key) if isinstance(key, bytes) else key, "v": value} for key, value in rows]

    def store(some: list[dict[str, Any]]) -> Store:
        name = mongo.new_database()
        mongo.client[name].create_collection("t").insert_many(some)
        return open_store(mongo.url(name))

    pair = TablePair(old="t", key=("_id",))
    same = rows_of(build("sqlite", columns, rows, ("_id",)), store(documents), pair)
    assert (same.status, same.findings, same.rows_old) == ("pass", (), len(keys))
    for n in range(len(keys)):
        spoilt = [{**one, "v": "other"} if at == n else one for at, one in enumerate(documents)]
        (changed,) = rows_of(build("sqlite", columns, rows, ("_id",)), store(spoilt), pair).findings
        assert (changed.kind, changed.old) == ("value", f'"v{n}"')


@pytest.mark.parametrize("engines", [("postgresql", "sqlite"), ("sqlite", "duckdb")], ids="-".join)
def test_documents_that_are_too_deep_are_an_error_and_never_equal(build: Build, engines: Engines) -> None:
    """Beyond about 150 levels; MongoDB itself takes 100."""
    text = '{"d": [' * 200 + "1" + "]}" * 200
    old, new = [
        build(engine, {"_id": TypeClass.integer, "v": TypeClass.text}, [(1, some)], ("_id",), declared={"v": kind})
        for engine, some, kind in zip(engines, (text, text.replace("1", "2")), ("JSONB", "JSON"), strict=True)
    ]
    check = rows_of(old, new, TablePair(old="t"))
    assert (check.status, check.total) == ("error", 0)
    assert "nested too deeply to be compared" in check.reason


@pytest.mark.slow
def test_a_document_at_the_limit(mongo: MongoServer) -> None:
    """The deepest and about the largest that the server takes, and its last byte changed."""
    deep: Any = {"leaf": 1}
    for _ in range(95):
        deep = {"d": deep}
    document = {"_id": 1, "deep": deep, "large": "x" * (15 * 2**20), "at": datetime(1, 1, 1, tzinfo=UTC)}
    assert len(bson.encode(document)) > 15 * 2**20

    def store(some: dict[str, Any]) -> Store:
        name = mongo.new_database()
        mongo.client[name].create_collection("t").insert_one(some)
        return open_store(mongo.url(name))

    pair = TablePair(old="t")
    assert rows_of(store(document), store(document), pair).status == "pass"
    (found,) = rows_of(store(document), store({**document, "large": "x" * (15 * 2**20 - 1) + "y"}), pair).findings
    assert (found.kind, found.column, found.key) == ("value", "large", "_id=1")
