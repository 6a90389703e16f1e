"""What a second look made of one mismatch: the record that travels from the comparer to the ledger."""

from __future__ import annotations

import msgspec

from shadow.records import Triage

EXCUSED = frozenset({Triage.transient, Triage.unstable})
"""A mismatch with one of these counts neither for nor against parity."""


class Triaged(msgspec.Struct, frozen=True, kw_only=True):
    """The triage of the mismatch with this number is decided, at `at` (Unix seconds). `pending`: it never will be,
    and the mismatch keeps failing."""

    lane: str
    seq: int
    triage: Triage
    at: float
