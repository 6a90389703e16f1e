"""What the writer remembers is what it would load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from shadow.config.model import Ledger
from shadow.ledger.database import connect_reader
from shadow.ledger.known import Known
from shadow.ledger.store import load_known
from shadow.ledger.writer import LedgerWriter
from shadow.records import Difference, Lane, Observation


def _facts(known: Known) -> dict[str, object]:
    """Everything that decides what later commits do."""
    return {
        "current": (known.epochs.current, known.epochs.named_at),
        "names": [cap.known for cap in (known.endpoints, known.reasons, known.signatures, known.sets)],
        "groups": [dict(cap._groups) for cap in (known.signatures, known.sets)],
        "rest": (known.notes, known.seen, known.lanes, known.epoch_ids),
        "endpoints": known.endpoint_ids,
    }


def test_memory_equals_ledger(
    path: Path, observe: Callable[..., Observation], differ: Callable[..., Difference]
) -> None:
    with LedgerWriter.open(path, Ledger()) as writer:
        for first in (1, 20, 40):
            observations = [
                observe(
                    seq,
                    float(seq),
                    endpoint=f"GET /{seq % 4}",
                    outcome="mismatch",
                    reason=f"r{seq % 3}",
                    builds=("p", f"c{first}"),
                    shown=True,
                    differences=(differ(f"g{seq % 5}", note="n"), differ("status")),
                )
                for seq in range(first, first + 15)
            ]
            lane = Lane(lane="a", started_at=1.0, accepted=first + 20, open=1, handed=first + 19, local={})
            writer.commit(observations, [lane], now=1.0)
        known = writer._claimed()
        db = connect_reader(path)
        loaded = load_known(db, max_endpoints=Ledger().max_endpoints)
        db.close()
        assert _facts(loaded) == _facts(known)
        assert len(known.seen) > 10
        assert known.epochs.current == ("p", "c40")
