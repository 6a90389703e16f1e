"""Copies on a real server: by template, by dump where somebody is connected, and nothing is left behind."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pg8000.native
import pytest

from bench.verify.servers import PostgresServer
from shadow.errors import ConfigError, StoreError
from verify.migration.postgres import PostgresScratch

Text = Callable[..., str]
Trial = Callable[..., Any]
ADD = "sql('ALTER TABLE orders ADD x int')"


@pytest.fixture
def busy(database: str) -> Iterator[pg8000.native.Connection]:
    """Somebody who is connected to the database."""
    parts = urlsplit(database)
    connection = pg8000.native.Connection(
        "postgres", host=parts.hostname, port=parts.port, database=parts.path.lstrip("/")
    )
    yield connection
    connection.close()


def test_a_database_in_use_is_dumped(
    database: str, busy: pg8000.native.Connection, script: Text, trial: Trial
) -> None:
    busy.run("CREATE SCHEMA sales")
    busy.run("CREATE TABLE sales.texts (id int PRIMARY KEY, t text, d date DEFAULT now())")
    busy.run("INSERT INTO sales.texts VALUES (1, :t), (2, NULL)", t="Zoë \\N 🙂\n" + "x" * 1_000_000)
    busy.run("CREATE VIEW v AS SELECT * FROM orders")
    busy.run(f"ALTER DATABASE {urlsplit(database).path.lstrip('/')} SET search_path = sales, public")
    seen = "assert sql('SHOW search_path')[0][0] == 'sales, public', sql('SHOW search_path')\n"
    seen += "assert len(sql('SELECT t FROM texts ORDER BY id')[0][0]) == 1_000_009\n"
    tried = trial("--command", script(seen + ADD), "--on", database)
    busy.run(f"ALTER DATABASE {urlsplit(database).path.lstrip('/')} RESET search_path")
    busy.run("DROP SCHEMA sales CASCADE")
    assert (tried.code, set(tried.statuses.values())) == (0, {"pass"}), tried.checks
    assert tried.report["steps"][0]["step"] == "copy (by dump and restore)"
    assert tried.checks["data"][1] == "3 tables, 82 rows as before"


def test_who_wants_a_template_is_told_who_is_in_the_way(
    database: str, busy: pg8000.native.Connection, script: Text, trial: Trial
) -> None:
    tried = trial("--command", script(ADD), "--on", database, "--copy", "template")
    assert isinstance(tried.error, StoreError)
    assert "1 session is connected to it" in str(tried.error) and "--copy dump" in str(tried.error)


def test_without_the_programs_a_database_in_use_cannot_be_copied(
    database: str, busy: pg8000.native.Connection, script: Text, trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    tried = trial("--command", script(ADD), "--on", database)
    assert isinstance(tried.error, StoreError)
    assert "pg_dump" in str(tried.error) and "Install" in tried.error.remedy


def test_a_dump_that_fails_says_why_without_quoting_rows(
    database: str, postgres: PostgresServer, script: Text, trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The restore's program is one that says what the real one says."""
    (tmp_path / "pg_restore").write_text(
        "#!/bin/sh\necho 'pg_restore: error: could not do it' >&2\necho 'CONTEXT:  COPY t: secret' >&2\nexit 1\n"
    )
    (tmp_path / "pg_restore").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    tried = trial("--command", script(ADD), "--on", database, "--copy", "dump")
    assert isinstance(tried.error, StoreError)
    assert "pg_restore ended with 1: pg_restore: error: could not do it" in str(tried.error)
    assert "secret" not in str(tried.error)


def test_who_may_not_make_databases_is_told_what_to_grant(
    database: str, postgres: PostgresServer, script: Text, trial: Trial
) -> None:
    name = urlsplit(database).path.lstrip("/")
    postgres.execute(name, "CREATE ROLE plain LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO plain")
    try:
        tried = trial("--command", script(ADD), "--on", postgres.url(name, "plain"))
        assert isinstance(tried.error, StoreError)
        assert "CREATEDB" in str(tried.error)
    finally:
        postgres.execute(name, "DROP OWNED BY plain; DROP ROLE plain")


