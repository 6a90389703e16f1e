from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shadow.config.model import Ledger
from shadow.errors import LedgerError
from shadow.ledger.database import connect_writer
from shadow.ledger.reader import read_evidence
from shadow.ledger.rollup import Rollup, encode
from shadow.ledger.writer import LedgerWriter
from shadow.records import Observation

ODD = Rollup(outcomes=[("odd", "", "pending", 1)])


@pytest.mark.parametrize("content", [b"\x00", encode(ODD)])
def test_a_rollup_that_no_ledger_wrote_is_an_error(
    path: Path, content: bytes, observe: Callable[..., Observation]
) -> None:
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit([observe(1, 0.0)], now=0.0)
        writer.compact(1e6, 5)
    db = connect_writer(path)
    db.execute("UPDATE rollup SET content = ?", (content,))
    db.close()
    with pytest.raises(LedgerError, match="cannot be read"):
        read_evidence(path, at=0.0)


def test_rows_come_in_order_of_time_and_name_whatever_was_seen_first(
    path: Path, observe: Callable[..., Observation]
) -> None:
    with LedgerWriter.open(path, Ledger()) as writer:
        seen = [(172_800.0, "GET /b"), (172_800.0, "GET /a"), (0.0, "GET /c"), (0.0, "GET /b")]
        for seq, (at, endpoint) in enumerate(seen, 1):
            writer.commit([observe(seq, at, endpoint=endpoint)], now=at)
        writer.compact(1e6, 9)
    found = read_evidence(path, at=0.0).outcomes
    assert all(row.width_s for row in found)
    assert len(found) == 4
    order = [(row.width_s, row.block_at, row.endpoint) for row in found]
    assert order == sorted(order)
