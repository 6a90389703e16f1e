"""Where the key of the keyed hashes comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from shadow.config.model import Redact
from shadow.errors import EnvironmentFailure
from shadow.redaction_key import load_redaction_key


def test_the_configured_key_is_taken_as_it_is(tmp_path: Path) -> None:
    assert load_redaction_key(Redact(key="0123456789abcdef"), tmp_path / "ledger.db") == b"0123456789abcdef"
    assert list(tmp_path.iterdir()) == []


def test_otherwise_one_is_made_once_for_the_owner_only(tmp_path: Path) -> None:
    ledger = tmp_path / "new" / "ledger.db"
    key = load_redaction_key(Redact(), ledger)
    assert len(key) == 64
    assert load_redaction_key(Redact(), ledger) == key
    path = ledger.with_name("ledger.db.key")
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_redaction_key(Redact(), tmp_path / "other.db") != key


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.db.key").write_text("short\n")
    with pytest.raises(EnvironmentFailure, match="shorter than 16 bytes"):
        load_redaction_key(Redact(), tmp_path / "ledger.db")
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFailure, match="cannot be used"):
        load_redaction_key(Redact(), tmp_path / "file" / "ledger.db")
