"""What a live exchange needs of its listener."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from shadow.mirror.capture import Budget
from shadow.mirror.client import ClientKey
from shadow.mirror.policy import Decision
from shadow.mirror.tee import Tee
from shadow.wire.inbound import Inbound
from shadow.wire.pool import Pool
from shadow.wire.upstream import UpstreamConnection

if TYPE_CHECKING:
    from shadow.mirror.exchange import LiveExchange


class Live(Protocol):
    """What an exchange needs of its listener."""

    pool: Pool
    client_key: ClientKey
    prefix: bytes
    hop: bytes
    budget: Budget
    max_body_bytes: int
    max_primary_s: float
    waiting: set[LiveExchange]

    def decide(self, method: str, target: bytes) -> Decision:
        """Which legs are called."""

    def accept(self, client: str) -> Tee:
        """Count a request, and choose the tee that it will go through."""

    def tunnel(self, inbound: Inbound, connection: UpstreamConnection, rest: bytes) -> None:
        """Let bytes pass between the two, both ways, beginning with `rest` of the primary."""

    def connect(self, exchange: LiveExchange, *, fresh: bool) -> None:
        """Get a connection and call `on_connection` or `on_no_connection`."""
