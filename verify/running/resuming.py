"""Checkpoints in the ledger: a killed run, started again with `--resume`, does not read finished parts again."""

from __future__ import annotations

from shadow.ledger.parts import PLAN, Part, VerifyParts
from verify.checkpoint import Checkpoint, Finished, NoCheckpoint


class Checkpoints:
    """The checkpoints of all pairs of a run; without a ledger nothing is kept."""

    def __init__(self, parts: VerifyParts | None = None) -> None:
        self._parts = parts

    def of(self, pair: str) -> Checkpoint:
        """Return the checkpoint of one pair."""
        return NoCheckpoint() if self._parts is None else _LedgerCheckpoint(self._parts, pair)

    def over(self) -> None:
        """Forget everything: the run has ended."""
        if self._parts is not None:
            self._parts.clear()


class _LedgerCheckpoint:
    def __init__(self, parts: VerifyParts, pair: str) -> None:
        self._parts = parts
        self._pair = pair
        # Bounds that must not be kept (text may be anybody's) leave no plan, and parts without one mean nothing.
        self._kept = False

    def plan(self) -> bytes | None:
        found = next((part.content for part in self._parts.of(self._pair) if part.part == PLAN), None)
        self._kept = found is not None
        return found

    def begin(self, plan: bytes) -> None:
        self._parts.put(self._pair, Part(PLAN, 0, 0, plan))
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
