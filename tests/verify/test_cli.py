from __future__ import annotations

import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from shadow.errors import ConfigError, ShadowError, StoreError
from shadow.ledger.reader import read_evidence
from shadow.records import CheckStatus, DataCheck, DataFinding
from verify.cli import verify
from verify.options import EXIT_CODES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an old database, an equal one and a different one."""
    monkeypatch.chdir(tmp_path)
    for name in ("old", "same", "new"):
        db = sqlite3.connect(f"{name}.db")
        db.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, mail TEXT, password TEXT)")
        db.executemany("INSERT INTO users VALUES (?, ?, ?)", [(n, f"u{n}@example.org", f"pw{n}") for n in range(20)])
        if name == "new":
            db.execute("DELETE FROM users WHERE id = 3")
            db.execute("UPDATE users SET mail = upper(mail) WHERE id = 5")
            db.execute("UPDATE users SET password = 'changed' WHERE id = 6")
        db.commit()
        db.close()
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(verify, ["run", *arguments])


OLD = ("--old", "sqlite:///old.db")
CONFIG = """
primary: {url: "http://127.0.0.1:1"}
candidate: {url: "http://127.0.0.1:2"}
ledger: {path: out/ledger.db}
verify: {old: "sqlite:///old.db", new: "sqlite:///new.db", tables: [{old: users, ignore: [password]}]}
"""


def test_equal_stores_exit_0(folder: Path) -> None:
    result = run(*OLD, "--new", "sqlite:///same.db")
    assert result.exit_code == 0
    assert "pass         users: rows: 20 rows, 3 columns compared\n" in result.stdout
    assert sorted(os.listdir(folder)) == ["new.db", "old.db", "same.db"]


def test_differences_exit_10_and_are_named(folder: Path) -> None:
    result = run(*OLD, "--new", "sqlite:///new.db")
    assert result.exit_code == 10
    assert "missing row id=3" in result.stdout
    assert "(case)" in result.stdout
    assert "verifying users: rows" in result.stderr


def test_nothing_to_verify_exits_12(folder: Path) -> None:
    assert run("--old", "memory:a", "--new", "memory:b").exit_code == 12


def test_every_status_has_an_exit_code() -> None:
    assert {status.value: code for status, code in EXIT_CODES.items()} == {
        "error": 12,
        "fail": 10,
        "inconclusive": 11,
        "waived": 0,
        "pass": 0,
    }


def test_secrets_are_neither_printed_nor_stored(folder: Path) -> None:
    result = run(*OLD, "--new", "sqlite:///new.db", "--ledger", "l.db")
    stored = "".join(msgspec.json.encode(check).decode() for check in read_evidence(Path("l.db"), at=0.0).checks)
    for text in (result.stdout, stored):
        assert "example.org" not in text.lower()
        assert "pw6" not in text and "changed" not in text
        assert "‹email:" in text and "‹password:" in text


def test_json_is_the_checks_and_nothing_else(folder: Path) -> None:
    result = run(*OLD, "--new", "sqlite:///new.db", "--json")
    checks = msgspec.json.decode(result.stdout, type=tuple[DataCheck, ...])
    assert [check.check for check in checks] == ["tables", "self_proof", "schema", "counts", "rows"]
    assert (result.exit_code, result.stderr) == (10, "")


def test_a_configuration_is_verified_and_written_to_its_ledger(folder: Path) -> None:
    Path("shadow.yaml").write_text(CONFIG)
    result = run("-c", "shadow.yaml")
    assert result.exit_code == 10
    evidence = read_evidence(Path("out/ledger.db"), at=0.0)
    found = {check.check: check for check in evidence.checks if check.pair == "users"}
    assert found["rows"].status is CheckStatus.fail
    assert found["rows"].total == 2  # the password is ignored
    assert evidence.redaction_key_id


def test_a_finding_says_since_which_night_it_has_been_there(folder: Path) -> None:
    """It is there for three nights, gone on the fourth and back on the fifth; a new one is of its own night."""
    nights: list[dict[str, DataFinding]] = []
    runs: list[str] = []
    for night, change in enumerate((
        "", "DELETE FROM users WHERE id = 9", "UPDATE users SET mail = 'other' WHERE id = 5",
        "UPDATE users SET mail = 'u5@example.org' WHERE id = 5", "UPDATE users SET mail = 'back' WHERE id = 5",
    )):  # fmt: skip
        with sqlite3.connect("new.db") as db:
            db.execute(change)
        db.close()
        checks = msgspec.json.decode(
            run(*OLD, "--new", "sqlite:///new.db", "--ledger", "l.db", "--json").stdout, type=tuple[DataCheck, ...]
        )
        rows = next(check for check in checks if check.check == "rows")
        nights.append({f"{one.key} {one.column}": one for one in rows.findings})
        runs.append(rows.run_id)
        assert nights[night]["id=3 "].since_run == runs[0]
    since = [{key: runs.index(one.since_run) for key, one in night.items()} for night in nights]
    kept = {"id=3 ": 0, "id=6 password": 0}
    assert since == [
        {**kept, "id=5 mail": 0}, {**kept, "id=5 mail": 0, "id=9 ": 1}, {**kept, "id=5 mail": 0, "id=9 ": 1},
        {**kept, "id=9 ": 1}, {**kept, "id=9 ": 1, "id=5 mail": 4},
    ]  # fmt: skip
    assert nights[4]["id=3 "].since == nights[0]["id=3 "].since
    assert "there since" in run(*OLD, "--new", "sqlite:///new.db", "--ledger", "l.db").stdout
    assert "there since" not in run(*OLD, "--new", "sqlite:///new.db").stdout


def test_no_ledger_is_written_when_told_so(folder: Path) -> None:
    Path("shadow.yaml").write_text(CONFIG)
    assert run("-c", "shadow.yaml", "--no-ledger").exit_code == 10
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((), ConfigError, "nothing to verify"),
        (OLD, ConfigError, "nothing to verify"),
        ((*OLD, "--new", OLD[1]), ConfigError, "one store, which always agrees with itself"),
        (("-c", "shadow.yaml", *OLD), ConfigError, "contradict"),
        ((*OLD, "--new", "sqlite:///same.db", "--ledger", "l", "--no-ledger"), ConfigError, "contradict"),
        ((*OLD, "--new", "sqlite:///none.db"), StoreError, "does not exist"),
        ((*OLD, "--new", "postgresql://u:secret@127.0.0.1:1/d"), StoreError, "cannot be reached"),
        (("-c", "none.yaml"), ConfigError, "none.yaml"),
    ],
)
def test_mistakes_are_raised_for_the_front_door(
    folder: Path, arguments: tuple[str, ...], error: type[ShadowError], message: str
) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, error)
    assert message in result.exception.message
    assert result.exception.remedy
    assert "secret" not in str(result.exception)


def test_a_configuration_without_the_section(folder: Path) -> None:
    Path("shadow.yaml").write_text(CONFIG.split("verify:")[0])
    result = run("-c", "shadow.yaml")
    assert isinstance(result.exception, ConfigError)
    assert "has no section `verify`" in result.exception.message


def test_help_has_examples_and_exit_codes() -> None:
    text = run("--help").stdout
    assert "shadow verify run --old sqlite:///old.db --new sqlite:///new.db" in text
    for word in ("0 all checks passed", "10 differences", "11 inconclusive", "12 a check", "3 a store"):
        assert word in " ".join(text.split())


def test_on_a_terminal_there_is_a_table(folder: Path) -> None:
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "shadow", "verify", "run", *OLD, "--new", "sqlite:///new.db"]
    environment = {**os.environ, "COLUMNS": "120", "TERM": "xterm", "NO_COLOR": "1"}
    with subprocess.Popen(command, stdout=terminal, stderr=subprocess.PIPE, env=environment) as process:
        os.close(terminal)
        shown = b""
        try:
            while part := os.read(controller, 65536):
                shown += part
        except OSError:
            pass  # Linux says EIO where the other end of a terminal is closed
        process.communicate()
    os.close(controller)
    assert process.returncode == 10
    text = shown.decode()
    assert "Data checks" in text
    assert "│ users" in text
    assert "missing row id=3" in text
