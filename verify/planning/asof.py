"""Comparing as of a moment: rows that the old side wrote after it (a restored backup ends there) are left out, counted.

Cannot see: rows that the old side has deleted since then, which stay differences; that a row says truly when it was
written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from shadow.config.model import TablePair, Verify
from shadow.errors import ConfigError
from verify.classes import TypeClass
from verify.nearest import nearest
from verify.rows.rowdiff import RowDifference
from verify.store import Selection


class AsOf(msgspec.Struct, frozen=True, kw_only=True):
    """A moment, and the place of the column that says when a row was last written."""

    at: datetime
    place: int

    def is_later(self, difference: RowDifference) -> bool:
        """Return whether the old side wrote this row after the moment."""
        if not difference.detailed or difference.old is None:
            return False
        written = difference.old[self.place]
        if not isinstance(written, datetime):
            return False
        return (written.replace(tzinfo=UTC) if written.tzinfo is None else written) > self.at


class Left:
    """Counts the rows of a pair that are left out: those that only the old side has, and those that both have."""

    def __init__(self, as_of: AsOf | None) -> None:
        self._as_of = as_of
        self.missing = self.changed = 0

    def takes(self, difference: RowDifference) -> bool:
        """Return whether a differing row is left out, and count it."""
        if self._as_of is None or not self._as_of.is_later(difference):
            return False
        if difference.new is None:
            self.missing += 1
        else:
            self.changed += 1
        return True

    @property
    def total(self) -> int:
        """How many rows were left out."""
        return self.missing + self.changed

    def words(self) -> str:
        """Return in words how many were left out, "" where the pair is compared as it is."""
        if self._as_of is None:
            return ""
        rows = "1 row" if self.total == 1 else f"{self.total:,} rows"
        return f"; {rows} written after {self._as_of.at.isoformat()} left out"


def check_as_of(settings: Verify) -> None:
    """Raise ConfigError for an `as_of` that is no instant, or that no table knows what to do with."""
    if settings.as_of and moment(settings.as_of) and not any(pair.written_column for pair in settings.tables):
        remedy = "Give each table that is written to a `written_column` under `verify.tables`."
        raise ConfigError("verify.as_of is set, and no table says when its rows were written.", remedy)


def as_of(settings: Verify, pair: TablePair, selection: Selection) -> AsOf | None:
    """Return as of when a pair is compared, None where it is compared as it is. Raises ConfigError."""
    if not settings.as_of:
        return None
    at = moment(settings.as_of)
    if not pair.written_column:
        return None
    names: Sequence[str] = [reading.column for reading in selection.readings]
    where = f"verify.tables, {pair.old}: written_column"
    if pair.written_column not in names:
        raise ConfigError(f"{where}: {pair.written_column!r} is not compared.", nearest(pair.written_column, names))
    place = names.index(pair.written_column)
    reading = selection.readings[place]
    if reading.kind is not TypeClass.timestamp or reading.transformed:
        raise ConfigError(f"{where}: {pair.written_column!r} holds no instants.", "Name a column of timestamps.")
    return AsOf(at=at, place=place)


def moment(text: str) -> datetime:
    """Return the instant of `verify.as_of`. Raises ConfigError for text that is none, or that has no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        remedy = "Write it like 2026-01-31T03:00:00Z, with a zone."
        raise ConfigError(f"verify.as_of: {text!r} is no instant with a zone.", remedy)
    return found.astimezone(UTC)
