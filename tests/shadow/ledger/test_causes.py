"""Features beside signatures, and the smallest request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shadow.config.model import Ledger
from shadow.ledger import causes
from shadow.ledger.caps import Cap
from shadow.ledger.reader import read_evidence
from shadow.ledger.signature import signature_id
from shadow.ledger.writer import LedgerWriter
from shadow.records import Difference, Observation

Make = Callable[..., Observation]
Differ = Callable[..., Difference]

ID = signature_id("GET /x", "body:$.a", "value")


def test_counts(path: Path, settings: Ledger, observe: Make, differ: Differ) -> None:
    """Of exchanges that failed by what was left open, of the others by themselves; a commit adds to the last."""
    noise = (differ(disposition="noise"),)
    with LedgerWriter.open(path, settings, "k") as writer:
        for round_ in (0, 10):
            writer.commit(
                [
                    observe(round_ + 1, features=("a", "b")),
                    observe(round_ + 2, features=("a",), outcome="mismatch", differences=(differ(),)),
                    observe(round_ + 3, features=("b",), outcome="noise_only", differences=noise),
                    observe(round_ + 4, features=("a", "b"), outcome="candidate_failed"),
                ],
                now=1000.0,
            )
    rows = {(row.signature, row.name): row.n for row in read_evidence(path, at=2000.0).features}
    assert rows == {("", ""): 4, ("", "a"): 2, ("", "b"): 4, (ID, ""): 2, (ID, "a"): 2}


def test_names_are_bounded(
    path: Path, settings: Ledger, observe: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(causes, "MAX_FEATURES_PER_ENDPOINT", 2)
    with LedgerWriter.open(path, settings, "k") as writer:
        writer.commit([observe(seq, features=(f"f{seq}",)) for seq in range(1, 6)], now=1000.0)
    with LedgerWriter.open(path, settings, "k") as writer:  # the bound outlives the writer
        writer.commit([observe(9, features=("late", "f1"))], now=1000.0)
    rows = {row.name: row.n for row in read_evidence(path, at=2000.0).features}
    assert rows == {"": 6, "f1": 2, "f2": 1}


def test_the_smallest_request(path: Path, settings: Ledger, observe: Make, differ: Differ) -> None:
    def mismatch(seq: int, size: int) -> Observation:
        more = {"differences": (differ(),), "features": ("a",), "request_bytes": size}
        return observe(seq, 1000.0 + seq, outcome="mismatch", shown=True, **more)

    with LedgerWriter.open(path, settings, "k") as writer:
        writer.commit([mismatch(1, 90), mismatch(2, 70), mismatch(3, 80)], now=1000.0)
    with LedgerWriter.open(path, settings, "k") as writer:
        writer.commit([mismatch(4, 75)], now=1000.0)
        (row,) = read_evidence(path, at=2000.0).signatures
        assert row.smallest is not None
        assert (row.smallest.bytes, row.smallest.request.start, row.smallest.seen_at) == (70, "GET /x?2", 1002.0)
        writer.commit([mismatch(5, 60)], now=1000.0)
    (row,) = read_evidence(path, at=2000.0).signatures
    assert row.smallest is not None and row.smallest.bytes == 60


def test_a_new_memory_knows_nothing() -> None:
    memory = causes.new_memory()
    assert isinstance(memory.names, Cap) and memory.smallest == {}
