"""What a run tells while it is under way, and how fast it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Literal

import msgspec


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A check of a pair began, or read rows, or ended. `rows` counts both sides so far, `expected` is about how many
    there will be (0 where that is not known); rows that differ are read again, so `rows` may grow beyond it.
    With `paused` the run waits, `why` says for what (which server is how busy); "" when it goes on."""

    what: Literal["began", "rows", "paused", "ended"]
    pair: str
    check: str
    rows: int = 0
    expected: int = 0
    why: str = ""


Progress = Callable[[Step], None]


def silent(_step: Step) -> None:
    """Tell nobody."""


_WINDOW_S = 30.0
"""The time over which the speed is taken: long enough to be steady, short enough to follow a server's load."""


class Speed:
    """Rows a second over the last half minute, of one check at a time."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._marks: deque[tuple[float, int]] = deque()

    def begin(self) -> None:
        """Forget what was: another check begins."""
        self._marks.clear()
        self._marks.append((self._clock(), 0))

    def words(self, step: Step) -> str:
        """Take in how many rows were read; return how many, how fast and how long the rest takes, in words."""
        now = self._clock()
        self._marks.append((now, step.rows))
        # The last mark before the window stays, else a slow reader would have no speed at all.
        while len(self._marks) > 2 and self._marks[1][0] < now - _WINDOW_S:
            self._marks.popleft()
        began, before = self._marks[0]
        speed = (step.rows - before) / (now - began) if now > began else 0.0
        said = f"{step.rows:,} rows"
        # An estimate that was passed says nothing any more: "100 %" would promise an end.
        if step.rows <= step.expected > 0:
            said = f"{step.rows:,} of about {step.expected:,} rows ({100 * step.rows // step.expected} %)"
        if speed < 1:
            return said
        left = max(0, step.expected - step.rows) / speed
        return f"{said}, {speed:,.0f} rows/s" + (f", about {_time(left)} left" if left >= 1 else "")


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min" if minutes else f"{rest} s"
