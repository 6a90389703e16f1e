"""In bulk or row by row: the same differences, whatever the data."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import md5
from typing import Any

import pytest
from bson import Binary, Decimal128, Int64, ObjectId, Regex
from bson.datetime_ms import DatetimeMS
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair
from shadow.records import CheckStatus, DataCheck
from tests.verify.verified import verified

BULK = "column by column in batches"
TABLE = """
CREATE TABLE t (_id bigint PRIMARY KEY, small int2, n numeric, total numeric(12,2), f float8, g float4, b bool,
                s text, c varchar(20), fixed char(3), raw bytea, u uuid, at timestamptz, local timestamp, day date,
                j jsonb);
"""
NAMES = ("small", "n", "total", "f", "g", "b", "s", "c", "fixed", "raw", "u", "at", "local", "day", "j")
AT = datetime(2026, 1, 31, 23, 59, 59, 999_000, tzinfo=UTC)
ONE = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")

NUMBERS = [
    "0", "1", "-1", "1.5", "1.50", "-1.5", "0.1", "0.10", "0.0001", "10000", "120000.00", "99999999.99", "-0.01",
    "123456789012345", "1234567890123456", "12345678901234567", "9007199254740993", "999999999999999.9",
    "0.1000000000000000055511151231257827", "1e-10", "1e20", "NaN", "Infinity", "-Infinity", "99999999999999999999",
    "100000000", "0.30000000000000004", "4294967297", "1000000000000000", "0.00000000000000000001",
]  # fmt: skip
TEXTS = [
    "", "a", "A", "é", "e\u0301", "abcdefg", "abcdefgh", "abcdefgi", "abcdefghi", "abcdefgh" * 2, "abcdefgh" * 2 + "x",
    "x" * 255, "x" * 256, "x" * 257, "x" * 400, "x" * 399 + "y", "🙂", " ", "null", "1", "50f1e4f0f0f0f0f0f0f0f0f0",
]  # fmt: skip
JSONS: list[Any] = [
    None, 1, "x", True, [], {}, [1], [1, 2], [[1], []], {"a": 1}, {"a": 2}, {"a": -1}, {"a": None}, {"b": 1},
    {"a": 1.5}, {"a": 0.1}, {"a": 1e22}, {"a": -2.25}, {"a": 2.0}, {"a": "x"}, {"a": 'say "x"'}, {"a": "back\\slash"},
    {"a": "tab\t"}, {"a": "tab\\t"}, {"bb": 1, "a": 2}, {"a": 2, "bb": 1}, {"a": {"b": {"c": [1, {"d": "é"}]}}},
    {"a": "x" * 300}, {"a": [1, "x", None, True, 2.5]}, {"a": 12345678}, {"a": 123456789}, {"a": 12345678901234567},
    {"": 1}, {'"': 1}, {"a": 1234567890123456789}, {"a": False}, list(range(130)), {"tags": ["a", "b"], "n": 3},
    {"a": '", "b": "'}, {"a": 0}, {"a": 99999999}, {"a": 100000000}, {"a": 0.30000000000000004}, {"a": 123456.789},
    {"a": 1234567890123456.5}, {"a": "back\\nslash"}, {"a": 1, "b": [{"c": 1}, {"c": 2, "d": None}]},
]  # fmt: skip
INSTANTS = [
    AT, AT + timedelta(microseconds=1), AT + timedelta(milliseconds=1), AT - timedelta(milliseconds=1),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
    datetime(2026, 1, 31, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC),
]  # fmt: skip
RAW = [b"", b"\0", b"abcdefgh", b"abcdefgh\0", ONE.bytes, b"x" * 300]


def shapes_of(value: Any) -> st.SearchStrategy[Any]:
    """Return what a document may hold where the row holds this: the same in some form."""
    return st.sampled_from(forms_of(value))


def forms_of(value: Any) -> list[Any]:
    """Return how a document may write what the row holds, and how it may write something near."""
    forms: list[Any] = [value]
    if isinstance(value, Decimal):
        forms = [Decimal128(value), float(value), str(value)]
        if value.is_finite() and value == int(value) and abs(value) < 2**63:
            forms += [Int64(int(value)), Decimal128(value.normalize())]
    elif value.__class__ is int:
        forms = [value, Int64(value), float(value), Decimal128(Decimal(value)), str(value)]
    elif isinstance(value, bytes):
        forms = [value, Binary(value, 4) if len(value) == 16 else value, Binary(value, 5)]
    elif isinstance(value, uuid.UUID):
        forms = [value, Binary(value.bytes, 3), str(value), value.bytes]
    elif isinstance(value, datetime):
        forms = [value.replace(tzinfo=None)]
    elif isinstance(value, date):
        forms = [datetime(value.year, value.month, value.day)]
    return forms


COLUMNS: dict[str, list[Any]] = {
    "small": [0, 1, -1, 32767, -32768],
    "n": [Decimal(text) for text in NUMBERS],
    "total": [Decimal(text) for text in ("0.00", "1.50", "-1.50", "120000.00", "9999999999.99", "0.01", "10000.00")],
    "f": [0.0, -0.0, 1.5, 0.1, 1e300, float("nan"), float("inf"), float("-inf"), 5.0, 0.30000000000000004],
    "g": [0.0, 1.5, -2.25, float("nan"), float("inf")],
    "b": [True, False],
    "s": TEXTS,
    "c": ["", "a", "abc", "abcdefghijklmnop"],
    "fixed": ["abc", "a  "],
    "raw": RAW,
    "u": [ONE, uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)],
    "at": INSTANTS,
    "local": [each.replace(tzinfo=None) for each in INSTANTS],
    "day": [datetime(2026, 1, 31).date(), datetime(1, 1, 1).date(), datetime(9999, 12, 31).date()],
    "j": JSONS,
}
STRANGE = [None, 0, 1, Int64(1), 1.5, "", "x", True, AT.replace(tzinfo=None), b"x", ONE, ObjectId(bytes(12)), {}, [],
           Regex("x"), Decimal128("NaN"), DatetimeMS(2**60), {"a": 1}]  # fmt: skip


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[tuple[Any, ...]], list[dict[str, Any]]]:
    """Return rows and documents: most of them alike, some in another order of fields, some without a partner."""
    rows, documents = [], []
    mixed, is_strange = draw(st.booleans()), draw(st.integers(0, 3)) == 0
    for key in range(draw(st.integers(0, 25))):
        row: list[Any] = [key * 3]
        fields: list[tuple[str, Any]] = []
        for name, values in COLUMNS.items():
            value = draw(st.sampled_from(values)) if draw(st.integers(0, 9)) else None
            row.append(value)
            chance = draw(st.integers(0, 19))
            if value is None and not (name == "j" and chance == 0):
                if chance < 16:
                    fields.append((name, None))
            elif name == "j" and not isinstance(value, dict | list):
                # Of a field with values besides documents nobody knows that it is the JSON of the other side.
                fields.append((name, draw(st.sampled_from(({}, [], None)))))
            elif chance == 0 and (is_strange or name not in ("j", "day")):
                fields.append((name, draw(st.sampled_from(STRANGE))))
            elif chance == 1:
                others = [each for each in values if name != "j" or isinstance(each, dict | list)]
                fields.append((name, draw(st.sampled_from(others)) if name not in ("n", "total", "day") else None))
            elif chance == 2:
                pass
            else:
                fields.append((name, draw(shapes_of(value)) if mixed or chance == 3 else forms_of(value)[0]))
        if draw(st.integers(0, 9)) == 0:
            fields.reverse()
        if draw(st.integers(0, 19)) == 0:
            fields.insert(0, ("unknown", 1))
        document = {"_id": draw(st.sampled_from((key * 3, Int64(key * 3)))), **dict(fields)}
        what = draw(st.integers(0, 19))
        if what != 0:
            rows.append(tuple(row))
        if what != 1:
            documents.append(document)
        if what == 2:
            documents.append({**document, "_id": key * 3 + 1})
    return rows, documents


class Both:
    """A table and a collection that are filled again and again."""

    def __init__(self, postgres: PostgresServer, mongo: MongoServer, table: str = TABLE) -> None:
        self._postgres, self._database = postgres, postgres.new_database()
        collections = mongo.new_database()
        postgres.execute(self._database, table)
        self.documents = mongo.client[collections].create_collection("t")
        self.urls = postgres.url(self._database), mongo.url(collections)

    def fill(self, rows: list[tuple[Any, ...]], documents: list[dict[str, Any]]) -> None:
        async def insert(connection: Any) -> None:
            await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
            await connection.execute("TRUNCATE t")
            if rows:
                marks = ", ".join(f"${at + 1}" for at in range(len(rows[0])))
                await connection.executemany(f"INSERT INTO t VALUES ({marks})", rows)

        self._postgres.use(self._database, insert)
        self.documents.delete_many({})
        if documents:
            self.documents.insert_many([dict(each) for each in documents])

    def checked(self, *, reverse: bool = False, **table: Any) -> DataCheck:
        urls = self.urls[::-1] if reverse else self.urls
        return verified(*urls, TablePair(old="t", **table), max_findings=10_000)["rows"]


@pytest.fixture(scope="module")
def both(postgres: PostgresServer, mongo: MongoServer) -> Both:
    return Both(postgres, mongo)


@pytest.fixture
def row_by_row(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that runs another one without the comparison in bulk."""

    async def none(*_: Any) -> None:
        return None

    def without(run: Any, **options: Any) -> DataCheck:
        with monkeypatch.context() as patch:
            patch.setattr("verify.columnar.offer.offer", none)
            found: DataCheck = run(**options)
        return found

    return without


