"""Repairs of tables that refer to one another: the file runs as it is, whatever the order of the tables' names, the
sides are equal afterwards, and the undo restores what was there."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import pytest

from bench.verify.servers import PostgresServer
from shadow.config.model import Verify
from verify.repair.job import Written, check_repair, write_repair
from verify.running.job import run_verification, worst_of

Run = Callable[[str, str], list[tuple[Any, ...]]]


def on_sqlite(url: str, sql: str) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    try:
        db.execute("PRAGMA foreign_keys = ON")
        if sql.startswith("SELECT"):
            return db.execute(sql).fetchall()
        db.executescript(sql)
        return []
    finally:
        db.close()


def on_duckdb(url: str, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(url.removeprefix("duckdb:///")) as db:
        return db.execute(sql).fetchall()


def on_postgres(url: str, sql: str) -> list[tuple[Any, ...]]:
    async def run() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url)
        try:
            if sql.startswith("SELECT"):
                return [tuple(row) for row in await connection.fetch(sql)]
            await connection.execute(sql)
            return []
        finally:
            await connection.close()

    return asyncio.run(run())


ENGINES: dict[str, Run] = {"postgresql": on_postgres, "sqlite": on_sqlite, "duckdb": on_duckdb}


class Sides:
    """Two databases of one engine."""

    def __init__(self, old: str, new: str, run: Run, folder: Path) -> None:
        self.old, self.new, self.run = old, new, run
        self.out, self.undo = folder / "fix.sql", folder / "fix.undo.sql"
        self.settings = Verify(old=old, new=new, settle_s=0)

    def repaired(self) -> Written:
        return asyncio.run(write_repair(self.settings, "new", (), self.out, self.undo, 100_000))

    def holds(self, *tables: str) -> list[list[tuple[Any, ...]]]:
        return [self.run(self.new, f"SELECT * FROM {table} ORDER BY id") for table in tables]

    def are_equal(self) -> bool:
        return worst_of(run_verification(self.settings)) == "pass"


def sides_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> Sides:
    if kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        urls = [server.url(server.new_database()) for _ in range(2)]
    else:
        urls = [f"{kind}:///{folder}/{name}.db" for name in ("old", "new")]
    return Sides(urls[0], urls[1], ENGINES[kind], folder)


# By name children come before their parents.
FAMILY = """
CREATE TABLE person (id INTEGER PRIMARY KEY, mail VARCHAR(20) UNIQUE, boss INTEGER REFERENCES person (id));
CREATE TABLE bill (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES person (id), total INTEGER);
CREATE TABLE articles (id INTEGER PRIMARY KEY, bill INTEGER NOT NULL REFERENCES bill (id), sku VARCHAR(20));
INSERT INTO person VALUES (1, 'a', NULL); INSERT INTO person VALUES (2, 'b', 1); INSERT INTO person VALUES (3, 'c', 2);
INSERT INTO bill VALUES (1, 1, 5), (2, 2, 6), (3, 3, 7);
INSERT INTO articles VALUES (1, 1, 'x'), (2, 2, 'y');
"""
OLD = """
INSERT INTO person VALUES (52, 'f', 3); INSERT INTO person VALUES (51, 'e', 52);
INSERT INTO person VALUES (50, 'd', 51);
INSERT INTO bill VALUES (70, 50, 9), (71, 2, 9);
INSERT INTO articles VALUES (80, 70, 'z'), (81, 71, 'z');
UPDATE bill SET total = 8 WHERE id = 1;
"""
NEW = """
INSERT INTO person VALUES (40, 'g', NULL); INSERT INTO person VALUES (41, 'h', 40);
INSERT INTO person VALUES (42, 'i', 41);
INSERT INTO bill VALUES (60, 42, 9), (61, 1, 9);
INSERT INTO articles VALUES (90, 60, 'w'), (91, 61, 'w'), (92, 1, 'w');
"""
TABLES = ("person", "bill", "articles")


@pytest.mark.parametrize("kind", ENGINES)
def test_parents_come_before_children_and_go_after_them(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    sides = sides_of(kind, request, tmp_path)
    for url, more in ((sides.old, OLD), (sides.new, NEW)):
        sides.run(url, FAMILY)
        sides.run(url, more)
    before = sides.holds(*TABLES)
    written = sides.repaired()
    assert (written.deletes, written.updates, written.inserts, written.left_out) == (8, 1, 7, {})
    sides.run(sides.new, sides.out.read_text())
    assert sides.are_equal()
    checked = asyncio.run(check_repair(sides.settings, sides.out))
    assert (checked.equal, checked.differ) == (16, 0)
    sides.run(sides.new, sides.undo.read_text())
    assert sides.holds(*TABLES) == before


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_a_row_lets_go_of_a_parent_before_that_goes(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The parent is to be deleted, its child is to refer to one that is to be inserted."""
    sides = sides_of(kind, request, tmp_path)
    for url in (sides.old, sides.new):
        sides.run(url, FAMILY)
    sides.run(sides.old, "INSERT INTO person VALUES (50, 'd', 1); UPDATE bill SET person = 50 WHERE id IN (1, 2);")
    sides.run(sides.new, "INSERT INTO person VALUES (40, 'g', 3); UPDATE bill SET person = 40 WHERE id = 1;")
    sides.run(sides.new, "UPDATE person SET boss = 40 WHERE id = 2;")
    before = sides.holds(*TABLES)
    written = sides.repaired()
    assert (written.deletes, written.updates, written.inserts) == (1, 3, 1)
    sides.run(sides.new, sides.out.read_text())
    assert sides.are_equal()
    sides.run(sides.new, sides.undo.read_text())
    assert sides.holds(*TABLES) == before


