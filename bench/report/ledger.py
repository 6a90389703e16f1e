"""A large ledger as a mirror leaves it: days, then hours, then the blocks of the last two hours."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

from shadow import records
from shadow.config.model import Ledger
from shadow.ledger import rollup
from shadow.ledger.evidence import WatchRow
from shadow.ledger.histogram import SCALE, bucket_of
from shadow.ledger.rollup import DAY_S, HOUR_S, Rollup, mark
from shadow.ledger.signature import set_id_of, signature_id
from shadow.ledger.writer import LedgerWriter
from shadow.records import Leg

BLOCK_S = 300.0


def observation(
    seq: int, at: float, endpoint: str, differences: tuple[records.Difference, ...], rng: random.Random
) -> records.Observation:
    """One exchange, with an example where it differs."""
    example = None
    if differences:
        items = ", ".join(f'{{"id": {n}, "price": "1.50"}}' for n in range(20))
        body = f'{{"items": [{items}]}}'
        message = records.Message(start="200", headers=(("content-type", "application/json"),), body=body)
        example = records.Example(
            observed_at=at, request=records.Message(start=endpoint), primary=message, candidate=message,
            differences=differences,
        )  # fmt: skip
    legs = tuple(
        records.LegResult(
            leg=leg, state=records.LegState.answered, status=200, duration_s=rng.lognormvariate(-4, 0.6), build=build
        )
        for leg, build in ((Leg.primary, "old-1"), (Leg.candidate, "new-1"), (Leg.secondary, "old-1"))
    )
    return records.Observation(
        lane="bench", seq=seq, started_at=at, endpoint=endpoint,
        outcome=records.Outcome.mismatch if differences else records.Outcome.match, legs=legs,
        differences=differences, example=example, secondary_differs=False,
    )  # fmt: skip


def difference(number: int) -> records.Difference:
    """One of the signatures."""
    group = f"body:$.items[*].field_{number}"
    return records.Difference(
        kind=records.Kind.value, path=group, group=group, old='"1.50"', new="1.5", disposition=records.Disposition.open
    )


def cell(at: float, width: int, n: int, sets: list[tuple[str, str, str, int, float]], rng: random.Random) -> Rollup:
    """The counts of one endpoint over an hour or a day."""
    failing = sum(row[3] for row in sets)
    histograms = []
    for leg in Leg:
        counts: dict[int, int] = {}
        for _ in range(min(n, 300)):
            bucket = bucket_of(rng.lognormvariate(-4, 0.6))
            counts[bucket] = counts.get(bucket, 0) + max(1, n // 300)
        histograms.append((leg.value, SCALE, rollup.pack(counts)))
    blocks = [(at + block * BLOCK_S, max(1, n // (width // 300)), 0, 0, 0) for block in range(int(width // BLOCK_S))]
    noisy = [(start, size, int(index < failing), 0, 0) for index, (start, size, *_) in enumerate(blocks)]
    return Rollup(
        outcomes=[("match", "", "pending", n - failing), ("mismatch", "", "confirmed", failing)],
        joints=[("error", n, 0, 0, 0), ("mismatch", n - failing, 0, failing, 0)],
        pairing=(n, 0, 0, 0),
        ratios=[("primary", n, 0.01, n * 0.7), ("secondary", n, 0.01, n * 0.7)],
        histograms=histograms,
        sets=sets,
        errors=mark(blocks, at),
        parity=mark(noisy, at),
    )


def build(path: Path, *, now: float, exchanges: int, days: int, endpoints: int, signatures: int) -> None:
    """Write the ledger."""
    rng = random.Random(1)
    names = [f"GET /area-{n % 20}/things-{n}/{{id}}" for n in range(endpoints)]
    today = now - now % DAY_S
    each = exchanges // (days * endpoints)
    with LedgerWriter.open(path, Ledger()) as writer:
        # The last two hours as blocks, with every signature and its examples.
        recent, seq = [], 0
        for number in range(signatures):
            for _ in range(3):
                seq += 1
                recent.append(observation(seq, now - 60.0, names[number % endpoints], (difference(number),), rng))
        for name in names:
            for block in range(24):
                seq += 1
                recent.append(observation(seq, now - 30.0 - block * BLOCK_S, name, (), rng))
        writer.commit(recent, now=now)
        heart = [
            WatchRow(name=watch, block_at=today - days * DAY_S + hour * HOUR_S, seconds=HOUR_S)
            for hour in range(days * 24)
            for watch in ("mirror", "breaker:candidate")
        ]
        writer.watch(heart)
    db = sqlite3.connect(path)
    ids = dict(db.execute("SELECT name, id FROM endpoint"))
    total = seq
    rows, folded = [], []
    for index, name in enumerate(names):
        own = [number for number in range(signatures) if number % endpoints == index][:3]
        identities = [
            (set_id_of(((signature_id(name, difference(n).group, records.Kind.value), "open", ""),)), n) for n in own
        ]
        spans = [(today - (day + 1) * DAY_S, int(DAY_S)) for day in range(1, days)]
        spans += [(today - DAY_S + hour * HOUR_S, int(HOUR_S)) for hour in range(24)]
        for at, width in spans:
            n = each if width == DAY_S else max(1, each // 24)
            sets = [("mismatch", key, "confirmed", 1, at) for key, _ in identities] if width == DAY_S else []
            rows.append((width, 1, at, ids[name], n, rollup.encode(cell(at, width, n, sets, rng))))
            folded += [
                (width, 1, at, signature_id(name, difference(number).group, records.Kind.value), 1, 1, at, at)
                for _, number in identities
                if width == DAY_S
            ]
            total += n
    db.executemany("INSERT INTO rollup VALUES (?, ?, ?, ?, ?, ?)", rows)
    db.executemany("INSERT INTO signature_rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?)", folded)
    starts = [today - days * DAY_S + block * BLOCK_S for block in range(int(days * DAY_S // BLOCK_S))]
    pooled = exchanges // max(len(starts), 1)
    db.executemany(
        "INSERT INTO block_total VALUES (1, ?, ?, 0, 0, 0, ?, ?)",
        [(at, pooled, pooled, int(rng.random() < 0.1)) for at in starts],
    )
    db.execute("UPDATE epoch SET first_at = ?", (today - days * DAY_S,))
    db.commit()
    db.close()
    with LedgerWriter.open(path, Ledger()) as writer:
        folded_lane = records.Lane(lane="folded", started_at=0.0, accepted=total - seq, closed=True)
        writer.commit((), (folded_lane, records.Lane(lane="bench", started_at=now, accepted=seq, handed=seq)), now=now)
