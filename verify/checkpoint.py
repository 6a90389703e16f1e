"""Where the finished parts of a comparison are kept, so that a killed run need not read them again."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """A finished part of a pair: the rows of both sides in it, and the differing rows found, as their own module
    encoded them."""

    part: int
    rows_old: int = 0
    rows_new: int = 0
    content: bytes = b""


class Checkpoint(Protocol):
    """The finished parts of one pair in one run."""

    def plan(self) -> bytes | None:
        """Return how the pair was cut into parts when the run began, None where it begins now."""

    def begin(self, plan: bytes) -> None:
        """Keep how the pair is cut into parts, and forget finished parts of another cut."""

    def finished(self) -> tuple[Finished, ...]:
        """Return the parts that were finished before."""

    def finish(self, part: Finished) -> None:
        """Keep a finished part."""

    def remembered(self) -> bytes | None:
        """Return what the last run kept for this one, None where that is nothing."""

    def remember(self, content: bytes) -> None:
        """Keep something for the next run, in the place of what the last one kept."""


class NoCheckpoint:
    """Keeps nothing."""

    def plan(self) -> bytes | None:
        """Return nothing: every run begins anew."""
        return None

    def begin(self, plan: bytes) -> None:
        """Keep nothing."""

    def finished(self) -> tuple[Finished, ...]:
        """Return nothing."""
        return ()

    def finish(self, part: Finished) -> None:
        """Keep nothing."""

    def remembered(self) -> bytes | None:
        """Return nothing."""
        return None

    def remember(self, content: bytes) -> None:
        """Keep nothing."""
