"""Values of DuckDB that are written in two ways: which are one value, and which are two. One table for each."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.contracts.answers import answers
from verify.stores import open_store

SAME = [
    ("HUGEINT", "'170141183460469231731687303715884105727'", "170141183460469231731687303715884105727"),
    ("DECIMAL(38,10)", "1.0", "1.00"), ("DOUBLE", "'NaN'", "'NaN'"), ("DOUBLE", "0.0", "-0.0"),
    ("DOUBLE[]", "[0.0]", "[-0.0]"), ("MAP(VARCHAR,INT)", "MAP {'a':1,'b':2}", "MAP {'b':2,'a':1}"),
    ("TIMESTAMPTZ", "'2026-01-01 00:00:00+00'", "'2026-01-01 02:00:00+02'"),
    ("TIMESTAMPTZ", "'infinity'", "'infinity'"), ("TIMESTAMP", "'-infinity'", "'-infinity'"),
    ("TIMESTAMPTZ[]", "['2026-01-01 00:00:00+00'::TIMESTAMPTZ]", "['2026-01-01 01:00:00+01'::TIMESTAMPTZ]"),
    ("DATE", "'infinity'", "'infinity'"), ("DATE", "'0044-03-15 (BC)'", "'0044-03-15 (BC)'"),
    ("UUID", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "'A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11'"),
    ("JSON", """'{"a":1,"b":2}'""", """'{"b":2,"a":1}'"""), ("INTERVAL[]", "[INTERVAL 1 MONTH]", "[INTERVAL 1 MONTH]"),
    ("UNION(a INT, b VARCHAR)", "1", "1"),
]  # fmt: skip
OTHER = [
    ("HUGEINT", "170141183460469231731687303715884105727", "170141183460469231731687303715884105726"),
    ("TIMESTAMP", "'infinity'", "'9999-12-31 23:59:59.999999'"), ("TIMESTAMP", "'infinity'", "'-infinity'"),
    ("TIMESTAMP_S", "'infinity'", "'9999-12-31 23:59:59'"), ("TIMESTAMP_MS", "'-infinity'", "'0001-01-01'"),
    ("TIMESTAMPTZ", "'infinity'", "NULL"), ("TIMESTAMPTZ", "'infinity'", "'-infinity'"),
    ("DATE", "'infinity'", "'9999-12-31'"), ("DATE", "'-infinity'", "'0001-01-01'"), ("DATE", "NULL", "'0001-01-01'"),
    ("TIMESTAMP_NS", "'2026-01-01 00:00:00.123456789'", "'2026-01-01 00:00:00.123456788'"),
    ("STRUCT(d TIMESTAMP_NS)", "{'d': '2026-01-01 00:00:00.123456789'}", "{'d': '2026-01-01 00:00:00.123456788'}"),
    ("INTERVAL", "INTERVAL 1 DAY", "INTERVAL 24 HOUR"), ("INTERVAL[]", "[INTERVAL 1 MONTH]", "[INTERVAL 30 DAY]"),
    ("STRUCT(i INTERVAL)", "{'i': INTERVAL 1 DAY}", "{'i': INTERVAL 24 HOUR}"),
    ("TIMESTAMPTZ[]", "['2026-01-01 00:00:00+00'::TIMESTAMPTZ]", "['2026-01-01 00:00:01+00'::TIMESTAMPTZ]"),
    ("INT[]", "[1,2]", "[2,1]"), ("INT[]", "[]", "NULL"), ("INT[]", "[NULL]", "[]"),
    ("STRUCT(a INT)", "{'a':NULL}", "NULL"), ("DOUBLE", "'NaN'", "NULL"),
    ("TIME", "'24:00:00'", "'00:00:00'"), ("TIMETZ", "'10:00:00+00'", "'11:00:00+01'"), ("BIT", "'101'", "'0101'"),
    ("BLOB", r"'\x00'::BLOB", r"'\x00\x00'::BLOB"), ("UNION(a INT, b VARCHAR)", "1", "'1'"),
    ("TIMESTAMP", "'290000-01-01'", "'290000-01-02'"), ("DATE", "'0044-03-15 (BC)'", "'0044-03-16 (BC)'"),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["duckdb", "parquet"])
def test_two_ways_of_writing(tmp_path: Path, kind: str) -> None:
    cases = {f"t{n}": case for n, case in enumerate([*SAME, *OTHER])}
    if kind == "parquet":  # what such a file cannot hold, or holds as something else
        lost = ("HUGEINT", "UNION", "BIT", "INTERVAL", "STRUCT(i", "TIMETZ", "TIME", "DATE")
        cases = {name: case for name, case in cases.items() if not case[0].startswith(lost) or "(d" in case[0]}
        cases = {name: case for name, case in cases.items() if "infinity" not in case[1]}
    urls = []
    for side in (1, 2):
        path = tmp_path / f"{side}.duckdb"
        (tmp_path / f"{side}").mkdir()
        with duckdb.connect(str(path)) as db:
            for name, case in cases.items():
                db.execute(f"CREATE TABLE {name} (id INT PRIMARY KEY, v {case[0]})")
                db.execute(f"INSERT INTO {name} VALUES (1, NULL), (7, {case[side]})")
                if kind == "parquet":
                    db.execute(f"COPY {name} TO '{tmp_path / str(side) / name}.parquet'")
        urls.append(f"duckdb:///{path}" if kind == "duckdb" else f"parquet:{tmp_path / str(side)}")
    found = {check.pair: check for check in answers(*map(open_store, urls)) if check.check == "rows"}
    assert {case: found[name].status.value for name, case in cases.items()} == {
        case: "pass" if case in SAME else "fail" for case in cases.values()
    }
