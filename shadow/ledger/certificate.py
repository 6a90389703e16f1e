"""The A/A certificate: what the comparison says about two answers of the old build, who should always agree.

Whatever it finds open there is a false alarm of its own: noise that was not learnt, or a secondary that is no copy.
Counts belong to the primary's build, not to an epoch: a new candidate changes nothing about them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from shadow.ledger import schema
from shadow.ledger.caps import OVERFLOW
from shadow.ledger.database import connect_reader
from shadow.ledger.failures import translated
from shadow.ledger.sql import adding
from shadow.records import Observation

MAX_FOUND = 1_000
"""Different alarms that are kept per build; all beyond them share one name."""

_COUNT = adding("itself", "build, block_at, endpoint", "n, alarms")
_FOUND = (
    "INSERT INTO itself_found (build, endpoint, difference, n, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (build, endpoint, difference) DO UPDATE SET n = n + excluded.n,"
    " first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)"
)


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One difference that was open between two answers of the old build; `difference` is kind and group."""

    endpoint: str
    difference: str
    n: int
    first_at: float
    last_at: float


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """How many exchanges of an endpoint were judged, and how many of them had an open difference."""

    endpoint: str
    n: int
    alarms: int


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """All that was judged of one primary build. `first_at`, `last_at`: when the first block of it began and the last
    one ends, in the future while it runs. Without alarms in n exchanges the rate of false alarms is
    below about 3/n (95 %); the exact bound is Clopper-Pearson's of `alarms` in `n`.

    Cannot see: differences that both copies share, and exchanges from before noise was learnt at their endpoint."""

    build: str
    first_at: float
    last_at: float
    n: int
    alarms: int
    endpoints: tuple[Judged, ...] = ()
    found: tuple[Alarm, ...] = ()


class Itself:
    """What one commit adds."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, float, str], list[int]] = {}
        self.found: dict[tuple[str, str, str], list[float]] = {}

    def add(self, observation: Observation, build: str, block_at: float, endpoint: str) -> None:
        """Count an observation whose secondary was judged; others change nothing."""
        if observation.itself is None:
            return
        counts = self.counts.setdefault((build, block_at, endpoint), [0, 0])
        counts[0] += 1
        counts[1] += bool(observation.itself)
        at = observation.started_at
        for difference in set(observation.itself):
            held = self.found.setdefault((build, endpoint, difference), [0, at, at])
            held[0] += 1
            held[1] = min(held[1], at)
            held[2] = max(held[2], at)


def store_itself(db: sqlite3.Connection, itself: Itself) -> None:
    """Write what a commit adds, within the caller's transaction."""
    db.executemany(_COUNT, [(*key, *counts) for key, counts in itself.counts.items()])
    for (build, endpoint, difference), held in itself.found.items():
        known = db.execute(
            "SELECT 1 FROM itself_found WHERE build = ? AND endpoint = ? AND difference = ?",
            (build, endpoint, difference),
        ).fetchone()
        named = (endpoint, difference)
        if not known:
            (kept,) = db.execute("SELECT count(*) FROM itself_found WHERE build = ?", (build,)).fetchone()
            named = named if kept < MAX_FOUND else ("", OVERFLOW)
        db.execute(_FOUND, (build, *named, *held))


def read_certificate(path: Path, build: str, *, since: float | None = None) -> Certificate | None:
    """Return the certificate of a primary build (empty: unknown), None where nothing of it was ever judged.

    `since` (Unix seconds) leaves older blocks out; what was found is that of the whole build.
    Raises LedgerError and EnvironmentFailure as `shadow.ledger.reader.read_evidence` does.
    """
    db = connect_reader(path)
    try:
        with translated(path, "read"):
            db.execute("BEGIN")
            meta = schema.read_meta(db, path)
            return certificate_of(db, build, block_s=float(meta["block_s_max"]), since=since)
    finally:
        db.close()


def certificate_of(
    db: sqlite3.Connection, build: str, *, block_s: float, since: float | None = None
) -> Certificate | None:
    """Return the certificate as of the caller's transaction."""
    if not schema.has_table(db, "itself"):
        return None
    after = float("-inf") if since is None else since - block_s
    rows = db.execute(
        "SELECT endpoint, sum(n), sum(alarms), min(block_at), max(block_at) FROM itself"
        " WHERE build = ? AND block_at > ? GROUP BY endpoint ORDER BY endpoint",
        (build, after),
    ).fetchall()
    if not rows:
        return None
    found: Iterable[tuple[str, str, int, float, float]] = db.execute(
        "SELECT endpoint, difference, n, first_at, last_at FROM itself_found WHERE build = ?"
        " ORDER BY n DESC, endpoint, difference",
        (build,),
    )
    return Certificate(
        build=build,
        first_at=min(row[3] for row in rows),
        last_at=max(row[4] for row in rows) + block_s,
        n=sum(row[1] for row in rows),
        alarms=sum(row[2] for row in rows),
        endpoints=tuple(Judged(endpoint=row[0], n=row[1], alarms=row[2]) for row in rows),
        found=tuple(
            Alarm(endpoint=endpoint, difference=difference, n=n, first_at=first_at, last_at=last_at)
            for endpoint, difference, n, first_at, last_at in found
        ),
    )


def primary_build(observation: Observation, fallback: str) -> str:
    """Return the build of an observation's primary leg, `fallback` where it names none."""
    named: Mapping[str, str] = {leg.leg.value: leg.build for leg in observation.legs}
    return named.get("primary") or fallback
