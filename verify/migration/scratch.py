"""Copies of a database on which a migration may be tried. The given database itself is read and never written."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

import msgspec

from verify.migration.locks import LockTimes

How = Literal["auto", "template", "dump"]
"""How PostgreSQL makes the first copy; others know one way only."""


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """One copy: its URL with credentials, which is never shown, its label without them, and how it was made."""

    url: str
    label: str
    how: str

    def __repr__(self) -> str:
        return f"Copy(label={self.label!r}, how={self.how!r})"


class Scratch(Protocol):
    """Makes copies of one database, and drops them. All methods raise StoreError."""

    @property
    def label(self) -> str:
        """How to call the given database in messages; never with credentials."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that must not be shown: the password of the URL."""

    @property
    def labels(self) -> tuple[str, ...]:
        """How to call the copies that there are."""

    async def size(self) -> int:
        """Return how many bytes the given database takes."""

    async def copy(self) -> Copy:
        """Copy the given database."""

    async def again(self, copy: Copy) -> Copy:
        """Copy a copy, to which nobody is connected."""

    def environment(self, copy: Copy) -> Mapping[str, str]:
        """Return the variables that lead a migration tool to a copy."""

    def watch(self, copy: Copy) -> AbstractAsyncContextManager[LockTimes] | None:
        """Watch the locks in a copy as long as the context lasts; None where the engine has none to show."""

    async def drop(self) -> None:
        """Drop every copy; safe to call twice."""
