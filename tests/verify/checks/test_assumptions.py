"""Declared transforms, tolerances and filters on real servers: what they let pass, what is found, what is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import Decimal128

from bench.verify.mongod import MongoServer
from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair
from shadow.records import CheckStatus
from tests.verify.verified import verified
from verify.checks.assumptions import CANNOT_SEE

OLD = """
CREATE TABLE orders (id int PRIMARY KEY, status int, cents bigint, email text, placed timestamp, ext text, score float8,
                     seen timestamptz, draft boolean NOT NULL);
INSERT INTO orders SELECT n, 1 + n % 2, n * 101, ' A' || n || '@x.org ',
  '2026-07-01 12:00'::timestamp + n * interval '1 s', '00000000-0000-4000-8000-' || lpad(n::text, 12, '0'),
  n / 3.0, '2026-07-01 12:00+00', n % 10 = 0
FROM generate_series(1, 3000) n;
"""
NEW = """
CREATE TABLE orders (id int PRIMARY KEY, status text, cents numeric(12,2), email text, placed timestamptz, ext uuid,
                     score float8, seen timestamptz, draft boolean NOT NULL);
INSERT INTO orders SELECT n, CASE n % 2 WHEN 0 THEN 'open' ELSE 'paid' END, n * 1.01, 'a' || n || '@x.org',
  '2026-07-01 10:00+00'::timestamptz + n * interval '1 s', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
  n / 3.0 + 0.0005, '2026-07-01 12:00:01.5+00', false
