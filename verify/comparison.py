"""Comparing two tables in another way than row by row, where that is cheaper than passing every row through Python.

A snapshot that implements `ComparesNatively` may offer a `Comparison` with another snapshot of its own engine; those
that are `Bulk` of two kinds are compared in bulk. What a comparison yields is what the merge of both sides would have
yielded; only the way there differs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal, Protocol, runtime_checkable

import msgspec

from shadow.config.model import Verify
from verify.checkpoint import Checkpoint
from verify.rows.rowdiff import RowDifference, Side
from verify.store import Key, KeyRange


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be compared: both sides of a pair, or of them a range of keys, the run's settings and salt, and where
    finished parts are kept. Only a `Divisible` comparison can be asked for a range."""

    old: Side
    new: Side
    salt: bytes
    settings: Verify
    checkpoint: Checkpoint
    keys: KeyRange = KeyRange()


class Comparison(Protocol):
    """One way of comparing one pair."""

    @property
    def how(self) -> str:
        """In words for the report: how rows were compared."""

    @property
    def rows(self) -> tuple[int, int]:
        """How many rows each side has; known when `differences` has ended."""

    @property
    def survivors(self) -> tuple[str, ...]:
        """The made-up changes that this way does not notice, tried before it was offered; none is proof."""

    def differences(self) -> AsyncIterator[RowDifference]:
        """Yield the rows that differ. Raises StoreError."""


@runtime_checkable
class Divisible(Protocol):
    """A comparison done by this process, whose ranges other processes can compare as well."""

    @property
    def alike(self) -> int:
        """How many rows are equal though they are written differently."""

    async def cuts(self, parts: int) -> tuple[Key, ...]:
        """Return up to `parts` - 1 ascending keys that cut the pair into about equal parts. Raises StoreError."""


@runtime_checkable
class Remembers(Protocol):
    """A comparison that keeps something for the next run, whoever compares its ranges."""

    def took(self, difference: RowDifference) -> None:
        """Note a row that differs."""

    def keep(self, rows: tuple[int, int]) -> None:
        """Keep what was found out, once everything was compared: so many rows of each side."""


@runtime_checkable
class ComparesNatively(Protocol):
    """A snapshot that may know a cheaper way."""

    async def comparison(self, task: Task) -> Comparison | None:
        """Return a way to compare this (old) snapshot with the new one, None where there is none. Raises StoreError."""


@runtime_checkable
class Bulk(Protocol):
    """A snapshot whose rows can be had in bulk, as the server writes them."""

    @property
    def bulk(self) -> Literal["records", "documents"]:
        """What it hands out: records of binary COPY, or documents of BSON."""
