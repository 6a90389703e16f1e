"""One state of a store, read by several processes: how a snapshot is shared and joined.

PostgreSQL exports a snapshot, MongoDB is read as of one cluster time. Embedded engines and files have neither: there
each process reads for itself, and a mark of the files proves that nothing was written meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from hashlib import blake2b
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from shadow.errors import StoreError
from verify.store import Snapshot


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What another process joins a state by. `words` says on the report how the state is shared; `is_server`: the
    reading is done by a server, which is asked for a few ranges at a time at most (`verify.parallel`); `holds`: the
    snapshot that was shared stays readable even where the mark no longer holds."""

    token: str
    words: str
    is_server: bool = False
    holds: bool = True


class StateChanged(StoreError):
    """Raised where a state that was shared by a mark of its files is no more."""


@runtime_checkable
class SharesState(Protocol):
    """A snapshot whose state other processes can read."""

    async def share(self) -> Shared | None:
        """Return how to join this state, None where that cannot be done now. Raises StoreError."""


@runtime_checkable
class JoinsState(Protocol):
    """A store that can be opened in a state that another process holds."""

    def joined(self, token: str) -> AbstractAsyncContextManager[Snapshot]:
        """Hold the state of a token. Raises StoreError, StateChanged."""


def mark_of(files: Iterable[Path]) -> str:
    """Return a mark that changes when one of the files is written, replaced, made or removed. Raises StoreError.

    Cannot see: a file that is rewritten within the clock's tick (4 ms on Linux) in place and to the same size.
    """
    found = blake2b(digest_size=16)
    for file in files:
        try:
            stat = os.stat(file)
            # Readers of SQLite make the file for what is written last, and leave it empty.
            if stat.st_size:
                found.update(f"{file.name} {stat.st_size} {stat.st_mtime_ns} {stat.st_ino};".encode("utf-8", "replace"))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StoreError(f"{file} cannot be looked at ({error.strerror}).", "Check its permissions.") from error
    return found.hexdigest()


def check_mark(files: Iterable[Path], token: str, label: str) -> None:
    """Raise StateChanged where the files are no longer what they were."""
    if mark_of(files) != token:
        raise StateChanged(
            f"{label} was written to while it was read by several processes.",
            "Verify a copy of it, or read it in one process: verify.processes: 1.",
        )
