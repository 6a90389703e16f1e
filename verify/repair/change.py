"""One row to be changed, with everything that is needed to do it only if the row is as it was, and to undo it."""

from __future__ import annotations

from typing import Literal

import msgspec

from verify.equality.canonical import MISSING
from verify.store import Value

Values = dict[str, Value]


class CannotWriteError(Exception):
    """Raised for a value that the engine's language cannot say; the message names the type, never the value."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `table`, found by its `key` columns. `before` holds the values that it must still have (none of a row to
    be inserted), `after` those that are written (none of a row to be deleted)."""

    kind: Literal["update", "insert", "delete"]
    table: str
    key: tuple[str, ...]
    before: Values = {}
    after: Values = {}

    def undone(self) -> Change:
        """Return the change that undoes this one, if the row is still as it left it."""
        if self.kind == "insert":
            return Change(kind="delete", table=self.table, key=self.key, before=self.after)
        if self.kind == "delete":
            after = {name: value for name, value in self.before.items() if value is not MISSING}
            return Change(kind="insert", table=self.table, key=self.key, after=after)
        held = {name: self.before.get(name, MISSING) for name in self.after}
        return Change(kind="update", table=self.table, key=self.key, before=self.before | self.after, after=held)