RENUMBERED = (
    "INSERT INTO person VALUES (50, 'same', 1); UPDATE bill SET person = 50 WHERE id = 1;",
    "INSERT INTO person VALUES (40, 'same', 1); UPDATE bill SET person = 40 WHERE id = 1;",
)
CIRCLE = """
CREATE TABLE team (id INTEGER PRIMARY KEY, captain INTEGER NOT NULL);
CREATE TABLE player (id INTEGER PRIMARY KEY, team INTEGER NOT NULL REFERENCES team (id) {word});
ALTER TABLE team ADD CONSTRAINT of_team FOREIGN KEY (captain) REFERENCES player (id) {word};
"""
SQLITE_CIRCLE = """
CREATE TABLE team (id INTEGER PRIMARY KEY, captain INTEGER NOT NULL REFERENCES player (id));
CREATE TABLE player (id INTEGER PRIMARY KEY, team INTEGER NOT NULL REFERENCES team (id));
"""
IN_CIRCLES = "INSERT INTO team VALUES (1, 10), (2, 20); INSERT INTO player VALUES (10, 1), (20, 2), (21, 2);"


def circle(kind: str, word: str, sides: Sides) -> None:
    ddl = CIRCLE.format(word=word) if kind == "postgresql" else SQLITE_CIRCLE
    begin = "BEGIN; SET CONSTRAINTS ALL DEFERRED;" if kind == "postgresql" else "BEGIN; PRAGMA defer_foreign_keys = ON;"
    for url in (sides.old, sides.new):
        sides.run(url, ddl)
    if word or kind == "sqlite":
        sides.run(sides.old, f"{begin} {IN_CIRCLES} COMMIT;")
    else:
        sides.run(sides.old, f"SET session_replication_role = replica; {IN_CIRCLES}")


@pytest.mark.parametrize(("kind", "word"), [("postgresql", "DEFERRABLE"), ("sqlite", "")])
def test_rows_in_a_circle_are_checked_when_all_are_there(
    kind: str, word: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    sides = sides_of(kind, request, tmp_path)
    circle(kind, word, sides)
    assert sides.repaired().inserts == 5
    text = sides.out.read_text()
    assert text.count("depend on one another in a circle: ") == 2, "one circle for each team"
    assert ("SET CONSTRAINTS ALL DEFERRED;" if kind == "postgresql" else "PRAGMA defer_foreign_keys = ON;") in text
    assert "DEFERRABLE;" not in text
    sides.run(sides.new, text)
    assert sides.are_equal()
    sides.run(sides.new, sides.undo.read_text())
    assert sides.holds("team", "player") == [[], []]


def test_a_circle_that_is_checked_at_once_is_told(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    sides = sides_of("postgresql", request, tmp_path)
    circle("postgresql", "", sides)
    sides.repaired()
    text = sides.out.read_text()
    remedies = {line.removeprefix("--").strip() for line in text.splitlines() if line.endswith(" DEFERRABLE;")}
    assert len(remedies) == 2
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        sides.run(sides.new, text)
    assert sides.holds("team", "player") == [[], []], "the transaction is taken back"
    for remedy in remedies:
        sides.run(sides.new, remedy)
    sides.run(sides.new, text)
    assert sides.holds("team", "player") == [[(1, 10), (2, 20)], [(10, 1), (20, 2), (21, 2)]]


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_a_row_that_changed_its_number_gives_its_name_free_first(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The old number may go only when no bill refers to it, the new one come only when the mail is free: a circle."""
    sides = sides_of(kind, request, tmp_path)
    for url, more in zip((sides.old, sides.new), RENUMBERED, strict=True):
        sides.run(url, FAMILY.replace("person (id),", "person (id) DEFERRABLE,"))
        sides.run(url, more)
    before = sides.holds(*TABLES)
    sides.repaired()
    sides.run(sides.new, sides.out.read_text())
    assert sides.are_equal()
    sides.run(sides.new, sides.undo.read_text())
    assert sides.holds(*TABLES) == before


def test_more_rows_than_a_transaction_holds(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A chain of references of more rows than one transaction, found in the wrong order."""
    sides = sides_of("sqlite", request, tmp_path)
    for url in (sides.old, sides.new):
        sides.run(url, FAMILY)
    n = 1200
    chain = ", ".join(f"({100 + at}, 'm{at}', {101 + at if at < n - 1 else 1})" for at in reversed(range(n)))
    sides.run(sides.old, f"INSERT INTO person VALUES {chain};")
    assert sides.repaired().inserts == n
    sides.run(sides.new, sides.out.read_text())
    assert sides.are_equal()
    sides.run(sides.new, sides.undo.read_text())
    assert len(sides.holds("person")[0]) == 3
