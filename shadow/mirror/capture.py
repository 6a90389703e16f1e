"""Copies of bodies, bounded twice: each by `max_body`, all together by the tee's budget."""

from __future__ import annotations


class Budget:
    """Bytes that a listener may hold beside the live path: in copies that are being made (`used_bytes`) and in
    exchanges that wait for a sender (`waiting_bytes`, as each tee last saw its own)."""

    __slots__ = ("limit_bytes", "reserve_bytes", "used_bytes", "waiting_bytes")

    def __init__(self, limit_bytes: int) -> None:
        self.limit(limit_bytes)
        self.used_bytes = 0
        self.waiting_bytes = 0

    def limit(self, limit_bytes: int) -> None:
        """Set the limit. A sixteenth of it is for notes of what finds no room."""
        self.limit_bytes = limit_bytes
        self.reserve_bytes = limit_bytes // 16

    def has_room(self, size_bytes: int) -> bool:
        """Whether so many bytes more of copies leave the notes their share."""
        return self.used_bytes + self.waiting_bytes + size_bytes <= self.limit_bytes - self.reserve_bytes

    def has_room_for_note(self, size_bytes: int) -> bool:
        """Whether a note of so many bytes is within the limit."""
        return self.used_bytes + self.waiting_bytes + size_bytes <= self.limit_bytes


class Capture:
    """The copy of one body. Past a bound it lets go of what it has and remembers why: `too_large` or `tee_full`."""

    __slots__ = ("_budget", "_chunks", "_limit_bytes", "cut", "seen_bytes", "size_bytes")

    def __init__(self, budget: Budget, limit_bytes: int) -> None:
        self._budget = budget
        self._limit_bytes = limit_bytes
        self._chunks: list[bytes] = []
        self.size_bytes = 0
        # What came of a copy that was let go: the size by which a shed exchange is counted.
        self.seen_bytes = 0
        self.cut = ""

    def add(self, data: bytes) -> None:
        """Keep a piece, or nothing at all once a bound is passed."""
        size = len(data)
        if self.cut:
            self.seen_bytes += size
            return
        if self.size_bytes + size > self._limit_bytes:
            self._let_go("too_large", size)
        elif not self._budget.has_room(size):
            self._let_go("tee_full", size)
        else:
            self._chunks.append(data)
            self.size_bytes += size
            self._budget.used_bytes += size

    def take(self) -> bytes:
        """Return the whole copy and give its bytes back to the budget."""
        body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self.release()
        return body

    def release(self) -> None:
        """Give the bytes back to the budget."""
        if self.size_bytes:
            self._budget.used_bytes -= self.size_bytes
            self.size_bytes = 0
        self._chunks = []

    def _let_go(self, cut: str, size: int) -> None:
        self.seen_bytes = self.size_bytes + size
        self.release()
        self.cut = cut