def same(bulk: DataCheck, single: DataCheck) -> None:
    """Fail where the two say anything else about the data."""
    assert BULK in bulk.reason
    assert BULK not in single.reason
    one, other = ([str(each).removeprefix("DataFinding") for each in check.findings] for check in (bulk, single))
    assert [each for each in one if each not in other] == [each for each in other if each not in one]
    assert one == other
    assert (bulk.status, bulk.total, bulk.rows_old, bulk.rows_new) == (
        single.status, single.total, single.rows_old, single.rows_new,
    )  # fmt: skip


@settings(
    max_examples=12,
    # Smaller examples of a failure would take minutes: each one fills two servers.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=pairs(), missing_is_null=st.booleans(), cut=st.booleans(), reverse=st.booleans())
@example(data=([], []), missing_is_null=False, cut=False, reverse=False)
def test_both_ways_say_the_same(
    both: Both, row_by_row: Any, data: Any, missing_is_null: bool, cut: bool, reverse: bool
) -> None:
    both.fill(*data)
    options = {
        "missing_is_null": missing_is_null, "reverse": reverse,
        "truncate": {
            name: "milliseconds"
            for name in ("at", "local")
            if cut and (not reverse or any(name in each for each in data[1]))
        },
    }
    bulk = both.checked(**options)
    if BULK in bulk.reason:  # a column whose documents are of several types may be read in a way of its own
        same(bulk, row_by_row(both.checked, **options))


@pytest.mark.parametrize("cut", [(), ("at", "local")])
def test_every_value_beside_every_other(both: Both, row_by_row: Any, cut: tuple[str, ...]) -> None:
    """One row for each value of a column and each form of each other value of it, all other columns NULL."""
    rows: list[tuple[Any, ...]] = []
    documents: list[dict[str, Any]] = []
    for at, (name, values) in enumerate(COLUMNS.items()):
        if cut and name not in cut:
            continue
        # What is no document would hide from the plan that the column's JSON is meant.
        others = [each for each in values if name != "j" or isinstance(each, dict | list)]
        for value in values:
            for other in others:
                for form in forms_of(other):
                    rows.append((len(rows), *(value if n == at else None for n in range(len(COLUMNS)))))
                    documents.append({"_id": len(documents), name: form})
    both.fill(rows, documents)
    options = {"missing_is_null": True, "truncate": dict.fromkeys(cut, "milliseconds")}
    bulk = both.checked(**options)
    assert bulk.total > (100 if cut else 5_000)
    same(bulk, row_by_row(both.checked, **options))


ORDERS = """
CREATE TABLE t (_id {key} PRIMARY KEY, customer uuid NOT NULL, total numeric(12,2), note text, tags jsonb);
INSERT INTO t SELECT {value}, md5(n::text)::uuid, n / 100.0, CASE WHEN n % 3 = 0 THEN repeat('note ', n % 20) END,
                     jsonb_build_object('n', n, 'list', jsonb_build_array('a', n % 7))
FROM generate_series(1, {n}) AS n;
"""
N = 30_000


def order(n: int, key: Any = None) -> dict[str, Any]:
    """Return the document of a row of ORDERS."""
    return {
        "_id": n if key is None else key, "customer": uuid.UUID(md5(str(n).encode()).hexdigest()),
        "total": Decimal128(Decimal(n) / 100), "note": "note " * (n % 20) if n % 3 == 0 else None,
        "tags": {"list": ["a", n % 7], "n": n},
    }  # fmt: skip


@pytest.fixture(scope="module")
def orders(postgres: PostgresServer, mongo: MongoServer) -> Both:
    found = Both(postgres, mongo, ORDERS.format(key="bigint", value="n", n=N))
    found.documents.insert_many([order(n) for n in range(1, N + 1)])
    return found


def found_in(check: DataCheck) -> list[tuple[str, str, str]]:
    return [(each.kind, each.column, each.key) for each in check.findings]


def test_equal_rows_are_not_looked_at_singly(orders: Both) -> None:
    check = orders.checked()
    assert (check.status, check.rows_old, check.rows_new) == (CheckStatus.passed, N, N)
    assert f"({BULK}; old as of WAL " in check.reason


@pytest.mark.parametrize("n", [1, 2, 3_999, 4_000, 4_001, 8_000, N - 1, N])
def test_one_fault_is_found_wherever_it_is(orders: Both, n: int) -> None:
    before = orders.documents.find_one({"_id": n})
    assert before is not None
    try:
        orders.documents.update_one({"_id": n}, {"$set": {"tags.list.1": 9}})
        check = orders.checked()
        assert found_in(check) == [("value", "tags", f"_id={n}")]
        assert f"{BULK}, 1 of them row by row" in check.reason
        orders.documents.delete_one({"_id": n})
        assert found_in(orders.checked()) == [("missing_row", "", f"_id={n}")]
        assert found_in(orders.checked(reverse=True)) == [("extra_row", "", f"_id={n}")]
    finally:
        orders.documents.replace_one({"_id": n}, before, upsert=True)


def test_a_missing_field_is_null_only_where_that_is_declared(orders: Both) -> None:
    n = 4_001
    assert order(n)["note"] is None
    orders.documents.update_one({"_id": n}, {"$unset": {"note": ""}})
    try:
        assert found_in(orders.checked()) == [("value", "note", f"_id={n}")]
        check = orders.checked(missing_is_null=True)
        assert (check.status, found_in(check)) == (CheckStatus.passed, [])
        assert f"({BULK}; " in check.reason
    finally:
        orders.documents.replace_one({"_id": n}, order(n))


@pytest.mark.parametrize("n", [0, -5, 10**12])
def test_a_document_beyond_either_end_is_found(orders: Both, n: int) -> None:
    orders.documents.insert_one({**order(7), "_id": n})
    try:
        assert found_in(orders.checked()) == [("extra_row", "", f"_id={n}")]
    finally:
        orders.documents.delete_one({"_id": n})


def test_many_missing_and_extra_rows_are_merged(orders: Both) -> None:
    gone = list(range(5_000, 9_000, 2))
    orders.documents.delete_many({"_id": {"$in": gone}})
    orders.documents.insert_many([order(n, n) for n in range(N + 1, N + 2_001)])
    try:
        check = orders.checked()
        assert set(found_in(check)) == {
            *(("missing_row", "", f"_id={n}") for n in gone),
            *(("extra_row", "", f"_id={n}") for n in range(N + 1, N + 2_001)),
        }
        assert check.total == len(gone) + 2_000
        assert (check.rows_old, check.rows_new) == (N, N)
    finally:
        orders.documents.delete_many({"_id": {"$gt": N}})
        orders.documents.insert_many([order(n) for n in gone])


def test_a_key_of_another_type_far_behind_is_left_to_the_other_way(orders: Both) -> None:
    orders.documents.insert_one({**order(7), "_id": "seven"})
    try:
        check = orders.checked()
        assert BULK not in check.reason
        assert found_in(check) == [("extra_row", "", '_id="seven"')]
    finally:
        orders.documents.delete_one({"_id": "seven"})


def test_text_keys_in_the_order_of_their_bytes(postgres: PostgresServer, mongo: MongoServer) -> None:
    table = ORDERS.format(key='text COLLATE "C"', value="'é' || n", n=9_000)
    texts = Both(postgres, mongo, table)
    texts.documents.insert_many([order(n, f"é{n}") for n in range(1, 9_000)] + [order(9, "zz")])
    check = texts.checked()
    assert BULK in check.reason
    assert found_in(check) == [("extra_row", "", '_id="zz"'), ("missing_row", "", '_id="é9000"')]


KEYED = """
CREATE TABLE t (a int, b text COLLATE "C", v int, PRIMARY KEY (a, b));
INSERT INTO t SELECT n / 10, 'b' || n % 10, n FROM generate_series(1, 5000) AS n;
"""


def test_a_key_of_two_parts_that_some_documents_share(postgres: PostgresServer, mongo: MongoServer) -> None:
    keyed = Both(postgres, mongo, KEYED)
    keyed.documents.insert_many([{"a": n // 10, "b": f"b{n % 10}", "v": n} for n in range(1, 5_001)])
    keyed.documents.insert_many([{"a": 70, "b": "b3", "v": 703}, {"a": 100, "b": "b1", "v": 0}])
    options: dict[str, Any] = {"key": ("a", "b"), "ignore": ("_id",)}
    assert BULK not in keyed.checked(**options).reason, "no index: the server would have to sort"
    keyed.documents.create_index([("a", 1), ("b", 1)])
    check = keyed.checked(**options)
    assert BULK in check.reason
    assert found_in(check) == [("extra_row", "", 'a=70, b="b3"'), ("extra_row", "", 'a=100, b="b1"')]
    keyed.documents.delete_one({"a": 70, "b": "b3", "v": 703})
    keyed.documents.delete_one({"a": 100, "b": "b1", "v": 0})
    keyed.documents.update_one({"a": 70, "b": "b3"}, {"$set": {"v": 1}})
    assert found_in(keyed.checked(**options)) == [("value", "v", 'a=70, b="b3"')]


def test_an_index_that_leaves_documents_out_does_not_serve(postgres: PostgresServer, mongo: MongoServer) -> None:
    keyed = Both(postgres, mongo, "CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t VALUES (1), (2)")
    keyed.documents.insert_many([{"id": 1}, {"id": 2}])
    options: dict[str, Any] = {"key": ("id",), "ignore": ("_id",)}
    for special in ({"sparse": True}, {"partialFilterExpression": {"id": 1}}, {"collation": {"locale": "de"}}):
        keyed.documents.create_index([("id", 1)], name="other", **special)
        assert BULK not in keyed.checked(**options).reason, special
        keyed.documents.drop_index("other")
    keyed.documents.create_index([("id", 1)])
    assert BULK in keyed.checked(**options).reason
