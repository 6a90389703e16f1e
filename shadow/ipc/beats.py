"""Signs of life: a counter for each process in a file that all map. A process whose event loop turns moves its own a
few times a second; the supervisor reads them. No message, so that a process that stands still holds nobody up, the
supervisor included.
"""

from __future__ import annotations

import asyncio
import mmap
import os
from pathlib import Path

BEAT_S = 0.25
_WORD_BYTES = 8


class Beats:
    """The counters, by place."""

    def __init__(self, path: Path, *, places: int = 0) -> None:
        """Create the file with so many places, or map an existing one (0). Raises OSError."""
        if places:
            with path.open("wb") as file:
                # Real blocks, not a hole: writing to a mapped hole on a full disk kills the process (SIGBUS).
                os.posix_fallocate(file.fileno(), 0, places * _WORD_BYTES)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self._words = memoryview(self._map).cast("Q")

    def close(self) -> None:
        """Unmap the file."""
        self._words.release()
        self._map.close()

    def move(self, place: int) -> None:
        """Show that the process of this place is alive."""
        self._words[place] = (self._words[place] + 1) % (1 << 63)

    def read(self, place: int) -> int:
        """The counter of a place: what it says is nothing, that it moves is all."""
        return self._words[place]


class Beat:
    """One process's sign of life. Without a file it shows nothing."""

    def __init__(self, path: str, place: int) -> None:
        """Raises OSError where there should be a file and is none."""
        self._beats = Beats(Path(path)) if path else None
        self._place = place

    def __call__(self) -> None:
        """Show that the process is alive; once per turn of a long piece of work is often enough."""
        if self._beats is not None:
            self._beats.move(self._place)

    async def keep(self) -> None:
        """Show it for ever, as long as the event loop turns."""
        while self._beats is not None:
            self()
            await asyncio.sleep(BEAT_S)
