"""What one commit adds to the ledger, summed up in memory before a single row is written."""

from __future__ import annotations

from collections.abc import Mapping

from shadow.ledger.caps import OTHER, UNATTRIBUTED
from shadow.ledger.causes import Causes
from shadow.ledger.certificate import Itself
from shadow.ledger.epochs import Builds
from shadow.ledger.governed import Governed
from shadow.ledger.known import Known, SeenKey
from shadow.ledger.lanes import parse_ending
from shadow.ledger.signature import Member
from shadow.ledger.triage import Awaited, Number
from shadow.records import Example, Kind, Leg, Outcome, Triage

CellKey = tuple[Builds, float, str]
"""Builds, start of the block, endpoint."""


class Cell:
    """Counts of one epoch, block and endpoint. The four-lists count both ok, old bad, new bad, both bad; `pairing`
    counts both, only old, only new, neither."""

    __slots__ = ("buckets", "error", "governed", "mismatch", "outcomes", "pairing", "ratios", "sets")

    def __init__(self) -> None:
        self.outcomes: dict[tuple[Outcome, str, Triage], int] = {}
        self.error = [0, 0, 0, 0]
        self.mismatch = [0, 0, 0, 0]
        self.pairing = [0, 0, 0, 0]
        self.ratios: dict[Leg, tuple[int, float, float]] = {}
        self.buckets: dict[tuple[Leg, int], int] = {}
        self.sets: dict[tuple[Outcome, str], int] = {}
        self.governed = Governed()

    def count(self, outcome: Outcome, reason: str, triage: Triage, n: int = 1) -> None:
        """Add endings."""
        key = (outcome, reason, triage)
        self.outcomes[key] = self.outcomes.get(key, 0) + n


class SignatureCount:
    """Exchanges of one signature in one block."""

    __slots__ = ("first_at", "last_at", "n", "n_open")

    def __init__(self, at: float) -> None:
        self.n = 0
        self.n_open = 0
        self.first_at = at
        self.last_at = at


class EpochSpan:
    """When a pair of builds was seen, and last named."""

    __slots__ = ("first_at", "last_at", "named_at")

    def __init__(self, at: float) -> None:
        self.first_at = at
        self.last_at = at
        self.named_at: float | None = None


class Increments:
    """All that one commit adds."""

    def __init__(self) -> None:
        self.epochs: dict[Builds, EpochSpan] = {}
        self.cells: dict[CellKey, Cell] = {}
        self.signatures: dict[tuple[Builds, float, str], SignatureCount] = {}
        self.new_signatures: dict[str, tuple[str, str, Kind]] = {}
        self.notes: dict[str, str] = {}
        self.new_sets: dict[str, tuple[str, tuple[Member, ...]]] = {}
        self.slots: dict[tuple[Builds, str, int], Example] = {}
        self.seen: dict[SeenKey, int] = {}
        self.itself = Itself()
        self.awaited: dict[Number, Awaited] = {}
        self.causes = Causes()

    def cell(self, builds: Builds, block_at: float, endpoint: str) -> Cell:
        """Return the cell of a key, new where needed."""
        key = (builds, block_at, endpoint)
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = Cell()
        return cell

    def see(self, builds: Builds, at: float, *, names: bool) -> None:
        """Widen the span of an epoch."""
        span = self.epochs.get(builds)
        if span is None:
            span = self.epochs[builds] = EpochSpan(at)
        span.first_at = min(span.first_at, at)
        span.last_at = max(span.last_at, at)
        if names:
            span.named_at = at if span.named_at is None else max(span.named_at, at)

    def end(self, endings: Mapping[str, int], known: Known, block_at: float, now: float) -> None:
        """Add endings that have no observation: `outcome(reason)` -> how many, under `_unattributed`."""
        if not endings:
            return
        builds = known.epochs.fallback()
        self.see(builds, now, names=False)
        cell = self.cell(builds, block_at, UNATTRIBUTED)
        for text, n in endings.items():
            outcome, reason = parse_ending(text)
            cell.count(outcome, reason if known.reasons.admit(reason) else OTHER, Triage.pending, n)
