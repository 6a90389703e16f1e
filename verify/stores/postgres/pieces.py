"""How a table is cut into pieces: which are next, which a killed run has finished already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from verify.checkpoint import Checkpoint, Finished
from verify.load.pacing import Pacer
from verify.store import Buckets, KeyRange


class _Piece(msgspec.Struct, frozen=True):
    """What is kept of a finished piece."""

    last: int
    differing: list[int]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A piece that an earlier, killed run has finished; its differing buckets are read again, nothing else."""

    rows_old: int
    rows_new: int
    differing: tuple[int, ...]


class Settled(NamedTuple):
    """A run of buckets that need not be read, and how many rows each side has in them."""

    first: int
    last: int
    rows: tuple[int, int]


class Pieces:
    """Hands out runs of buckets; those that an earlier run has finished and those that are settled are left out."""

    def __init__(
        self, buckets: Buckets, checkpoint: Checkpoint, pacer: Pacer, settled: Sequence[Settled] = ()
    ) -> None:
        self.buckets = buckets
        self.pacer = pacer
        self._checkpoint = checkpoint
        self._next = 0
        self._done: dict[int, int] = {}
        done = []
        for part in checkpoint.finished():
            piece = msgspec.msgpack.decode(part.content, type=_Piece)
            self._done[part.part] = piece.last
            done.append(Done(rows_old=part.rows_old, rows_new=part.rows_new, differing=tuple(piece.differing)))
        for one in settled:
            self._done[one.first] = one.last
            done.append(Done(rows_old=one.rows[0], rows_new=one.rows[1], differing=()))
        self.finished = tuple(done)

    @property
    def total(self) -> int:
        """How many buckets there are."""
        return self.buckets.total

    def next(self, workers: int) -> list[tuple[int, int]]:
        """Return the next runs of buckets, first and last of each; none when all are handed out."""
        wave: list[tuple[int, int]] = []
        while len(wave) < workers:
            while self._next in self._done:
                self._next = self._done[self._next] + 1
            if self._next >= self.total:
                break
            ahead = [first for first in self._done if first > self._next]
            last = min(self._next + self.pacer.size - 1, self.total - 1, *(first - 1 for first in ahead))
            wave.append((self._next, last))
            self._next = last + 1
        return wave

    def ranges(self, which: Sequence[int]) -> list[KeyRange]:
        """Return the key ranges of ascending buckets, neighbours joined."""
        spans: list[list[int]] = []
        for bucket in which:
            if spans and bucket == spans[-1][1] + 1:
                spans[-1][1] = bucket
            else:
                spans.append([bucket, bucket])
        return [self.buckets.range_of(*span) for span in spans]

    def finish(self, piece: tuple[int, int], rows: tuple[int, int], differing: list[int]) -> None:
        """Keep that a piece is finished."""
        content = msgspec.msgpack.encode(_Piece(piece[1], differing))
        self._checkpoint.finish(Finished(part=piece[0], rows_old=rows[0], rows_new=rows[1], content=content))
