"""What readers get, and the files that are refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest

from shadow.config.model import Ledger
from shadow.errors import LedgerError
from shadow.ledger.evidence import (
    Evidence,
    HistogramRow,
    JointRow,
    LaneRow,
    OutcomeRow,
    PairingRow,
    RatioRow,
    SetMember,
    SetRow,
)
from shadow.ledger.histogram import SCALE, bucket_of
from shadow.ledger.reader import STALLED_S, read_evidence
from shadow.ledger.signature import signature_id
from shadow.ledger.writer import LedgerWriter
from shadow.records import Difference, Disposition, Lane, Leg, Observation, Outcome, Triage

Make = Callable[..., Observation]
Differ = Callable[..., Difference]


def _write(path: Path, *observations: Observation, key: str = "") -> None:
    with LedgerWriter.open(path, Ledger(), key) as writer:
        writer.commit(observations, now=1.0)


def test_every_row(path: Path, observe: Make, differ: Differ) -> None:
    first = observe(
        1, 1000.0, outcome="mismatch", triage=Triage.confirmed, differences=(differ(note="n"),), shown=True
    )
    second = observe(2, 1010.0, secondary_differs=False)
    with LedgerWriter.open(path, Ledger(), "key-1") as writer:
        writer.commit([first, second], [Lane(lane="a", started_at=5.0, accepted=4, open=1, handed=3)], now=1.0)
    evidence = read_evidence(path, at=2000.0)
    body = signature_id("GET /x", "body:$.a", "value")
    at: dict[str, object] = {"block_at": 900.0, "endpoint": "GET /x"}
    assert evidence.outcomes == (
        OutcomeRow(**at, outcome=Outcome.match, reason="", triage=Triage.pending, n=1),  # type: ignore[arg-type]
        OutcomeRow(**at, outcome=Outcome.mismatch, reason="", triage=Triage.confirmed, n=1),  # type: ignore[arg-type]
    )
    assert evidence.joints == (
        JointRow(**at, criterion="error", both_ok=2, old_bad=0, new_bad=0, both_bad=0),  # type: ignore[arg-type]
        JointRow(**at, criterion="mismatch", both_ok=1, old_bad=0, new_bad=0, both_bad=0),  # type: ignore[arg-type]
    )
    assert evidence.pairings == (PairingRow(**at, both=2, only_old=0, only_new=0, neither=0),)  # type: ignore[arg-type]
    assert evidence.ratios == (RatioRow(**at, against=Leg.primary, n=2, sum_log=0.0, sum_log2=0.0),)  # type: ignore[arg-type]
    assert evidence.histograms == tuple(
        HistogramRow(**at, leg=leg, scale=SCALE, bucket=bucket_of(0.01), n=2)  # type: ignore[arg-type]
        for leg in (Leg.candidate, Leg.primary)
    )
    member = SetMember(signature=body, disposition=Disposition.open)
    assert evidence.sets == (SetRow(**at, outcome=Outcome.mismatch, members=(member,), n=1),)  # type: ignore[arg-type]
    (row,) = evidence.signatures
    assert (row.id, row.endpoint, row.group, row.kind.value, row.note) == (body, "GET /x", "body:$.a", "value", "n")
    assert (row.n, row.n_open, row.first_at, row.last_at, row.examples) == (1, 1, 1000.0, 1000.0, (first.example,))
    lane = Lane(lane="a", started_at=5.0, accepted=4, open=1, handed=3)
    assert evidence.lanes == (LaneRow(lane=lane, acked=2, settled_local=0),)
    assert (evidence.accepted_total, evidence.in_flight_total, evidence.outcomes_total) == (4, 2, 2)
    assert (evidence.redaction_key_id, evidence.block_s, evidence.path) == ("key-1", 300.0, str(path))
    assert (evidence.read_at, evidence.since, evidence.until) == (2000.0, 1000.0, 2000.0)
    assert len(evidence.ledger_id) == 16


@pytest.mark.parametrize(
    ("beside", "kept", "abandoned"),
    [("", False, False), (".lanes", True, False), (".lanes", False, True), (".lanes.0a1b", False, True)],
)
def test_a_run_that_ended_without_settling_its_counts(
    path: Path, observe: Make, beside: str, kept: bool, abandoned: bool
) -> None:
    _write(path, observe(1, 1000.0))
    path.with_name(path.name + beside).touch()
    keeper = LedgerWriter.open(path, Ledger())
    if kept:
        keeper.claim()
    assert read_evidence(path, at=2.0).is_abandoned is abandoned
    keeper.close()


@pytest.mark.parametrize(
    ("at", "running", "stalled_s"),
    [
        (1.0, True, 0.0),
        (1.0 + STALLED_S, True, 0.0),
        (2.0 + STALLED_S, True, 1.0 + STALLED_S),
        (2.0 + STALLED_S, False, 0.0),  # at rest: nothing more is to come
        (-STALLED_S, True, 1.0 + STALLED_S),  # the clock went back
    ],
)
def test_a_mirror_at_work_that_stores_nothing(
    path: Path, observe: Make, at: float, running: bool, stalled_s: float
) -> None:
    _write(path, observe(1, 1000.0))
    with LedgerWriter.open(path, Ledger()) as keeper:
        if running:
            path.with_name(path.name + ".lanes").touch()
            keeper.claim()
        assert read_evidence(path, at=at).stalled_s == stalled_s
        if running:
            # The next commit is the heartbeat that was missed.
            keeper.commit((), now=at)
            assert read_evidence(path, at=at).stalled_s == 0.0


def test_a_mirror_at_work_that_has_stored_nothing_yet(path: Path) -> None:
    with LedgerWriter.open(path, Ledger()) as keeper:
        path.with_name(path.name + ".lanes").touch()
        keeper.claim()
        assert read_evidence(path, at=1.0).stalled_s == inf


def test_nothing_recorded(path: Path) -> None:
    LedgerWriter.open(path, Ledger()).close()
    evidence = read_evidence(path, at=7.0)
    assert evidence == Evidence(
        ledger_id=evidence.ledger_id, path=str(path), read_at=7.0, since=7.0, until=7.0, epoch=None
    )


def test_the_builds_named_last_are_the_default_epoch(path: Path, observe: Make, differ: Differ) -> None:
    differences = (differ(),)
    _write(
        path,
        observe(1, 1000.0, builds=("p1", "c1"), differences=differences),
        observe(2, 2000.0, builds=("p1", "c2"), endpoint="GET /y"),
        observe(3, 1500.0, builds=("p1", "c1"), differences=differences),
        observe(4, 3000.0, builds=None, endpoint="GET /skipped", outcome="skipped"),
    )
    latest, first = read_evidence(path, at=0.0), read_evidence(path, at=0.0, epoch=1)
    assert latest.epoch is not None
    assert (latest.epoch.candidate_build, latest.epoch.first_at, latest.epoch.last_at) == ("c2", 2000.0, 3000.0)
    assert [row.endpoint for row in latest.outcomes] == ["GET /y", "GET /skipped"]
    assert (latest.sets, latest.signatures) == ((), ())
    assert first.epoch is not None
    assert (first.epoch.candidate_build, first.epoch.first_at, first.epoch.last_at) == ("c1", 1000.0, 1500.0)
    assert (sum(row.n for row in first.outcomes), first.signatures[0].n) == (2, 2)
    assert [epoch.id for epoch in latest.epochs] == [2, 1]
    assert latest.outcomes_total == first.outcomes_total == 4
    with pytest.raises(LedgerError) as caught:
        read_evidence(path, at=0.0, epoch=3)
    assert str(caught.value) == f"The ledger {path} has no epoch 3. Ask for one of: 2, 1."


@pytest.mark.parametrize(
    ("latest", "current"),
    [
        ([("c1", 1000.0)], "c2"),
        ([("c2", 1500.0)], "c2"),  # late: c2 was named at 2000 all the same
        ([(None, 3000.0)], "c2"),
        ([("c1", 2500.0)], "c1"),
        ([("c1", 2500.0), (None, 2600.0), ("c1", 1900.0)], "c1"),
    ],
)
def test_late_and_nameless_commits_change_no_epoch(
    path: Path, observe: Make, latest: list[tuple[str | None, float]], current: str
) -> None:
    _write(path, observe(1, 1800.0, builds=("p", "c1")), observe(2, 2000.0, builds=("p", "c2")))
    for seq, (build, at) in enumerate(latest, 3):
        _write(path, observe(seq, at, builds=None if build is None else ("p", build)))
    evidence = read_evidence(path, at=0.0)
    assert evidence.epoch is not None
    assert evidence.epoch.candidate_build == current


def test_the_most_frequent_signature_comes_first(path: Path, observe: Make, differ: Differ) -> None:
    groups = ["g1", "g2", "g2", "g3", "g3", "g3"]
    _write(
        path,
        *(observe(n, n * 200.0, differences=(differ(group),)) for n, group in enumerate(groups) if n),
        observe(9, differences=(differ("g1"),)),
    )
    told = [(row.group, row.n, row.first_at, row.last_at) for row in read_evidence(path, at=0.0).signatures]
    assert told == [("g3", 3, 600.0, 1000.0), ("g2", 2, 200.0, 400.0), ("g1", 1, 1000.0, 1000.0)]


@pytest.mark.parametrize(
    ("since", "until", "blocks"),
    [
        (None, None, [0.0, 300.0, 600.0]),
        (300.0, None, [300.0, 600.0]),
        (299.0, None, [0.0, 300.0, 600.0]),
        (301.0, 599.0, [300.0]),
        (None, 300.0, [0.0]),
        (None, 300.5, [0.0, 300.0]),
        (900.0, None, []),
    ],
)
def test_a_window_takes_every_block_it_overlaps(
    path: Path, observe: Make, differ: Differ, since: float | None, until: float | None, blocks: list[float]
) -> None:
    _write(path, *(observe(n, n * 300.0 - 1, differences=(differ(),)) for n in (1, 2, 3)))
    evidence = read_evidence(path, at=5000.0, since=since, until=until)
    for rows in (evidence.outcomes, evidence.joints, evidence.pairings, evidence.ratios, evidence.sets):
        assert [row.block_at for row in rows] == blocks
    assert sum(row.n for row in evidence.signatures) == len(blocks)
    assert evidence.outcomes_total == 3


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is not a database, it is a text of some length" * 40)


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 4096 * 5])


def _overwritten(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)
    path.write_bytes(raw)


def _foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE meta (key, value)")
    db.close()


def _edit(statement: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        with sqlite3.connect(path) as db:
            db.execute(statement)
        db.close()

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message", "remedy"),
    [
        (Path.unlink, "There is no ledger at", "shadow mirror"),
        (lambda path: path.write_bytes(b""), "is empty", "shadow mirror"),
        (_garbage, "not an SQLite database", "Move the file away"),
        (_truncated, "corrupt", "Move the file away"),
        (_overwritten, "corrupt", "Move the file away"),
        (_foreign, "not a ledger", "ledger.path"),
        (_edit("UPDATE meta SET value = '2' WHERE key = 'schema_version'"), "newer Shadow (schema 2", "Upgrade"),
        (_edit("UPDATE meta SET value = '0' WHERE key = 'schema_version'"), "older Shadow (schema 0", "wrote it"),
        (_edit("UPDATE outcome SET outcome = 'splendid'"), "cannot be read", "Move the file away"),
        (_edit("UPDATE lane SET acked = '9;3'"), "cannot be read", "Move the file away"),
        (_edit("UPDATE lane SET local = '[]'"), "cannot be read", "Move the file away"),
        (_edit("DROP TABLE joint"), "no such table: joint", "Move the file away"),
    ],
)
def test_refused(path: Path, observe: Make, spoil: Callable[[Path], None], message: str, remedy: str) -> None:
    _write(path, *(observe(n, endpoint=f"GET /{n}") for n in range(1, 50)))
    spoil(path)
    with pytest.raises(LedgerError) as caught:
        read_evidence(path, at=0.0)
    assert message in caught.value.message
    assert str(path) in caught.value.message
    assert remedy in caught.value.remedy
    assert "\n" not in str(caught.value)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="is a folder"):
        read_evidence(tmp_path, at=0.0)


def test_reading_changes_nothing_and_sees_one_moment(path: Path, observe: Make) -> None:
    with LedgerWriter.open(path, Ledger()) as writer:
        writer.commit([observe(1)], [Lane(lane="a", started_at=1.0, accepted=1, handed=1)], now=1.0)
        once = read_evidence(path, at=0.0)
        assert read_evidence(path, at=0.0) == once
    before = path.read_bytes()
    assert read_evidence(path, at=0.0) == once
    assert path.read_bytes() == before
