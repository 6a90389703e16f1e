"""Contradictions that types cannot see."""
from __future__ import annotations

import msgspec

from shadow.config.document import Path
from shadow.config.model import Config


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One contradiction: where, what, and what to do next."""

    path: Path
    message: str
    remedy: str


def contradictions(config: Config) -> tuple[Problem, ...]:
    """Return every contradiction in a configuration, in no particular order."""
    return ()