def test_a_database_that_is_not_there_is_named(postgres: PostgresServer, script: Text, trial: Trial) -> None:
    tried = trial("--command", script(ADD), "--on", postgres.url("nowhere"))
    assert isinstance(tried.error, StoreError) and "nowhere" in str(tried.error)


def test_copies_are_kept_when_asked(database: str, script: Text, trial: Trial, postgres: PostgresServer) -> None:
    tried = trial("--command", script(ADD), "--on", database.replace("postgres@", "postgres:pw@"), "--keep")
    kept = tried.report["kept"]
    assert len(kept) == 2 and all("@" not in one and "pw" not in one for one in kept)
    names = [urlsplit(one).path.lstrip("/") for one in kept]
    columns = [
        len(postgres.fetch(name, "SELECT FROM information_schema.columns WHERE table_name = 'orders'"))
        for name in names
    ]
    assert columns == [4, 5]
    for name in names:
        postgres.execute("postgres", f'DROP DATABASE "{name}"')


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, marks=pytest.mark.slow),
    ],
)
def test_nothing_is_left_when_it_is_stopped(
    database: str, script: Text, tmp_path: Path, number: signal.Signals
) -> None:
    """The fixture of the database looks for copies afterwards."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    body = f"with open({str(fifo)!r}, 'w') as told:\n    told.write(str(os.getpid()))\nsql('SELECT pg_sleep(600)')"
    process = subprocess.Popen(
        [sys.executable, "-m", "shadow", "verify", "migration", "--command", script(body), "--on", database],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with fifo.open() as told:
        pid = int(told.read())
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr and stderr.endswith("interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_command_that_takes_too_long_is_stopped(database: str, script: Text, trial: Trial) -> None:
    tried = trial("--command", script("sql('SELECT pg_sleep(600)')"), "--on", database, "--timeout", "1")
    assert (tried.code, tried.statuses) == (10, {"up": "fail"})
    assert "was stopped after 1 s" in tried.checks["up"][1]


def test_what_libpq_is_told() -> None:
    """The password is in the environment alone: everybody on a machine sees the arguments of programs."""
    scratch = PostgresScratch(
        "postgresql://us%40er:p%2Fw@one:6432,two/shop?sslmode=require&search_path=sales&passfile=/x", "auto"
    )
    assert scratch.libpq_url("a b") == "postgresql://us%40er@one:6432,two/a%20b?sslmode=require&passfile=/x"
    assert scratch.environment_of("a b") == {
        "PGHOST": "one,two", "PGPORT": "6432,5432", "PGUSER": "us@er", "PGPASSWORD": "p/w", "PGDATABASE": "a b",
    }  # fmt: skip
    assert set(scratch.secrets) == {"p/w", "p%2Fw"}
    assert "p%2Fw" not in scratch.label and "p/w" not in repr(scratch)


@pytest.mark.parametrize("url", ["postgresql://h", "postgresql://h/", "postgresql://h/a?dbname=b"])
def test_the_database_is_named_after_the_host(url: str) -> None:
    with pytest.raises(ConfigError, match="does not name its database"):
        PostgresScratch(url, "auto")


def test_psql_goes_to_the_copy_by_itself(database: str, trial: Trial, tmp_path: Path) -> None:
    import shutil

    if shutil.which("psql") is None:
        pytest.skip("psql is not installed")
    (tmp_path / "v2.sql").write_text("ALTER TABLE orders ADD x int;")
    command = shlex.join(["psql", "--set", "ON_ERROR_STOP=1", "--file", str(tmp_path / "v2.sql")])
    for words in (command, f"{command} {{url}}"):
        tried = trial("--command", words, "--on", database)
        assert (tried.code, tried.checks["schema"][1]) == (0, "1 change: 1 extra column"), tried.checks
