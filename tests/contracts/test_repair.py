"""Repairs on real engines: written, applied by the engine's own driver, checked, and undone; nasty values too."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import pytest

from bench.verify.servers import PostgresServer
from shadow.config.model import TablePair, Verify
from shadow.errors import ConfigError
from shadow.records import DataCheck
from verify.repair.job import Checked, Written, check_repair, write_repair
from verify.running.job import run_verification

Applied = list[tuple[int, int]]
NASTY = ["\t\x01\x7f", "it's \\ \"q\"", "line\n-- 1: x\r\n/* ; */ $$", "🙂é", "", "\\x00'; DROP TABLE t; --",
         "x" * 1_000_000]  # fmt: skip


class Sides:
    """Two databases of one engine, and the ways to use them."""

    def __init__(self, old: str, new: str, execute: Callable[[str, str], Applied]) -> None:
        self.old, self.new, self._execute = old, new, execute

    def both(self, sql: str) -> None:
        """Run statements on both sides."""
        for url in (self.old, self.new):
            self._execute(url, sql)

    def on_old(self, sql: str) -> None:
        self._execute(self.old, sql)

    def on_new(self, sql: str) -> None:
        self._execute(self.new, sql)

    def apply(self, path: Path, url: str = "") -> Applied:
        """Run a repair file; return the number of each statement with how many rows it changed."""
        return self._execute(url or self.new, path.read_bytes().decode())


def on_sqlite(url: str, sql: str) -> Applied:
    db = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    try:
        db.executescript(sql)
        return db.execute("SELECT * FROM shadow_repair").fetchall() if "shadow_repair" in sql else []
    finally:
        db.close()


def on_duckdb(url: str, sql: str) -> Applied:
    with duckdb.connect(url.removeprefix("duckdb:///")) as db:
        db.execute(sql)
        return db.execute("SELECT * FROM shadow_repair").fetchall() if "shadow_repair" in sql else []


def on_postgres(url: str, sql: str) -> Applied:
    async def run() -> Applied:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(sql)
            if "shadow_repair" not in sql:
                return []
            return [tuple(row) for row in await connection.fetch("SELECT * FROM shadow_repair")]
        finally:
            await connection.close()

    return asyncio.run(run())


TYPES = {
    "sqlite": "id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE, b REAL, c BLOB, d DATETIME, e, f DECIMAL",
    "duckdb": "id BIGINT PRIMARY KEY, a VARCHAR, b DOUBLE, c BLOB, d TIMESTAMP WITH TIME ZONE, e INTERVAL,"
    " f DECIMAL(30,6)",
    "postgresql": "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text, b float8, c bytea, d timestamptz,"
    " e interval, f numeric, g jsonb, h json, i int[], j text[], k char(5), l real, m date, n uuid, o timestamp,"
    " p inet, q int4range, s boolean, t time, u money, v xml, w point",
}


@pytest.fixture(params=list(TYPES))
def sides(request: pytest.FixtureRequest, tmp_path: Path) -> Sides:
    """Both sides on each engine, with the same table t."""
    kind = request.param
    if kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        made = Sides(server.url(server.new_database()), server.url(server.new_database()), on_postgres)
    else:
        run = on_sqlite if kind == "sqlite" else on_duckdb
        made = Sides(f"{kind}:///{tmp_path}/old.db", f"{kind}:///{tmp_path}/new.db", run)
    made.both(f"CREATE TABLE t ({TYPES[kind]});")
    return made


def settings(sides: Sides, **more: Any) -> Verify:
    return Verify(old=sides.old, new=sides.new, settle_s=0, tables=(TablePair(old="t", **more),))


def rows_of(sides: Sides, **more: Any) -> DataCheck:
    return next(check for check in run_verification(settings(sides, **more)) if check.check == "rows")


def repaired(sides: Sides, folder: Path, side: Any = "new", most: int = 1000, **more: Any) -> Written:
    out = folder / "fix.sql"
    return asyncio.run(write_repair(settings(sides, **more), side, (), out, folder / "fix.undo.sql", most))


def checked(sides: Sides, path: Path) -> Checked:
    return asyncio.run(check_repair(settings(sides), path))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def texts(sides: Sides, values: Sequence[str], first: int = 1) -> str:
    override = " OVERRIDING SYSTEM VALUE" if sides.old.startswith("postgresql") else ""
    rows = ", ".join(f"({at}, {quoted(value)})" for at, value in enumerate(values, first))
    return f"INSERT INTO t (id, a){override} VALUES {rows};"


def test_what_differs_is_repaired_checked_and_undone(sides: Sides, tmp_path: Path) -> None:
    sides.both(texts(sides, [f"name {n}" for n in range(1, 2001)]))
    sides.on_new("UPDATE t SET a = 'NAME 7' WHERE id = 7; UPDATE t SET b = 1.5 WHERE id IN (8, 9);")
    sides.on_new("DELETE FROM t WHERE id = 10;")
    sides.on_new(texts(sides, NASTY, 5000))
    before = rows_of(sides)
    written = repaired(sides, tmp_path)
    assert (written.updates, written.inserts, written.deletes, written.left_out) == (3, 1, len(NASTY), {})
    out, undo = tmp_path / "fix.sql", tmp_path / "fix.undo.sql"
    assert {stat.S_IMODE(path.stat().st_mode) for path in (out, undo)} == {0o600}
    assert checked(sides, out).differ == 4 + len(NASTY)
    assert rows_of(sides).total == before.total, "nothing was changed by writing"
    assert sorted(sides.apply(out)) == [(at, 1) for at in range(1, 5 + len(NASTY))]
    assert (checked(sides, out).equal, checked(sides, out).differ) == (4 + len(NASTY), 0)
    assert rows_of(sides).total == 0
    assert sorted(sides.apply(undo)) == [(at, 1) for at in range(1, 5 + len(NASTY))]
    after = rows_of(sides)
    assert after.total == before.total
    assert sorted(map(repr, after.findings)) == sorted(map(repr, before.findings))


def test_nasty_text_is_written_as_it_is(sides: Sides, tmp_path: Path) -> None:
    sides.on_old(texts(sides, NASTY))
    sides.on_new(texts(sides, ["?"] * (len(NASTY) - 1)))
    assert rows_of(sides).total == len(NASTY)
    written = repaired(sides, tmp_path)
    assert (written.updates, written.inserts) == (len(NASTY) - 1, 1)
    assert {n for _, n in sides.apply(tmp_path / "fix.sql")} == {1}
    assert rows_of(sides).total == 0
    sides.apply(tmp_path / "fix.undo.sql")
    assert rows_of(sides).total == len(NASTY)


def test_a_row_that_changed_meanwhile_is_left_alone_and_told(sides: Sides, tmp_path: Path) -> None:
    sides.on_old(texts(sides, ["a", "b", "c", "d"]))
    sides.on_new(texts(sides, ["A", "B", "C"]))
    repaired(sides, tmp_path)
    # SQLite's column does not tell a from A, the file does.
    sides.on_new("UPDATE t SET a = 'a!' WHERE id = 1; UPDATE t SET a = 'b' WHERE id = 2;" + texts(sides, ["D"], 4))
    assert sorted(n for _, n in sides.apply(tmp_path / "fix.sql")) == [0, 0, 0, 1]
    found = checked(sides, tmp_path / "fix.sql")
    assert (found.equal, found.differ) == (2, 2)
    assert found.examples == ("t: 1", "t: 4")


def test_the_other_side_and_what_was_not_compared(sides: Sides, tmp_path: Path) -> None:
    sides.both(texts(sides, ["a", "b"]))
    sides.on_old("UPDATE t SET b = 7 WHERE id = 1; UPDATE t SET a = 'z', b = 9 WHERE id = 2;" + texts(sides, ["x"], 3))
    sides.on_old("UPDATE t SET b = 3 WHERE id = 3;")
    written = repaired(sides, tmp_path, "old", ignore=("b",))
    assert (written.updates, written.deletes, written.inserts) == (1, 1, 0)
    sides.apply(tmp_path / "fix.sql", sides.old)
    assert rows_of(sides, ignore=("b",)).total == 0
    assert rows_of(sides).total == 2, "columns that are left out are left as they are"
    sides.apply(tmp_path / "fix.undo.sql", sides.old)
    check = rows_of(sides, ignore=("a",))
    assert sorted((finding.kind, finding.key) for finding in check.findings) == [
        ("missing_row", "id=3"), ("value", "id=1"), ("value", "id=2"),
    ]  # fmt: skip
    assert next(finding.old for finding in check.findings if finding.kind == "missing_row").startswith("id=3, b=3.0")  # type: ignore[union-attr]


def test_nothing_to_repair_writes_no_file_and_too_much_is_refused(sides: Sides, tmp_path: Path) -> None:
    sides.both(texts(sides, ["a", "b"]))
    assert repaired(sides, tmp_path) == Written()
    assert list(tmp_path.glob("fix*")) == []
    sides.on_new("DELETE FROM t;")
    with pytest.raises(ConfigError, match="More than 1 rows differ"):
        repaired(sides, tmp_path, most=1)


def test_special_values_of_postgresql(postgres: PostgresServer, tmp_path: Path) -> None:
    made = Sides(postgres.url(postgres.new_database()), postgres.url(postgres.new_database()), on_postgres)
    made.both(f"CREATE TYPE mood AS ENUM ('fine', 'it''s'); CREATE TABLE t ({TYPES['postgresql']}, z mood,"
              " r text GENERATED ALWAYS AS (upper(a)) STORED);")  # fmt: skip
    digits = "1" * 900 + "." + "7" * 90
    values = [
        ("b", "'NaN'"), ("b", "'-Infinity'"), ("b", "1e-300"), ("b", "-0.0"), ("c", r"'\x00ff27'"),
        ("d", "'infinity'"), ("d", "'0044-03-15 10:00:00.123456 BC'"), ("d", "'0001-01-01'"),
        ("d", "'9999-12-31 23:59:59.999999'"), ("d", "'290000-01-01'"), ("e", "'1 mon -3 days 00:00:00.000001'"),
        ("f", digits), ("f", "'NaN'"), ("f", "1.500"),
        ("g", """'{"a": [1, 2.50, null], "b": "it''s \\\\"}'"""), ("g", "'null'"), ("h", "'{\"b\":1,  \"a\":2}'"),
        ("i", "'{1,NULL,3}'"), ("i", "'{{1,2},{3,4}}'"), ("j", """'{"a\\"b","c\\\\d",NULL,"NULL","",it''s}'"""),
        ("k", "'ab'"), ("l", "0.1"), ("m", "'0044-03-15 BC'"), ("m", "'infinity'"), ("n", "gen_random_uuid()"),
        ("o", "'2026-01-01 10:00:00.000001'"), ("o", "'-infinity'"), ("p", "'10.0.0.1/8'"), ("q", "'[1,5)'"),
        ("s", "true"), ("t", "'23:59:59.999999'"), ("v", "'<a>it''s</a>'"), ("w", "'(1.5,2)'"), ("z", "'it''s'"),
    ]  # fmt: skip
    for at, (column, value) in enumerate(values, 1):
        made.on_old(f"INSERT INTO t (id, {column}) OVERRIDING SYSTEM VALUE VALUES ({at}, {value})")
        if at % 2:
            made.on_new(f"INSERT INTO t (id, a) OVERRIDING SYSTEM VALUE VALUES ({at}, 'x')")
    assert {finding.kind for finding in rows_of(made).findings} == {"value", "missing_row"}
    written = repaired(made, tmp_path)
    # A generated column cannot be written, and follows by itself.
    assert written.updates + written.inserts == len(values)
    assert {n for _, n in made.apply(tmp_path / "fix.sql")} == {1}
    check = rows_of(made)
    assert [(finding.key, finding.column, finding.old, finding.new) for finding in check.findings] == []
    assert {n for _, n in made.apply(tmp_path / "fix.undo.sql")} == {1}
    assert rows_of(made).total >= len(values)


ACROSS = [("postgresql", "sqlite"), ("sqlite", "postgresql"), ("duckdb", "sqlite")]


@pytest.mark.parametrize("pair", ACROSS, ids="-".join)
def test_between_engines(postgres: PostgresServer, tmp_path: Path, pair: tuple[str, str]) -> None:
    run = {"postgresql": on_postgres, "sqlite": on_sqlite, "duckdb": on_duckdb}
    types = {
        "postgresql": "id bigint PRIMARY KEY, a text, d timestamptz, n uuid, s boolean, f numeric(30,6), m date,"
        " c bytea",
        "sqlite": "id INTEGER PRIMARY KEY, a TEXT, d DATETIME, n UUID, s BOOLEAN, f DECIMAL, m DATE, c BLOB",
        "duckdb": "id BIGINT PRIMARY KEY, a VARCHAR, d TIMESTAMP, n UUID, s BOOLEAN, f DECIMAL(30,6), m DATE, c BLOB",
    }
    urls = [postgres.url(postgres.new_database()) if kind == "postgresql" else f"{kind}:///{tmp_path}/{at}.db"
            for at, kind in enumerate(pair)]  # fmt: skip
    for kind, url in zip(pair, urls, strict=True):
        run[kind](url, f"CREATE TABLE t ({types[kind]});")
    some = "'it''s', '2026-01-31 10:00:00.123456', '12345678-1234-5678-1234-567812345678', '1', 12.5, '2026-02-28'"
    blob = {"postgresql": r"'\x00ff'", "sqlite": "X'00ff'", "duckdb": "from_hex('00ff')"}
    for kind, url, rows in ((pair[0], urls[0], (1, 2)), (pair[1], urls[1], (2, 3))):
        for at in rows:
            run[kind](url, f"INSERT INTO t VALUES ({at}, {some}, {blob[kind]});")
    run[pair[1]](urls[1], "UPDATE t SET a = 'other', d = NULL, s = NULL WHERE id = 2;")
    made = Sides(urls[0], urls[1], run[pair[1]])
    before = rows_of(made)
    assert before.total == 5
    written = repaired(made, tmp_path)
    assert (written.updates, written.inserts, written.deletes, written.left_out) == (1, 1, 1, {})
    assert sorted(n for _, n in made.apply(tmp_path / "fix.sql")) == [1, 1, 1]
    assert rows_of(made).findings == ()
    assert sorted(n for _, n in made.apply(tmp_path / "fix.undo.sql")) == [1, 1, 1]
    assert rows_of(made).findings == before.findings


def test_psql_runs_the_file_and_shows_what_was_left_alone(postgres: PostgresServer, tmp_path: Path) -> None:
    psql = next((path for path in (postgres.programs / "psql", Path("/usr/bin/psql")) if path.exists()), None)
    if psql is None:
        pytest.skip("no psql: install postgresql-client (Debian)")
    made = Sides(postgres.url(postgres.new_database()), postgres.url(postgres.new_database()), on_postgres)
    made.both("CREATE TABLE t (id int PRIMARY KEY, a text)")
    made.on_old(texts(made, NASTY).replace(" OVERRIDING SYSTEM VALUE", ""))
    made.on_new("INSERT INTO t VALUES (1, ':x :''x'' $1 \\! ls'), (2, 'seen')")
    repaired(made, tmp_path)
    made.on_new("UPDATE t SET a = 'meanwhile' WHERE id = 2")
    command = [str(psql), "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "-f", str(tmp_path / "fix.sql"), made.new]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split()[-14:] == [
        "rows", "|", "changed", "------+---------", str(len(NASTY)), "|", str(len(NASTY) - 1), "(1", "row)",
        "left_alone", "------------", "2", "(1", "row)",
    ]  # fmt: skip
    assert [finding.key for finding in rows_of(made).findings] == ["id=2"]


def test_a_key_that_is_not_unique_breaks_the_transaction(tmp_path: Path) -> None:
    made = Sides(f"sqlite:///{tmp_path}/old.db", f"sqlite:///{tmp_path}/new.db", on_sqlite)
    made.both("CREATE TABLE t (id INTEGER, a TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b');")
    made.on_new("UPDATE t SET a = upper(a)")
    asyncio.run(write_repair(settings(made, key=("id",)), "new", (), tmp_path / "fix.sql", tmp_path / "u.sql", 100))
    made.on_new("INSERT INTO t VALUES (2, 'B')")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        made.apply(tmp_path / "fix.sql")
    assert rows_of(made, key=("id",)).total == 3, "nothing of the transaction is left"
