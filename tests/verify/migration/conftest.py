"""A database to migrate, an Alembic project beside it, and the command line as a user has it."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bench.verify.servers import PostgresServer
from verify.cli import verify

ENV = """
import os
from alembic import context
from sqlalchemy import create_engine, make_url

url = make_url(os.environ["DATABASE_URL"])
if url.drivername == "postgresql":
    url = url.set(drivername="postgresql+pg8000")
print("migrating", url.database)
with create_engine(url).connect() as connection:
    context.configure(connection=connection, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "r1", None, None, None


def upgrade():
    {up}


def downgrade():
    {down}
"""
SHOP = """
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id integer PRIMARY KEY, customer integer NOT NULL, note varchar(200), total numeric(12, 4));
"""
ROWS = 40


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a shop that nobody is connected to; nothing that a trial made may be left in the end."""
    name = postgres.borrow()
    postgres.execute(name, SHOP)
    postgres.execute(name, f"INSERT INTO customers SELECT n, 'Zoë ' || n FROM generate_series(1, {ROWS}) n")
    postgres.execute(
        name, f"INSERT INTO orders SELECT n, n, 'a longer note ' || n, n / 8.0 FROM generate_series(1, {ROWS}) n"
    )
    yield postgres.url(name)
    postgres.give_back(name)
    assert scratches(postgres) == []


def scratches(postgres: PostgresServer) -> list[str]:
    """Return the names of the copies that there are on the server."""
    rows = postgres.fetch("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'shadow%' ORDER BY 1")
    return [row["datname"] for row in rows]


@pytest.fixture
def alembic(tmp_path: Path) -> Callable[..., str]:
    """Write an Alembic project of one revision; return the beginning of its command line."""

    def write(up: str, down: str = "pass") -> str:
        folder = tmp_path / "alembic"
        (folder / "versions").mkdir(parents=True)
        (folder / "env.py").write_text(ENV)
        (folder / "versions" / "r1.py").write_text(REVISION.format(up=up, down=down))
        ini = tmp_path / "alembic.ini"
        ini.write_text(f"[alembic]\nscript_location = {folder}\n")
        return shlex.join([sys.executable, "-m", "alembic", "-c", str(ini)])

    return write


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], str]:
    """Write a migration in Python, which has `sql(text)`; return its command line."""

    def write(body: str) -> str:
        path = tmp_path / f"m{len(list(tmp_path.glob('m*.py')))}.py"
        head = (
            "import asyncio, asyncpg, os, sys, time\n\n"
            "def sql(text):\n"
            "    async def run():\n"
            "        connection = await asyncpg.connect(os.environ['DATABASE_URL'])\n"
            "        try:\n"
            "            return await connection.fetch(text)\n"
            "        finally:\n"
            "            await connection.close()\n"
            "    return asyncio.run(run())\n\n"
        )
        path.write_text(head + body)
        return shlex.join([sys.executable, str(path)])

    return write


class Tried:
    """What a command line gave."""

    def __init__(self, code: int, stdout: str, stderr: str, error: BaseException | None) -> None:
        self.code, self.stdout, self.stderr, self.error = code, stdout, stderr, error

    @property
    def report(self) -> dict[str, Any]:
        """The report, of --json."""
        if self.error is not None and not isinstance(self.error, SystemExit):
            raise self.error
        found: dict[str, Any] = json.loads(self.stdout)
        return found

    @property
    def checks(self) -> dict[str, tuple[str, str]]:
        """Status and reason by the name of the check, without `migration`."""
        return {
            check["check"].removeprefix("migration "): (check.get("status", "error"), check["reason"])
            for check in self.report["checks"]
        }

    @property
    def statuses(self) -> dict[str, str]:
        """Status by the name of the check."""
        return {name: status for name, (status, _) in self.checks.items()}

    def findings(self, check: str) -> list[dict[str, Any]]:
        """The findings of one check."""
        (found,) = [one for one in self.report["checks"] if one["check"] == f"migration {check}"]
        return list(found["findings"])


@pytest.fixture
def trial() -> Callable[..., Tried]:
    """Run `shadow verify migration --json`."""

    def run(*arguments: str, json_too: bool = True) -> Tried:
        result = CliRunner().invoke(verify, ["migration", *arguments, *(["--json"] if json_too else [])])
        return Tried(result.exit_code, result.stdout, result.stderr, result.exception)

    return run
