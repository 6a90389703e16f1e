"""Which error becomes which, with its remedy."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from shadow.errors import EnvironmentFailure, LedgerError, ShadowError
from shadow.ledger.failures import translated

PATH = Path("l.db")


@pytest.mark.parametrize(
    ("name", "kind", "message", "remedy"),
    [
        ("SQLITE_NOTADB", LedgerError, "not an SQLite database", "Move"),
        ("SQLITE_CORRUPT", LedgerError, "is corrupt", "Move"),
        ("SQLITE_CORRUPT_INDEX", LedgerError, "is corrupt", "Move"),
        ("SQLITE_FULL", LedgerError, "the disk is full", "Free space"),
        ("SQLITE_IOERR_WRITE", LedgerError, "the disk is full", "Free space"),
        ("SQLITE_IOERR_READ", LedgerError, "said so (SQLITE_IOERR_READ)", "Check the disk"),
        ("SQLITE_READONLY_DBMOVED", EnvironmentFailure, "Cannot write the ledger l.db: said so", "right to write"),
        ("SQLITE_CANTOPEN", EnvironmentFailure, "Cannot write the ledger l.db: said so", "right to write"),
        ("SQLITE_BUSY_SNAPSHOT", LedgerError, "another process kept it locked", "let it finish"),
        ("SQLITE_ERROR", LedgerError, "said so", "Move"),
    ],
)
def test_sqlite(name: str, kind: type[ShadowError], message: str, remedy: str) -> None:
    error = sqlite3.OperationalError("said so\nsecond line")
    error.sqlite_errorname = name
    with pytest.raises(ShadowError) as caught, translated(PATH, "write"):
        raise error
    assert type(caught.value) is kind
    assert message in caught.value.message
    assert remedy in caught.value.remedy
    assert "second line" not in str(caught.value)


@pytest.mark.parametrize(
    ("number", "kind", "message"),
    [
        (errno.EACCES, EnvironmentFailure, "Cannot open the ledger l.db: permission denied."),
        (errno.ENOTDIR, EnvironmentFailure, "Cannot open the ledger l.db: not a directory."),
        (errno.ENOSPC, LedgerError, "Cannot open the ledger l.db: no space left on device."),
    ],
)
def test_system(number: int, kind: type[ShadowError], message: str) -> None:
    with pytest.raises(ShadowError) as caught, translated(PATH, "open"):
        raise OSError(number, os.strerror(number))
    assert (type(caught.value), caught.value.message) == (kind, message)
    assert caught.value.remedy


def test_our_own_errors_pass_as_they_are() -> None:
    own = LedgerError("mine", "do this")
    with pytest.raises(LedgerError) as caught, translated(PATH, "open"):
        raise own
    assert caught.value is own
