"""Time as an argument: instants are Unix seconds in UTC, durations are monotonic seconds."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the shells pass to the pure parts instead of letting them ask."""

    def now(self) -> float:
        """Return the instant, Unix seconds UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go backwards; only differences mean anything."""


class SystemClock:
    """The real clock."""

    def now(self) -> float:
        """Return the instant, Unix seconds UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go backwards."""
        return time.monotonic()


def block_start(at: float, block_s: float) -> float:
    """Return the start of the ledger block in which `at` lies; blocks are aligned to the Unix epoch (UTC)."""
    return at - at % block_s


def iso(at: float) -> str:
    """Format an instant as ISO 8601 in UTC with seconds: `2026-01-31T08:00:00Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
