"""What was learnt of noise, as the ledger keeps it: a row for each place, and one for each endpoint's pairs."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from shadow.learnt.book import Learnt
from shadow.learnt.seen import Seen
from shadow.ledger import schema
from shadow.ledger.database import connect_reader
from shadow.ledger.failures import translated

FAINT = 0.05
"""What has faded to less than this many pairs is forgotten."""

_PAIRS = ""
"""The group of the row that tells of an endpoint as a whole."""

_seen = msgspec.msgpack.Decoder(Seen)
_learnt = msgspec.msgpack.Decoder(Learnt)
_encoder = msgspec.msgpack.Encoder()


def store_noise(db: sqlite3.Connection, wholes: Sequence[Learnt], builds: Sequence[str]) -> None:
    """Write endpoints whole, and forget all builds but `builds`, within the caller's transaction."""
    places = ", ".join("?" for _ in builds)
    db.execute(f"DELETE FROM noise WHERE build NOT IN ({places})", tuple(builds))  # noqa: S608
    for whole in wholes:
        key = (whole.build, whole.endpoint)
        db.execute("DELETE FROM noise WHERE build = ? AND endpoint = ?", key)
        rows = [(_PAIRS, _encoder.encode(msgspec.structs.replace(whole, groups={})))]
        rows += [
            (group, _encoder.encode(seen))
            for group, seen in whole.groups.items()
            if seen.varied * 0.5 ** max(whole.clock - seen.clock, 0.0) >= FAINT
        ]
        db.executemany(
            "INSERT INTO noise VALUES (?, ?, ?, ?, ?)", [(*key, group, whole.at, content) for group, content in rows]
        )


def noise_of(db: sqlite3.Connection) -> list[Learnt]:
    """Return every endpoint of every build that is kept, the build seen last at the end."""
    if not schema.has_table(db, "noise"):
        return []
    wholes: dict[tuple[str, str], Learnt] = {}
    for build, endpoint, group, content in db.execute(
        'SELECT n.build, n.endpoint, n."group", n.content FROM noise n'
        " JOIN (SELECT build, max(seen_at) AS last FROM noise GROUP BY build) b ON b.build = n.build"
        ' ORDER BY b.last, n.build, n.endpoint, n."group"'
    ):
        if group == _PAIRS:
            wholes[(build, endpoint)] = _learnt.decode(content)
        elif (build, endpoint) in wholes:
            wholes[(build, endpoint)].groups[group] = _seen.decode(content)
    return list(wholes.values())


def read_noise(path: Path) -> list[Learnt]:
    """Return what was learnt, of every build that is kept. Raises as `shadow.ledger.reader.read_evidence` does."""
    db = connect_reader(path)
    try:
        with translated(path, "read"):
            db.execute("BEGIN")
            schema.read_meta(db, path)
            return noise_of(db)
    finally:
        db.close()
