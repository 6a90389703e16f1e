"""Checkpoints in the ledger: a killed run, started again with `--resume`, does not read finished parts again."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl, urlsplit

from shadow.ledger.parts import PLAN, Part, VerifyParts
from verify.checkpoint import Checkpoint, Finished, NoCheckpoint


class Checkpoints:
    """The checkpoints of all pairs of a run; without a ledger nothing is kept."""

    def __init__(self, parts: VerifyParts | None = None) -> None:
        self._parts = parts

    def of(self, pair: str, urls: tuple[str, str]) -> Checkpoint:
        """Return the checkpoint of one pair; what was finished between other stores does not count."""
        return NoCheckpoint() if self._parts is None else _LedgerCheckpoint(self._parts, pair, _mark(urls))

    def over(self) -> None:
        """Forget everything: the run has ended."""
        if self._parts is not None:
            self._parts.clear()


class _LedgerCheckpoint:
    def __init__(self, parts: VerifyParts, pair: str, stores: bytes) -> None:
        self._parts = parts
        self._pair = pair
        self._stores = stores
        # Bounds that must not be kept (text may be anybody's) leave no plan, and parts without one mean nothing.
        self._kept = False

    def plan(self) -> bytes | None:
        found = next((part.content for part in self._parts.of(self._pair) if part.part == PLAN), b"")
        self._kept = found.startswith(self._stores)
        return found[len(self._stores) :] if self._kept else None

    def begin(self, plan: bytes) -> None:
        self._parts.put(self._pair, Part(PLAN, 0, 0, self._stores + plan))
        self._kept = True

    def finished(self) -> tuple[Finished, ...]:
        return tuple(
            Finished(part=part.part, rows_old=part.rows_old, rows_new=part.rows_new, content=part.content)
            for part in self._parts.of(self._pair)
            if part.part != PLAN
        )

    def remembered(self) -> bytes | None:
        return self._parts.hints(self._pair)

    def remember(self, content: bytes) -> None:
        self._parts.put_hints(self._pair, content)

    def finish(self, part: Finished) -> None:
        if self._kept:
            self._parts.put(self._pair, Part(part.part, part.rows_old, part.rows_new, part.content))


def _mark(urls: tuple[str, str]) -> bytes:
    """Return what tells these two stores from others; nothing secret goes into it."""
    told = []
    for url in urls:
        parts = urlsplit(url)
        options = [(name, value) for name, value in parse_qsl(parts.query) if "pass" not in name.lower()]
        told.append((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, sorted(options)))
    return hashlib.blake2b(repr(told).encode(), digest_size=16).digest()
