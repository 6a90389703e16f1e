"""What a live exchange needs of its listener."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from shadow.mirror.capture import Budget
from shadow.mirror.policy import Decision
from shadow.records import Outcome
from shadow.wire.pool import Pool

if TYPE_CHECKING:
    from shadow.mirror.exchange import LiveExchange


class Live(Protocol):
    """What an exchange needs of its listener."""

    pool: Pool
    prefix: bytes
    via: bytes
    budget: Budget
    max_body_bytes: int
    max_primary_s: float
    waiting: set[LiveExchange]

    def decide(self, method: str, target: bytes) -> Decision:
        """Which legs are called."""

    def accept(self) -> None:
        """Count a request."""

    def monotonic(self) -> float:
        """The loop's time."""

    def hand_over(
        self, make: Callable[[int], msgspec.Struct], *, size_bytes: int, otherwise: tuple[Outcome, str] | None = None
    ) -> None:
        """Tee the exchange, or count how it ended."""

    def connect(self, exchange: LiveExchange, *, fresh: bool) -> None:
        """Get a connection and call `on_connection` or `on_no_connection`."""
