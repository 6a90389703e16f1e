"""What was told and what has yet to be sent, in a small file beside the ledger; written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import msgspec

from reports.files import write_atomic
from reports.notices.notice import Known, Notice
from shadow.errors import EnvironmentFailure

MOST_WAITING = 200
"""Per channel; the oldest go first, and are counted."""


class Waiting(msgspec.Struct, kw_only=True):
    """One channel's queue: what is unsent, when something was sent in the last hour, and when to try again."""

    notices: list[Notice] = []
    sent_at: list[float] = []
    failures: int = 0
    next_at: float = 0.0
    dropped: int = 0


class Memory(msgspec.Struct, kw_only=True):
    """Everything that outlives a run of the notifier."""

    known: Known = Known()
    channels: dict[str, Waiting] = {}


def memory_path(ledger: Path) -> Path:
    """Return where the memory of a ledger's notices lies."""
    return ledger.with_name(ledger.name + ".notices")


def read_memory(path: Path) -> Memory:
    """Return the memory, an empty one where there is no file. Raises EnvironmentFailure for a file that is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    except FileNotFoundError:
        return Memory()
    except (OSError, msgspec.DecodeError) as error:
        raise EnvironmentFailure(
            f"{path} cannot be read ({error}).", "Remove it: the next verdict is told as if it were the first."
        ) from error


def write_memory(path: Path, memory: Memory) -> None:
    """Replace the file."""
    write_atomic(path, msgspec.json.format(msgspec.json.encode(memory)).decode())
