"""A difference as the comparison finds it: at a place given as segments, with raw values. Never stored."""

from __future__ import annotations

from enum import Enum

import msgspec

from shadow.paths import Segments, render, render_group
from shadow.records import Kind


class Absent(Enum):
    """Stands for "nothing there", which is neither null nor empty."""

    absent = "absent"


ABSENT = Absent.absent


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One difference with the raw values of both sides. `segments` is None for an area as a whole."""

    kind: Kind
    area: str
    segments: Segments | None = None
    old: object = ABSENT
    new: object = ABSENT
    note: str = ""

    @property
    def path(self) -> str:
        """Return the concrete place."""
        return render(self.area, self.segments)

    @property
    def group(self) -> str:
        """Return the place without indexes."""
        return render_group(self.area, self.segments)


class LimitError(Exception):
    """Raised when a limit is exhausted, so that the comparison could only be partial; the text names the limit."""