FROM generate_series(1, 3000) n WHERE n % 10 > 0;
"""
PAIR = TablePair(
    old="orders",
    old_where="NOT draft -- these did not move",
    map={"status": {"1": "open", "2": "paid"}},
    transform={"cents": ("scale:-2",), "email": ("trim", "lower"), "placed": ("zone:Europe/Berlin",)},
    new_transform={"ext": ("text",)},
    tolerance={"score": 0.001, "seen": 2.0},
)


@pytest.fixture
def urls(postgres: PostgresServer) -> tuple[str, str]:
    found = []
    for sql in (OLD, NEW):
        name = postgres.new_database()
        postgres.execute(name, sql)
        found.append(postgres.url(name))
    return found[0], found[1]


def test_what_is_declared_passes_and_is_told(urls: tuple[str, str]) -> None:
    checks = verified(*urls, PAIR)
    for name in ("rows", "counts", "self_proof", "assumptions"):
        assert checks[name].status is CheckStatus.passed, checks[name].reason
    assert (checks["rows"].rows_old, checks["rows"].rows_new) == (2700, 2700)
    assert "column_type" not in {finding.kind for finding in checks["schema"].findings}
    reason = checks["assumptions"].reason
    for words in (
        "not proved exactly", "300 old rows that are not (NOT draft -- these did not move)", "status 2 values mapped",
        "email transformed (trim, lower)", "ext on the new side transformed (text)",
        "score equal within 0.001, compared by value",
    ):  # fmt: skip
        assert words in reason
    assert CANNOT_SEE == "whether a declaration is right."


FAULTS = [
    ("status", "status = '1'", 7),
    ("cents", "cents = cents + 0.01", 2999),
    ("email", "email = upper(email)", 1),
    ("placed", "placed = placed + interval '1 hour'", 33),
    ("ext", "ext = '00000000-0000-4000-8000-000000000000'", 51),
    ("score", "score = score + 0.0006", 1234),
    ("seen", "seen = seen - interval '4 s'", 1235),
    ("score", "score = NULL", 5),
]


def test_each_fault_beside_the_declarations_is_found(postgres: PostgresServer, urls: tuple[str, str]) -> None:
    changes = [f"UPDATE orders SET {change} WHERE id = {key}" for _, change, key in FAULTS]
    postgres.execute(urls[1].rpartition("/")[2], ";".join(changes))
    check = verified(*urls, PAIR)["rows"]
    found = {(finding.key, finding.column) for finding in check.findings}
    assert found == {(f"id={key}", column) for column, _, key in FAULTS}
    assert check.total == len(FAULTS)


def test_without_declarations_all_of_it_differs(urls: tuple[str, str]) -> None:
    checks = verified(*urls)
    assert checks["rows"].status is CheckStatus.fail
    assert "assumptions" not in checks


def test_a_filter_inside_the_digests_of_two_servers(postgres: PostgresServer, urls: tuple[str, str]) -> None:
    both = urls[0], postgres.url(postgres.new_database())
    name = both[1].rpartition("/")[2]
    postgres.execute(name, OLD)
    postgres.execute(name, "DELETE FROM orders WHERE draft; UPDATE orders SET score = 0 WHERE id = 17")
    checks = verified(*both, TablePair(old="orders", where="NOT draft OR false"))
    assert [(finding.key, finding.column) for finding in checks["rows"].findings] == [("id=17", "score")]
    assert "digest in the database" in checks["rows"].reason
    assert (checks["counts"].status, checks["counts"].rows_old) == (CheckStatus.passed, 2700)


def test_filters_and_tolerances_from_postgres_to_mongo(
    postgres: PostgresServer, mongo: MongoServer, urls: tuple[str, str]
) -> None:
    database = mongo.new_database()
    rows = postgres.fetch(urls[0].rpartition("/")[2], "SELECT id, cents, placed, score, ext FROM orders")
    documents: list[dict[str, Any]] = [
        {
            "_id": row["ext"], "id": row["id"], "cents": Decimal128(f"{row['cents'] / 100:.2f}"),
            "placed": row["placed"].timestamp() if isinstance(row["placed"], datetime) else None,
            "score": row["score"] * 1.0000001, "kind": "order",
        }
        for row in rows
    ]  # fmt: skip
    documents[99]["score"] += 1
    collection = mongo.client[database]["orders"]
    collection.insert_many([*documents, {"_id": "other", "id": 1, "kind": "quote"}])
    pair = TablePair(
        old="orders", key=("ext",), rename={"ext": "_id"}, columns=("ext", "id", "cents", "score"),
        new_where='{"kind": "order"}', transform={"cents": ("scale:-2",)}, relative_tolerance={"score": 0.00001},
    )  # fmt: skip
    checks = verified(urls[0], mongo.url(database), pair)
    assert [(one.column, one.key) for one in checks["rows"].findings] == [
        ("score", 'ext="00000000-0000-4000-8000-000000000100"')
    ]
    assert checks["counts"].status is CheckStatus.passed
    assert '1 new rows that are not ({"kind": "order"})' in checks["assumptions"].reason


def test_a_filter_on_raw_documents(mongo: MongoServer) -> None:
    names = [mongo.new_database() for _ in range(2)]
    for side, name in enumerate(names):
        documents = [{"_id": n, "kind": "order" if n % 3 else "quote", "v": n if n % 3 else side} for n in range(900)]
        documents[100]["v"] = side
        mongo.client[name]["t"].insert_many(documents[: 900 - side])
    checks = verified(*map(mongo.url, names), TablePair(old="t", where='{"kind": "order"}'))
    found = [(one.kind, one.key) for one in checks["rows"].findings]
    assert found == [("value", "_id=100"), ("missing_row", "_id=899")]
    assert "raw documents byte for byte" in checks["rows"].reason
    assert (checks["counts"].rows_old, checks["counts"].rows_new) == (600, 599)
    assert "300 old rows" in checks["assumptions"].reason
    assert "300 new rows" in checks["assumptions"].reason


def test_a_filter_where_no_index_serves_the_key(postgres: PostgresServer) -> None:
    urls = []
    for side in range(2):
        name = postgres.new_database()
        postgres.execute(
            name,
            "CREATE TABLE t (a text, v int);"
            f"INSERT INTO t SELECT 'k' || n, CASE WHEN n % 2 = 0 OR n = 77 THEN {side} ELSE n END"
            " FROM generate_series(1, 2000) n",
        )
        urls.append(postgres.url(name))
    for key in (("a",), ()):
        checks = verified(urls[0], urls[1], TablePair(old="t", key=key, where="substr(a, 2)::int % 2 = 1"))
        assert checks["rows"].total == (1 if key else 2), checks["rows"].reason
        assert "one scan" in checks["rows"].reason
        assert checks["counts"].rows_old == 1000


def test_a_condition_that_the_server_does_not_take_is_an_error(urls: tuple[str, str]) -> None:
    checks = verified(*urls, TablePair(old="orders", where="no_such_column = 1"))
    assert checks["rows"].status is checks["counts"].status is CheckStatus.error
    assert "no_such_column" in checks["rows"].reason
