from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from shadow.errors import ConfigError
from verify.cli import verify

STORES = ("--old", "sqlite:///old.db", "--new", "sqlite:///new.db")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an old database and one that differs in two rows."""
    monkeypatch.chdir(tmp_path)
    for name in ("old", "new"):
        with sqlite3.connect(f"{name}.db") as db:
            db.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
            db.execute("CREATE TABLE loose (name TEXT)")
            db.executemany("INSERT INTO users VALUES (?, ?)", [(n, f"{name if n < 2 else 'n'} {n}") for n in range(9)])
        db.close()
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(verify, ["repair", *arguments], catch_exceptions=True)


def test_written_applied_and_checked() -> None:
    result = run(*STORES, "--out", "fix.sql", "--table", "users")
    assert (result.exit_code, result.stderr) == (0, "verifying users: rows\n")
    assert result.stdout == (
        "2 rows to update, 0 to insert, 0 to delete: fix.sql, undone by fix.undo.sql\n"
    )
    assert run(*STORES, "--check", "fix.sql").stdout == (
        "0 rows equal, 2 differ\n  differs: users: 0\n  differs: users: 1\n"
    )
    with sqlite3.connect("new.db") as db:
        db.executescript(Path("fix.sql").read_text())
    db.close()
    result = run(*STORES, "--check", "fix.sql", "--json")
    assert (result.exit_code, msgspec.json.decode(result.stdout)["equal"]) == (0, 2)


def test_what_cannot_be_repaired_is_said_and_exits_10() -> None:
    with sqlite3.connect("new.db") as db:
        db.execute("INSERT INTO loose VALUES ('x')")
    db.close()
    result = run(*STORES, "--out", "fix.sql", "--json")
    assert result.exit_code == 10
    found = msgspec.json.decode(result.stdout)
    assert (found["updates"], found["left_out"]) == (2, {"loose: it has no key": 1})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Either a repair is written or one is checked"),
        (("--out", "a", "--check", "b"), "Either a repair is written or one is checked"),
        (("--out", "old.db"), "old.db exists already"),
        (("--out", "no/such/fix.sql"), "cannot be written"),
        (("--out", "fix.sql", "--table", "nobody"), "No pair has the old table 'nobody'"),
        (("--check", "no.sql"), "cannot be read"),
        (("--check", "empty.sql"), "names no rows"),
        (("--check", "broken.sql"), "no file of shadow verify repair"),
        (("--check", "other.sql"), "is about nobody, which is not verified"),
    ],
)
def test_mistakes_are_told_with_their_remedy(arguments: tuple[str, ...], words: str) -> None:
    Path("empty.sql").write_text("SELECT 1;\n")
    Path("broken.sql").write_text("-- @row 1 {\n")
    Path("other.sql").write_text('-- @row 1 {"pair": "nobody", "key": [["integer", "1"]]}\n')
    result = run(*STORES, *arguments)
    assert isinstance(result.exception, ConfigError)
    assert words in str(result.exception)
    assert result.exception.args


def test_files_cannot_be_repaired() -> None:
    Path("new").mkdir()
    Path("new/users.csv").write_text("id,name\n1,a\n")
    result = run("--old", "sqlite:///old.db", "--new", "csv:new", "--out", "fix.sql")
    assert isinstance(result.exception, ConfigError)
    assert "cannot be repaired" in str(result.exception)
