"""One keeper per ledger: an advisory lock on a file beside it, released by the kernel when the process dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from shadow.errors import LedgerError
from shadow.ledger.failures import translated

_TRIES = 10
_PAUSE_S = 0.02


def is_kept(ledger: Path) -> bool:
    """Tell whether a keeper is at work on a ledger; also where that may not be asked.

    Cannot see: a keeper on another machine.
    """
    try:
        fd = os.open(ledger.with_name(ledger.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


class KeeperLock:
    """Holds `<ledger>.lock`. The file stays behind on purpose: removing it would let two keepers lock two files."""

    def __init__(self, ledger: Path) -> None:
        self.path = ledger.with_name(ledger.name + ".lock")
        self._ledger = ledger
        self._fd = -1

    @property
    def is_held(self) -> bool:
        """Tell whether this object holds the lock."""
        return self._fd >= 0

    def take(self) -> None:
        """Take the lock or refuse.

        Raises LedgerError where another keeper holds it, EnvironmentFailure where the file cannot be written.
        """
        if self.is_held:
            return
        with translated(self.path, "lock"):
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            _lock_exclusively(fd)
        except BlockingIOError:
            holder = os.read(fd, 32).decode("ascii", "replace").strip()
            os.close(fd)
            raise LedgerError(
                f"The ledger {self._ledger} already has a keeper (process {holder or 'unknown'}).",
                "Stop that mirror, or give this one a ledger of its own (ledger.path).",
            ) from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    def release(self) -> None:
        """Give the lock back; harmless where it is not held."""
        if self.is_held:
            os.close(self._fd)
            self._fd = -1


def _lock_exclusively(fd: int) -> None:
    """Raises BlockingIOError where another keeper holds the lock, and not where somebody only asks (`is_kept`)."""
    for left in reversed(range(_TRIES)):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not left:
                raise
            time.sleep(_PAUSE_S)
        else:
            return
