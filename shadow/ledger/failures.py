"""SQLite's and the system's errors as messages that name a remedy."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from shadow.errors import EnvironmentFailure, LedgerError, ShadowError

CORRUPT = "Move the file away and start a new ledger, or restore a copy of it; its evidence cannot be used."
NO_RIGHT = "Give this user the right to write the file and its folder, or set ledger.path to another place."
NO_SPACE = "Free space on that disk (or raise the file-size limit); nothing of the failed write was stored."


@contextmanager
def translated(path: Path, doing: str) -> Iterator[None]:
    """Turn what SQLite, the system or the decoder raises inside into a ShadowError that names `path`.

    `doing` is a verb: `open`, `write`, `read`, `lock`.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _from_sqlite(error, path, doing) from error
    except OSError as error:
        raise _from_system(error, path, doing) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        # Only stored texts are decoded inside: what does not decode was not written by a ledger.
        raise LedgerError(f"The ledger {path} holds a value that cannot be read: {_line(error)}.", CORRUPT) from error


def _from_sqlite(error: sqlite3.Error, path: Path, doing: str) -> ShadowError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name == "SQLITE_NOTADB":
        return LedgerError(f"{path} is not a ledger: the file is not an SQLite database.", CORRUPT)
    if name.startswith("SQLITE_CORRUPT"):
        return LedgerError(f"The ledger {path} is corrupt: {_line(error)}.", CORRUPT)
    if name == "SQLITE_FULL" or name in {"SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_TRUNCATE"}:
        return LedgerError(f"Cannot {doing} the ledger {path}: the disk is full or a size limit is hit.", NO_SPACE)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return EnvironmentFailure(f"Cannot {doing} the ledger {path}: {_line(error)}.", NO_RIGHT)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LedgerError(
            f"Cannot {doing} the ledger {path}: another process kept it locked.",
            "Find the process that has the file open (a backup, an SQLite shell) and let it finish.",
        )
    if name.startswith("SQLITE_IOERR"):
        return LedgerError(f"Cannot {doing} the ledger {path}: {_line(error)} ({name}).", "Check the disk and retry.")
    return LedgerError(f"Cannot {doing} the ledger {path}: {_line(error)}.", CORRUPT)


def _from_system(error: OSError, path: Path, doing: str) -> ShadowError:
    words = (error.strerror or str(error)).lower()
    if error.errno in {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}:
        return LedgerError(f"Cannot {doing} the ledger {path}: {words}.", NO_SPACE)
    return EnvironmentFailure(f"Cannot {doing} the ledger {path}: {words}.", NO_RIGHT)


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
