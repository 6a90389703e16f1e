from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import Ledger
from shadow.errors import LedgerError
from shadow.ledger.reader import read_evidence
from shadow.ledger.signing import sign
from shadow.ledger.signoff import GENESIS, SignOff, broken_at, chained, new_id, read_signoffs
from shadow.ledger.writer import LedgerWriter


def entry(name: str, **fields: Any) -> SignOff:
    given: dict[str, Any] = {
        "id": name, "what": "approval", "who": "ada", "why": "seen", "at": 1.0, "until": 2.0, "ledger_id": "l",
        "primary_build": "p", "candidate_build": "c", "config_digest": "d", "evidence_digest": "e",
    }  # fmt: skip
    return SignOff(**(given | fields))


@pytest.fixture
def signed(path: Path) -> Path:
    LedgerWriter.open(path, Ledger()).close()
    for name in ("a", "b", "c"):
        sign(path, Ledger(), entry(name))
    return path


def test_entries_are_chained(signed: Path) -> None:
    chain = read_signoffs(signed)
    assert [one.seq for one in chain] == [1, 2, 3]
    assert chain[0].hash == chained(GENESIS, chain[0].content)
    assert chain[2].hash == chained(chain[1].hash, chain[2].content)
    assert broken_at(chain) is None
    assert read_evidence(signed, at=0.0).signoffs == chain
    assert broken_at(()) is None


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE signoff SET content = replace(content, 'ada', 'eve') WHERE seq = 2", 2),
        ("DELETE FROM signoff WHERE seq = 2", 2),
        ("DELETE FROM signoff WHERE seq = 1", 1),
        ("UPDATE signoff SET hash = hash || '0' WHERE seq = 3", 3),
        ("UPDATE signoff SET seq = 9 WHERE seq = 3", 3),
    ],
)
def test_whoever_changes_one_breaks_it_and_nobody_signs_on_top(signed: Path, statement: str, broken: int) -> None:
    db = sqlite3.connect(signed)
    db.execute(statement)
    db.commit()
    db.close()
    assert broken_at(read_signoffs(signed)) == broken
    with pytest.raises(LedgerError, match=f"broken at entry {broken}"):
        sign(signed, Ledger(), entry("d"))


def test_no_ledger_is_made_by_signing(path: Path) -> None:
    with pytest.raises(LedgerError, match="no ledger"):
        sign(path, Ledger(), entry("a"))
    assert not path.exists()


def test_ids_differ() -> None:
    assert new_id(1.0) != new_id(1.0)
