"""What every store must do; a new kind of store joins by a row in `KINDS` and a branch in `build_store`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from shadow.errors import StoreError
from verify.classes import TypeClass
from verify.rows.digest import Accumulator, RowHasher
from verify.store import (
    BucketDigest,
    Buckets,
    KeyOrderLost,
    KeyRange,
    Reading,
    Row,
    Selection,
    Snapshot,
    Store,
    TableSchema,
)

Build = Callable[..., Store]
Result = TypeVar("Result")

SALT = b"0123456789abcdef"
PEOPLE = {"id": TypeClass.integer, "name": TypeClass.text}
ROWS: list[Row] = [(n * 3, f"name {n}") for n in range(1, 101)]


def read(store: Store, use: Callable[[Snapshot], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        try:
            async with store.snapshot() as snapshot:
                return await use(snapshot)
        finally:
            await store.close()

    return asyncio.run(run())


def described(store: Store) -> TableSchema:
    async def run() -> TableSchema:
        try:
            (table,) = await store.describe()
            return table
        finally:
            await store.close()

    return asyncio.run(run())


def selection(kind: str, columns: dict[str, TypeClass], width: int = 1) -> Selection:
    def is_carried(column: TypeClass) -> bool:
        return kind in ("csv", "sqlite") or (kind == "mongodb" and column is TypeClass.date)

    return Selection(
        table="t",
        readings=tuple(
            Reading(column=name, kind=column, carried=is_carried(column)) for name, column in columns.items()
        ),
        key_width=width,
    )


async def collected(snapshot: Snapshot, wanted: Selection, keys: KeyRange, *, ordered: bool) -> list[Row]:
    return [row async for batch in snapshot.rows(wanted, keys, ordered=ordered) for row in batch]


def nothing(_rows: int) -> None:
    return None


def test_describes_its_tables_and_columns(kind: str, build: Build) -> None:
    table = described(build(kind, PEOPLE, ROWS, ("id",)))
    assert table.name == "t"
    # A document has an _id of its own.
    own = ["_id"] if kind == "mongodb" else []
    assert [column.name for column in table.columns] == [*own, "id", "name"]
    wanted = [TypeClass.text, TypeClass.text] if kind == "csv" else [TypeClass.integer, TypeClass.text]
    assert [column.kind for column in table.columns[len(own) :]] == wanted


def test_says_what_it_knows_about_keys(kind: str, build: Build) -> None:
    table = described(build(kind, PEOPLE, ROWS, ("id",)))
    knows = kind not in ("parquet", "csv")
    assert table.knows_constraints == knows
    wanted = ("_id",) if kind == "mongodb" else ("id",)
    assert table.primary_key == (wanted if knows else ())


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS])
def test_counts_exactly(kind: str, build: Build, rows: list[Row]) -> None:
    assert read(build(kind, PEOPLE, rows, ("id",)), lambda snapshot: snapshot.count("t")) == len(rows)


def test_estimates_without_being_far_off(kind: str, build: Build) -> None:
    assert 50 <= read(build(kind, PEOPLE, ROWS, ("id",)), lambda snapshot: snapshot.estimate("t")) <= 200


def test_yields_every_row_once_and_in_the_order_of_the_selection(kind: str, build: Build) -> None:
    store = build(kind, PEOPLE, ROWS, ("id",))
    wanted = selection(kind, {"name": TypeClass.text, "id": TypeClass.integer})
    rows = read(store, lambda snapshot: collected(snapshot, wanted, KeyRange(), ordered=False))
    hasher = RowHasher(wanted, SALT)
    assert sorted(hasher.read(row) for row in rows) == sorted((name, n) for n, name in ROWS)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("name 9", "name 95", ["name 9", *(f"name {n}" for n in range(90, 95))]),
        ("name 98", None, ["name 98", "name 99"]),
        (None, "name 11", ["name 1", "name 10", "name 100"]),
        ("name 5", "name 5", []),
    ],
)
def test_ranges_are_half_open_and_in_byte_order(
    kind: str, build: Build, low: str | None, high: str | None, expected: list[str]
) -> None:
    store = build(kind, {"name": TypeClass.text}, [(name,) for _, name in reversed(ROWS)], ("name",))
    keys = KeyRange(low=None if low is None else (low,), high=None if high is None else (high,))
    wanted = selection(kind, {"name": TypeClass.text})
    rows = read(store, lambda snapshot: collected(snapshot, wanted, keys, ordered=True))
    assert [row[0] for row in rows] == expected


def test_text_is_ordered_by_bytes_not_by_language(kind: str, build: Build) -> None:
    words = ["", "A", "Z", "a", "z", "Ä", "ä", "中", "🙂"]
    store = build(kind, {"w": TypeClass.text}, [(word,) for word in reversed(words)], ("w",))
    wanted = selection(kind, {"w": TypeClass.text})
    rows = read(store, lambda snapshot: collected(snapshot, wanted, KeyRange(low=("A",)), ordered=True))
    assert [row[0] for row in rows] == words[1:]


def test_composite_keys_are_ordered_part_by_part(kind: str, build: Build) -> None:
    columns = {"a": TypeClass.text, "b": TypeClass.text}
    pairs = [(a, b) for a in "xyz" for b in "123"]
    store = build(kind, columns, list(reversed(pairs)), ("a", "b"))
    wanted = selection(kind, columns, 2)
    keys = KeyRange(low=("x", "3"), high=("z", "2"))
    rows = read(store, lambda snapshot: collected(snapshot, wanted, keys, ordered=True))
    assert rows == [("x", "3"), ("y", "1"), ("y", "2"), ("y", "3"), ("z", "1")]


@pytest.mark.parametrize("parts", [1, 2, 7, 100, 1000])
def test_boundaries_cut_into_about_equal_parts(kind: str, build: Build, parts: int) -> None:
    store = build(kind, {"name": TypeClass.text}, [(name,) for _, name in ROWS], ("name",))
    wanted = selection(kind, {"name": TypeClass.text})
    bounds = read(store, lambda snapshot: snapshot.boundaries(wanted, parts))
    assert bounds is not None
    assert list(bounds) == sorted(set(bounds))
    assert len(bounds) == -(-100 // -(-100 // parts)) - 1


def test_an_empty_table_has_no_boundaries(kind: str, build: Build) -> None:
    store = build(kind, {"name": TypeClass.text}, [], ("name",))
    wanted = selection(kind, {"name": TypeClass.text})
    assert read(store, lambda snapshot: snapshot.boundaries(wanted, 4)) == ()


@pytest.mark.parametrize(
    "buckets",
    [Buckets(), Buckets(bounds=(("name 3",), ("name 7",))), Buckets(hashed=5)],
    ids=["one", "ranges", "hashed"],
)
def test_the_digest_is_that_of_the_reference(kind: str, build: Build, buckets: Buckets) -> None:
    store = build(kind, {"name": TypeClass.text, "id": TypeClass.integer}, [(name, n) for n, name in ROWS], ("name",))
    columns = {"name": TypeClass.text, "id": TypeClass.integer}
    reference = Accumulator(selection("memory", columns), buckets, SALT)
    reference.add([(name, n) for n, name in ROWS])
    digests = read(store, lambda snapshot: snapshot.digest(selection(kind, columns), buckets, SALT, nothing))
    assert digests == reference.digests()
    assert sum(digest.rows for digest in digests) == 100


def test_the_digest_of_nothing_is_zero(kind: str, build: Build) -> None:
    store = build(kind, PEOPLE, [], ("id",))
    wanted = selection(kind, PEOPLE)
    digests = read(store, lambda snapshot: snapshot.digest(wanted, Buckets(hashed=2), SALT, nothing))
    assert digests == (BucketDigest(), BucketDigest())


def test_the_digest_tells_how_far_it_is(kind: str, build: Build) -> None:
    seen: list[int] = []
    store = build(kind, PEOPLE, ROWS, ("id",))
    read(store, lambda snapshot: snapshot.digest(selection(kind, PEOPLE), Buckets(hashed=1), SALT, seen.append))
    assert sum(seen) == 100


def test_null_and_empty_text_stay_apart(kind: str, build: Build) -> None:
    columns = {"id": TypeClass.text, "v": TypeClass.text}
    store = build(kind, columns, [("a", None), ("b", ""), ("c", "NULL"), ("d", " ")], ("id",))
    rows = read(store, lambda snapshot: collected(snapshot, selection(kind, columns), KeyRange(), ordered=True))
    assert rows == [("a", None), ("b", ""), ("c", "NULL"), ("d", " ")]


@pytest.mark.parametrize(
    "text", ["🙂", "line\nbreak", 'quote "q"', "comma, semi;", "e\u0301", "x" * 1_000_000, "  pad  "]
)
def test_text_survives(kind: str, build: Build, text: str) -> None:
    columns = {"id": TypeClass.text, "v": TypeClass.text}
    store = build(kind, columns, [("a", text)], ("id",))
    rows = read(store, lambda snapshot: collected(snapshot, selection(kind, columns), KeyRange(), ordered=False))
    assert rows == [("a", text)]


AT = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (TypeClass.integer, 2**53 + 1),
        (TypeClass.integer, -(2**63)),
        (TypeClass.decimal, Decimal("-12.5")),
        (TypeClass.float, 0.1),
        (TypeClass.float, 5e-324),
        (TypeClass.boolean, True),
        (TypeClass.boolean, False),
        (TypeClass.date, date(1969, 12, 31)),
        (TypeClass.timestamp, AT.replace(tzinfo=None)),
    ],
    ids=str,
)
def test_every_class_is_read_as_the_same_value(kind: str, build: Build, column: TypeClass, value: Any) -> None:
    columns = {"id": TypeClass.text, "v": column}
    if kind == "mongodb" and column is TypeClass.timestamp:
        value = value.replace(microsecond=999_000)  # its instants end at milliseconds
    store = build(kind, columns, [("a", value), ("b", None)], ("id",))

    async def use(snapshot: Snapshot) -> list[bytes]:
        wanted = selection(kind, columns)
        rows = await collected(snapshot, wanted, KeyRange(), ordered=True)
        return [RowHasher(wanted, SALT).canonical(row) for row in rows]

    reference = RowHasher(selection("memory", columns), SALT)
    assert read(store, use) == [reference.canonical(("a", value)), reference.canonical(("b", None))]


def test_a_key_without_a_place_in_the_order_is_refused(kind: str, build: Build) -> None:
    columns = {"k": TypeClass.text}
    store = build(kind, columns, [("a",), (None,)])
    with pytest.raises(KeyOrderLost):
        read(
            store,
            lambda snapshot: snapshot.digest(selection(kind, columns), Buckets(bounds=(("b",),)), SALT, nothing),
        )


def test_a_table_that_is_not_there_is_an_error_with_a_remedy(kind: str, build: Build) -> None:
    with pytest.raises(StoreError) as caught:
        read(build(kind, PEOPLE, ROWS, ("id",)), lambda snapshot: snapshot.count("nowhere"))
    assert "nowhere" in caught.value.message
    assert caught.value.remedy


def test_close_may_be_repeated(kind: str, build: Build) -> None:
    async def run() -> None:
        store = build(kind, PEOPLE, ROWS, ("id",))
        await store.close()
        await store.close()

    asyncio.run(run())


def test_names_are_quoted(kind: str, build: Build) -> None:
    columns = {"order": TypeClass.text, "we ird; --": TypeClass.text}
    store = build(kind, columns, [("a", "b")], ())
    rows = read(store, lambda snapshot: collected(snapshot, selection(kind, columns), KeyRange(), ordered=True))
    assert rows == [("a", "b")]
