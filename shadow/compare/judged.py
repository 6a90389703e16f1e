"""What a comparison came to: each difference with what became of it, and how the exchange ended."""

from __future__ import annotations

from typing import NamedTuple

from shadow.compare.itself import Itself
from shadow.compare.outcome import Ending
from shadow.compare.showing import Judged


class Comparison(NamedTuple):
    """One exchange compared. `full`: there was more than could be kept."""

    ending: Ending
    judged: list[Judged]
    itself: Itself | None
    full: bool = False
