"""Copies of a database on which a migration may be tried. The given database itself is read and never written."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

import msgspec

from shadow.errors import ConfigError
from verify.migration.locks import LockTimes
from verify.stores import path_of

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


def open_scratch(url: str, how: How = "auto") -> Scratch:
    """Return what makes copies of the database behind a URL. Raises ConfigError, StoreError."""
    scheme = url.partition(":")[0].lower()
    if scheme in ("postgresql", "postgres"):
        from verify.migration.postgres import PostgresScratch

        return PostgresScratch(url, how)
    if how != "auto":
        raise ConfigError(f"--copy {how} is for PostgreSQL alone.", "Leave it out.")
    if scheme == "sqlite":
        from verify.migration.files import FileScratch, copy_sqlite

        return FileScratch(scheme, path_of(url), copy_sqlite)
    if scheme == "duckdb":
        from verify.migration.files import FileScratch, copy_duckdb

        return FileScratch(scheme, path_of(url), copy_duckdb)
    if scheme in ("mongodb", "mongodb+srv"):
        from verify.migration.mongo import MongoScratch

        return MongoScratch(url)
    plain, plus, _ = scheme.partition("+")
    if plus and plain in ("postgresql", "postgres", "sqlite", "mongodb"):
        raise ConfigError(
            f"{scheme}: names a driver.",
            f"Write it without the driver, {plain}://…, and let the migration add it to DATABASE_URL.",
        )
    raise ConfigError(
        f"No copy can be made of {scheme or 'an empty text'!r}, so no migration can be tried on it.",
        "Name a database: postgresql://, mongodb://, sqlite:/// or duckdb:///.",
    )
