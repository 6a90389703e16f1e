"""A comparison in bulk that overlooks something is found out before a run, whatever part of it is at fault."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from bson import Decimal128

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair, Verify
from shadow.records import CheckStatus, DataCheck
from tests.verify.verified import verified
from verify.checkpoint import NoCheckpoint
from verify.classes import MONGO, POSTGRES, Dialect
from verify.columnar import alignment, columns, comparison, documents, equality, json_text, records, sides
from verify.columnar import proof as columnar_proof
from verify.columnar.made_up import made_up
from verify.columnar.values import reader_of
from verify.comparison import Task
from verify.rows.digest import RowHasher
from verify.rows.rowdiff import Side
from verify.store import Reading, Selection
from verify.stores.memory import MemorySnapshot
from verify.stores.postgres.types import PgType

SALT = b"0123456789abcdef"
TYPES = ("int2", "int4", "int8", "oid", "numeric", "float4", "float8", "bool", "text", "varchar", "bytea", "date",
         "timestamp", "timestamptz", "uuid", "jsonb")  # fmt: skip
KEEPS = {"old": "postgresql://one", "new": "mongodb://other"}


def side(types: list[PgType], dialect: Dialect, letter: str, width: int, **options: Any) -> Side:
    selection = Selection(
        table="t", key_width=width,
        readings=tuple(
            Reading(
                column=f"{letter}{at}", kind=kind.type_class, carried=dialect.hands_over(kind.type_class),
                step_us=options.get("step_us", 1) if "stamp" in kind.name else 1,
                missing_is_null=options.get("missing_is_null", False),
            )
            for at, kind in enumerate(types)
        ),
    )  # fmt: skip
    return Side(
        snapshot=MemorySnapshot({}), selection=selection, hasher=RowHasher(selection, SALT), scanned=lambda _: None
    )


def survivors(
    *names: str, key: tuple[str, ...] = ("int8",), reverse: bool = False, **options: Any
) -> tuple[str, ...]:
    """Return what is not noticed of a table of these types."""
    types = [PgType(name=name) for name in (*key, *names)]
    rows = side(types, POSTGRES, "r", len(key), **options)
    others = side(types, MONGO, "d", len(key), **options)
    old, new = (others, rows) if reverse else (rows, others)
    task = Task(
        old=old, new=new, salt=SALT, settings=Verify(**KEEPS, max_rows_per_second=1), checkpoint=NoCheckpoint()
    )
    readers = [reader for kind in types if (reader := reader_of(kind)) is not None]
    assert len(readers) == len(types)
    return asyncio.run(columnar_proof.survivors(task, rows, types, readers))


@pytest.mark.parametrize(
    "options",
    [
        {}, {"reverse": True}, {"step_us": 1000}, {"step_us": 1_000_000}, {"missing_is_null": True},
        {"key": ("int8", "text")}, {"key": ("int2",)}, {"key": ("text", "int4")},
    ],
)  # fmt: skip
def test_the_real_comparison_notices_everything(options: dict[str, Any]) -> None:
    assert survivors(*TYPES, **options) == ()


def test_columns_of_one_type_have_changes_of_their_own() -> None:
    assert survivors("text", "text", "int4", "int4", "text") == ()
    assert survivors() == ()


def everything(*arguments: Any) -> Any:
    """A comparison that never looks."""
    return np.ones(len(arguments[1]), np.bool_)


def every_json(_self: Any, _kind: int, *arguments: Any) -> Any:
    return everything(*arguments)


def whole_seconds(_step_us: int) -> Any:
    return REAL_INSTANTS(1_000_000)


REAL_INSTANTS = equality.timestamp_with_date
REAL_TEXT = equality.text_with_string
REAL_ALIGN = alignment.align
REAL_EQUAL = columns.equal


def folded(a: Any, at: Any, length: Any, b: Any, there: Any) -> Any:
    """A comparison of texts by their length and their last byte."""
    same = length == b.int(there) - 1
    return same & (a.byte(at + length - 1) == b.byte(there + 3 + length))


def first_word(a: Any, at: Any, length: Any, b: Any, there: Any) -> Any:
    return (length == b.int(there) - 1) & (a.byte(at) == b.byte(there + 4)) & (length > 256)


def null_is_anything(column: Any, found: Any, at: int, field: Any, buffer: Any, rows: Any, others: Any) -> Any:
    return REAL_EQUAL(column, found, at, field, buffer, rows, others) | (found.length[at][rows] < 0)


def not_the_last(old: Any, new: Any) -> Any:
    """Keys that only one side has are lost."""
    found = REAL_ALIGN(old, new)
    return alignment.Aligned(old=found.old, new=found.new, others=[])


def nine_digits(a: Any, at: Any, length: Any, b: Any, there: Any) -> Any:
    return np.abs(a.net8(at).view(np.float64) - b.word(there).view(np.float64)) < 1e-9


def half(a: Any, at: Any, _length: Any, b: Any, there: Any) -> Any:
    return a.word(at) == b.word(there + 5)


FAULTS: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None], str]] = {
    "text by its length": (
        "text", lambda patch: patch.setattr(equality, "text_with_string", folded), "r1: 'zoe' became",
    ),
    "long text": (
        "text",
        lambda patch: patch.setattr(
            equality, "text_with_string",
            lambda *given: REAL_TEXT(*given) | first_word(*given),
        ),
        "r1: 'yyy",
    ),
    "instants by the second": (
        "timestamptz",
        lambda patch: patch.setattr(equality, "timestamp_with_date", whole_seconds), "datetime.datetime(2024, 2, 29",
    ),
    "the 12th digit": (
        "float8",
        lambda patch: patch.setitem(columns._OTHERS, "float8", {documents.DOUBLE: nine_digits}),
        "r1: 1.23456789012 became 1.23456789013",
    ),
    "a uuid's first half": (
        "uuid", lambda patch: patch.setitem(columns._OTHERS, "uuid", {documents.BINARY: half}), "r1: UUID(",
    ),
    "an integer's lower half": (
        "int8",
        lambda patch: patch.setitem(
            columns._INTEGERS, "int8", lambda buffer, at: buffer.net4(at + 4)
        ),
        "r1: 4294967297 became 1",
    ),
    "NULL and anything": (
        "int4", lambda patch: patch.setattr(comparison, "equal", null_is_anything), "r1: NULL became 0",
    ),
    "jsonb": ("jsonb", lambda patch: patch.setattr(json_text.JsonWalk, "same", every_json), "r1: {'a': 5} became"),
    "rows of one side": ("int4", lambda patch: patch.setattr(comparison, "align", not_the_last), "a lost row"),
    "a table's end": (
        "int4", lambda patch: patch.setattr(comparison.ColumnarComparison, "_alone", lambda *_: []),
        "a lost row at the end",
    ),
    "the rest of a piece": (
        "int4", lambda patch: patch.setattr(sides.DocumentBatch, "rest", lambda *_: b""), "an equal row",
    ),
    "numbers as they are rounded": (
        "numeric",
        lambda patch: patch.setitem(columns._OTHERS["numeric"], documents.DECIMAL, everything),
        "r1: Decimal('5') became Decimal('-5')",
    ),
    "the type of a field": (
        "bool", lambda patch: patch.setitem(columns._OTHERS["bool"], documents.BOOLEAN, everything), "r1: True became",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_comparison_that_overlooks_something_is_found_out(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, plant, name = FAULTS[fault]
    assert survivors(kind, "text") == ()
    plant(monkeypatch)
    found = survivors(kind, "text")
    assert found
    assert any(name in each for each in found), found


def test_a_fault_in_the_second_of_two_like_columns_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The place of a column counts, not its type alone."""

    def forgetful(column: Any, found: Any, at: int, *rest: Any) -> Any:
        return REAL_EQUAL(column, found, at, *rest) | (at == 2)

    monkeypatch.setattr(comparison, "equal", forgetful)
    found = survivors("text", "text", "text")
    assert found
    assert all(each.startswith("r2: ") for each in found), found


