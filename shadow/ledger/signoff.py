"""Who signed what: approvals and waivers as a chain of hashes, so that none can be changed or taken out unnoticed.

Each entry's hash is SHA-256 over the hash before it and its own text. Cannot see: a chain that was cut at its end, or
rewritten whole by somebody with the file; export it (`shadow approve --export`) where that matters.
"""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec

from shadow.clock import SystemClock
from shadow.errors import LedgerError
from shadow.ledger.database import connect_reader, transaction
from shadow.ledger.failures import translated
from shadow.ledger.schema import has_table, read_meta

GENESIS = "0" * 64


class SignOff(msgspec.Struct, frozen=True, kw_only=True):
    """One signature. `what` is `approval`, `waiver` or `revocation` (of `revokes`).

    It binds to the builds, the configuration's digest and the evidence's digest of the document it was given on.
    A waiver names criterion and scope, and in `limit` the observed value up to which it holds.
    """

    id: str
    what: Literal["approval", "waiver", "revocation"]
    who: str
    why: str
    at: float
    until: float
    ledger_id: str
    primary_build: str
    candidate_build: str
    config_digest: str
    evidence_digest: str
    accepted: int = 0
    criterion: str = ""
    scope: str = ""
    limit: float | None = None
    revokes: str = ""


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the chain as it is exported: its text, and the hash over it and all before it."""

    seq: int
    content: str
    hash: str


def chained(before: str, content: str) -> str:
    """Return the hash of an entry."""
    return sha256(f"{before}\n{content}".encode()).hexdigest()


def append(db: sqlite3.Connection, signoff: SignOff) -> Signed:
    """Add an entry at the end of the chain, within the caller's transaction."""
    last = db.execute("SELECT seq, hash FROM signoff ORDER BY seq DESC LIMIT 1").fetchone() or (0, GENESIS)
    content = msgspec.json.encode(signoff).decode()
    signed = Signed(seq=last[0] + 1, content=content, hash=chained(last[1], content))
    db.execute("INSERT INTO signoff VALUES (?, ?, ?)", (signed.seq, signed.content, signed.hash))
    return signed


def read_chain(db: sqlite3.Connection) -> tuple[Signed, ...]:
    """Return the whole chain as it is stored, unverified; none of a ledger without one."""
    if not has_table(db, "signoff"):
        return ()
    rows = db.execute("SELECT seq, content, hash FROM signoff ORDER BY seq")
    return tuple(Signed(seq=row[0], content=row[1], hash=row[2]) for row in rows)


def broken_at(chain: tuple[Signed, ...]) -> int | None:
    """Return the number of the first entry that is missing or was changed, None where the chain is whole."""
    before = GENESIS
    for expected, entry in enumerate(chain, 1):
        if entry.seq != expected or entry.hash != chained(before, entry.content):
            return expected
        before = entry.hash
    return None


def read_signoffs(path: Path) -> tuple[Signed, ...]:
    """Return the chain of a ledger. Raises LedgerError and EnvironmentFailure as the reader does."""
    db = connect_reader(path)
    try:
        with translated(path, "read"):
            read_meta(db, path)
            return read_chain(db)
    finally:
        db.close()


def refuse_broken(path: Path, chain: tuple[Signed, ...]) -> None:
    """Raise LedgerError where a chain is broken."""
    broken = broken_at(chain)
    if broken is not None:
        raise LedgerError(
            f"The chain of sign-offs in {path} is broken at entry {broken}.",
            "Somebody changed the file. Restore a copy, or begin a new ledger; its sign-offs cannot be believed.",
        )


def new_id(at: float | None = None) -> str:
    """Return an id for an entry: the instant and a random part."""
    import secrets

    return f"{int(SystemClock().now() if at is None else at):x}-{secrets.token_hex(3)}"


def transact(db: sqlite3.Connection, path: Path, signoff: SignOff) -> Signed:
    """Check the chain and add an entry in one transaction."""
    with translated(path, "write"), transaction(db):
        refuse_broken(path, read_chain(db))
        return append(db, signoff)
