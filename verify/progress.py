"""What a run tells while it is under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A check of a pair began, or read rows, or ended. `rows` counts both sides so far, `expected` is about how many
    there will be (0 where that is not known); rows that differ are read again, so `rows` may grow beyond it."""

    what: Literal["began", "rows", "ended"]
    pair: str
    check: str
    rows: int = 0
    expected: int = 0


Progress = Callable[[Step], None]


def silent(_step: Step) -> None:
    """Tell nobody."""
