"""Values of SQLite that are written in two ways: which are one value, and which are two. One table for each."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.contracts.answers import answers, misjudged
from verify.stores import open_store

SAME = [
    ("", "1", "1.0"), ("INTEGER", "9007199254740993", "9007199254740993"), ("REAL", "0.0", "-0.0"),
    ("REAL", "9e999", "9e999"), ("TEXT", "char(0)", "char(0)"),
    ("TEXT", "CAST(x'ff61' AS TEXT)", "CAST(x'ff61' AS TEXT)"), ("NUMERIC", "'1.50'", "1.5"),
    ("JSON", """'{"a":1,"b":2}'""", """'{"b": 2, "a": 1}'"""), ("BLOB", "x''", "x''"), ("BOOLEAN", "1", "true"),
]  # fmt: skip
OTHER = [
    ("", "1", "'1'"), ("", "'a'", "x'61'"), ("", "x''", "NULL"), ("", "''", "NULL"), ("", "0", "NULL"),
    ("BLOB", "x'00'", "x'0000'"), ("INTEGER", "9007199254740993", "9007199254740992"),
    ("INTEGER", "9223372036854775807", "9223372036854775806"), ("", "9007199254740993", "9007199254740992.0"),
    ("REAL", "9e999", "-9e999"), ("REAL", "0.1", "0.10000000000000002"),
    ("TEXT", "'a' || char(0) || 'b'", "'a' || char(0) || 'c'"), ("TEXT", "'a' || char(0)", "'a'"),
    ("TEXT", "CAST(x'ff61' AS TEXT)", "CAST(x'fe61' AS TEXT)"), ("TEXT", "CAST(x'ff' AS TEXT)", "char(0xfffd)"),
    ("TEXT COLLATE NOCASE", "'a'", "'A'"), ("TEXT COLLATE RTRIM", "'a'", "'a '"),
    ("DATETIME", "'2026-01-01 00:00:00'", "'2026-01-01 00:00:00.000001'"),
    ("TEXT", "'2026-01-01 00:00:00'", "'2026-01-01T00:00:00'"), ("TIME", "'24:00:00'", "'00:00:00'"),
    ("JSON", "'[1,2]'", "'[2,1]'"), ("JSON", "'null'", "NULL"), ("BOOLEAN", "2", "1"),
]  # fmt: skip


def test_two_ways_of_writing(tmp_path: Path) -> None:
    cases = {f"t{n}": case for n, case in enumerate([*SAME, *OTHER])}
    for side in (1, 2):
        with closing(sqlite3.connect(tmp_path / f"{side}.db")) as db, db:
            for name, case in cases.items():
                db.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, v {case[0]})")
                db.execute(f"INSERT INTO {name} VALUES (1, NULL), (7, {case[side]})")
    checks = answers(*(open_store(f"sqlite:///{tmp_path / f'{side}.db'}") for side in (1, 2)))
    assert misjudged(checks, cases, len(SAME), "id=7") == []
