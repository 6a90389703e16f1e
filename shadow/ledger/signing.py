"""Signing: an entry added to the chain of sign-offs of a ledger."""

from __future__ import annotations

from pathlib import Path

from shadow.config.model import Ledger
from shadow.errors import LedgerError
from shadow.ledger.signoff import Signed, SignOff
from shadow.ledger.writer import LedgerWriter


def sign(path: Path, settings: Ledger, signoff: SignOff) -> Signed:
    """Add an entry beside whoever keeps the ledger, and return it.

    Raises LedgerError where the ledger is missing, or its chain is broken: nothing is added to a broken one.
    """
    if not path.exists():
        raise LedgerError(f"There is no ledger at {path}.", "Set ledger.path to the ledger that a mirror wrote.")
    with LedgerWriter.open(path, settings) as writer:
        return writer.sign(signoff)
