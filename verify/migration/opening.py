"""What makes copies of a database, by its URL."""

from __future__ import annotations

from shadow.errors import ConfigError
from verify.migration.scratch import How, Scratch
from verify.stores import path_of


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
