"""Can what has to be written be written, and is what is there healthy?"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from shadow.config import Config
from shadow.descriptors import check_descriptors
from shadow.doctor.check import Check, fail, ok, warn
from shadow.errors import ConfigError, ShadowError
from shadow.ledger.database import connect_reader
from shadow.ledger.schema import read_meta

LOW_BYTES = 1024**3
DEEP_CHECK_BYTES = 256 * 1024**2
CLOCK_SLACK_S = 60.0


def disk_checks(config: Config) -> Iterator[Check]:
    """Yield whether ledger and output can be written, and whether files that are named can be read.

    Cannot see: whether the volume outlives the process, and damage inside a ledger above 256 MiB.
    """
    ledger = Path(config.ledger.path)
    yield ledger_check(ledger)
    yield folder_check("output", Path(config.out))
    yield space_check(ledger.parent)
    if config.endpoints.openapi:
        yield readable_check("openapi", Path(config.endpoints.openapi))
    if config.compare.protobuf.descriptors:
        yield _protobuf(config)


def _protobuf(config: Config) -> Check:
    try:
        check_descriptors(config.compare.protobuf)
    except ConfigError as error:
        return fail("protobuf", error.message, error.remedy)
    return ok("protobuf", f"{config.compare.protobuf.descriptors} describes every message that is named.")


def ledger_check(path: Path) -> Check:
    """Return whether the ledger can be written; one that exists is opened for reading and asked for its health."""
    if path.is_dir():
        return fail("ledger", f"{path} is a directory.", "Set ledger.path to a file.")
    if not path.exists():
        below = folder_check("ledger", path.parent)
        return ok("ledger", f"{path} will be created.") if below.level == "ok" else below
    if path.stat().st_size == 0:
        return fail("ledger", f"{path} is empty, hence no ledger.", "Move it away; a new one will be created.")
    try:
        with path.open("r+b"):
            pass
        with closing(connect_reader(path)) as db:
            read_meta(db, path)
            if path.stat().st_size <= DEEP_CHECK_BYTES:
                said = db.execute("PRAGMA quick_check(1)").fetchone()[0]
                if said != "ok":
                    raise sqlite3.DatabaseError(said)
    except OSError as error:
        return fail("ledger", f"{path} cannot be written: {error.strerror}.", "Correct its permissions.")
    except ShadowError as error:
        return fail("ledger", error.message, error.remedy)
    except sqlite3.Error as error:
        return fail("ledger", f"{path} is not a healthy ledger: {error}.", "Move it away; a new one will be created.")
    ahead_s = path.stat().st_mtime - time.time()
    if ahead_s > CLOCK_SLACK_S:
        return warn("ledger", f"{path} was written {ahead_s:.0f} s in the future.", "Correct the machine's clock.")
    return ok("ledger", f"{path} is healthy and writable.")


def folder_check(name: str, folder: Path) -> Check:
    """Return whether a file can be made in `folder`, or the folder itself in its nearest parent that exists."""
    place = nearest_existing(folder)
    if not place.is_dir():
        return fail(name, f"{place} is not a folder.", f"Move it away, or choose another path than {folder}.")
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        return fail(
            name, f"{place} cannot be written: {error.strerror}.", "Correct its permissions, or choose another."
        )
    return ok(name, f"{folder} is writable." if place == folder else f"{folder} will be created.")


def nearest_existing(path: Path) -> Path:
    """Return the path or its nearest parent that exists; absolute where the path was relative to nothing."""
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def space_check(folder: Path) -> Check:
    """Return whether the ledger's volume has at least 1 GiB left."""
    state = os.statvfs(nearest_existing(folder))
    free = state.f_bavail * state.f_frsize
    said = f"{free / 1024**3:.1f} GiB free for the ledger"
    if free < LOW_BYTES:
        return warn("disk space", f"only {said}.", "Free some, or move ledger.path to a larger volume.")
    return ok("disk space", f"{said}.")


def readable_check(name: str, path: Path) -> Check:
    """Return whether a file that the configuration names can be read."""
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        return fail(name, f"{path} cannot be read: {error.strerror}.", "Correct the path or its permissions.")
    return ok(name, f"{path} can be read.")
