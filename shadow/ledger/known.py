"""What the one writer remembers of the ledger, so that a commit need not ask the database."""

from __future__ import annotations

import msgspec

from shadow.ledger import causes
from shadow.ledger.caps import Cap
from shadow.ledger.epochs import Builds, EpochBook
from shadow.ledger.lanes import LaneState

SeenKey = tuple[Builds, str]
"""Builds and signature id."""


class Known(msgspec.Struct, kw_only=True):
    """Names, ids, counters and bounds as of the last commit. Mutable: thrown away whole when a commit fails."""

    epochs: EpochBook
    endpoints: Cap
    reasons: Cap
    signatures: Cap
    sets: Cap
    notes: dict[str, str]
    seen: dict[SeenKey, int]
    lanes: dict[str, LaneState]
    epoch_ids: dict[Builds, int]
    endpoint_ids: dict[str, int]
    causes: causes.Memory = msgspec.field(default_factory=causes.new_memory)