def test_made_up_rows_that_lose_their_order_are_told() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sides, "is_ascending", lambda _: False)
        (only,) = survivors("text")
    assert only.startswith("made-up rows are not compared at all")


@pytest.mark.parametrize("text", ["0", "7", "-7", "10000", "0.10", "-0.0001", "123456789012.25", "1e20", "0.00010000"])
def test_made_up_numerics_are_sent_as_the_server_sends_them(text: str) -> None:
    from decimal import Decimal

    sent = made_up(PgType(name="numeric")).sent(Decimal(text))
    reader = reader_of(PgType(name="numeric"))
    assert reader is not None
    assert reader(sent) == Decimal(text)


DDL = """
CREATE TABLE t (_id bigint PRIMARY KEY, note text, at timestamptz, total numeric(12,2));
INSERT INTO t SELECT n, 'note ' || n, '2026-01-31', n FROM generate_series(1, 50) AS n;
"""


@pytest.fixture
def urls(postgres: PostgresServer, mongo: MongoServer) -> tuple[str, str]:
    """A table and a collection that are alike but for one note, which only case tells apart."""
    database, name = postgres.new_database(), mongo.new_database()
    postgres.execute(database, DDL)
    from datetime import UTC, datetime

    mongo.client[name]["t"].insert_many(
        {"_id": n, "note": f"note {n}" if n != 7 else "Note 7", "at": datetime(2026, 1, 31, tzinfo=UTC),
         "total": Decimal128(f"{n}")}
        for n in range(1, 51)
    )  # fmt: skip
    return postgres.url(database), mongo.url(name)


def rows(old: str, new: str) -> DataCheck:
    return verified(old, new, TablePair(old="t"))["rows"]


@pytest.mark.parametrize("reverse", [False, True])
def test_a_run_with_a_broken_comparison_is_an_error(
    urls: tuple[str, str], reverse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = urls[::-1] if reverse else urls
    check = rows(old, new)
    assert (check.status, check.total) == (CheckStatus.fail, 1)
    assert "column by column in batches" in check.reason
    monkeypatch.setattr(equality, "text_with_string", folded)
    check = rows(old, new)
    assert check.status is CheckStatus.error
    assert check.total
    assert "the comparison does not notice: note: " in check.reason


def test_pieces_end_as_the_server_ends_them() -> None:
    assert records.is_end(columnar_proof._END)
