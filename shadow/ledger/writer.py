"""The writer: every change of the ledger is one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from shadow.clock import SystemClock, block_start
from shadow.config.model import Ledger
from shadow.errors import LedgerError
from shadow.learnt.book import Learnt
from shadow.ledger import schema, store
from shadow.ledger.closing import Closing
from shadow.ledger.compact import fold_step
from shadow.ledger.database import connect_writer, transaction
from shadow.ledger.evidence import LaneRow, WatchRow
from shadow.ledger.failures import translated
from shadow.ledger.fold import fold
from shadow.ledger.folding import fold_lanes
from shadow.ledger.gaps import down_gap, store_gaps
from shadow.ledger.governing import store_rulebook
from shadow.ledger.increments import Increments
from shadow.ledger.known import Known
from shadow.ledger.lanebook import holds, missing
from shadow.ledger.lanes import LaneState, advance, row_of, settle, state_of, take_in
from shadow.ledger.load import LoadRun, store_load
from shadow.ledger.lock import KeeperLock
from shadow.ledger.noise import noise_of, store_noise
from shadow.ledger.rollup import HOUR_S
from shadow.ledger.signoff import Signed, SignOff, transact
from shadow.ledger.triage import store_triaged
from shadow.ledger.watch import store_watches
from shadow.records import DataCheck, Gap, Lane, Observation
from shadow.triage import Triaged

KEPT_RUNS = 30
"""Data checks kept per pair and check."""


class LedgerWriter(Closing):
    """Writes a ledger. Anyone may `record_check`; the rest belongs to one keeper per ledger, who is locked in by the
    first such call (or by `claim`). Not safe for concurrent calls: one call at a time.

    Every method raises LedgerError or EnvironmentFailure with a remedy; after an error nothing of the call is stored
    and the writer may be used again.
    """

    def __init__(self, db: sqlite3.Connection, path: Path, settings: Ledger, redaction_key_id: str) -> None:
        self._db = db
        self._path = path
        self._settings = settings
        self._redaction_key_id = redaction_key_id
        self._lock = KeeperLock(path)
        self._known: Known | None = None

    @classmethod
    def open(cls, path: Path, settings: Ledger, redaction_key_id: str = "") -> LedgerWriter:
        """Open the ledger, or create it with its folder.

        Raises LedgerError for a file that is no ledger, is corrupt, has another schema version, or whose texts were
        hashed with another key; EnvironmentFailure where the file or folder cannot be written.
        """
        db = connect_writer(path)
        try:
            with translated(path, "open"), transaction(db):
                if schema.is_empty(db):
                    schema.create(db, block_s=settings.block_s, created_at=SystemClock().now())
                meta = schema.read_meta(db, path)
                schema.complete(db)
                held = meta.get("redaction_key_id", "")
                if held and redaction_key_id and held != redaction_key_id:
                    raise LedgerError(
                        f"The ledger {path} holds hashes made with key {held}, not with {redaction_key_id}.",
                        "Use the same key (redact.key), or set ledger.path to a new file.",
                    )
                if redaction_key_id and not held:
                    schema.write_meta(db, "redaction_key_id", redaction_key_id)
        except BaseException:
            db.close()
            raise
        return cls(db, path, settings, redaction_key_id)

    def claim(self) -> None:
        """Become the keeper of this ledger, at once rather than with the first commit.

        Raises LedgerError where another keeper is alive, or where the ledger's key is known and none was given.
        """
        self._claimed()

    def commit(
        self,
        observations: Sequence[Observation],
        lanes: Sequence[Lane] = (),
        gaps: Sequence[Gap] = (),
        now: float | None = None,
        triaged: Sequence[Triaged] = (),
    ) -> frozenset[tuple[str, int]]:
        """Store observations, lane counters, gaps and decided triages in one transaction; return every (lane, seq) of
        the observations, all of them acknowledged now. Of several with one (lane, seq), ever, only the first counts."""
        at = SystemClock().now() if now is None else now
        block_at = block_start(at, self._settings.block_s)
        with self._remembering() as known:
            increments = Increments()
            touched: dict[str, LaneState] = {}
            distinct = take_in(observations, known.lanes, touched)
            fold(distinct, known, increments, block_s=self._settings.block_s, examples=self._settings.examples)
            for lane in lanes:
                touched[lane.lane], endings = advance(touched.get(lane.lane) or state_of(known.lanes, lane), lane)
                increments.end(endings, known, block_at, at)
            self._store(increments, touched, gaps, known, triaged, stored_at=at)
        return frozenset((observation.lane, observation.seq) for observation in observations)

    def missing(self, lane: str, below: int | None = None) -> tuple[int, ...]:
        """Return the sequence numbers of a lane (below `below` if given) handed on and not acknowledged, in order."""
        state = self._claimed().lanes.get(lane)
        if state is None:
            return ()
        through = state.lane.handed if below is None else min(state.lane.handed, below - 1)
        return tuple(missing(state.book, through))

    def holds(self, lane: str, seq: int) -> bool:
        """Return whether a sequence number of a lane is acknowledged: another observation of it would not count."""
        state = self._claimed().lanes.get(lane)
        return state is not None and holds(state.book, seq)

    def settle(self, lane: Lane, *, below: int | None = None, reason: str, now: float) -> int:
        """Give up on a lane's missing sequence numbers (below `below` if given): they become `shed(reason)` and are
        acknowledged; the open requests of a closed lane become `shed(listener_lost)`. Return how many ended."""
        block_at = block_start(now, self._settings.block_s)
        with self._remembering() as known:
            increments = Increments()
            state, local = advance(state_of(known.lanes, lane), lane)
            increments.end(local, known, block_at, now)
            state, endings = settle(state, below=below, reason=reason)
            increments.end(endings, known, block_at, now)
            self._store(increments, {lane.lane: state}, (), known)
        return sum(endings.values())

    def begin_run(self, run_id: str, lanes: Sequence[Lane], *, started_at: float, lost: int = 0) -> Gap | None:
        """Begin a run whose lanes these are; the lanes of former runs have been settled before, `lost` of theirs.

        Return the gap since the former run stored its last, which is in the ledger then; None where there was no
        former run, and for a run that has begun before (its keeper died). Former lanes are folded into sums by day.
        """
        with self._remembering() as known, translated(self._path, "write"), transaction(self._db):
            meta = schema.read_meta(self._db, self._path)
            if meta.get(schema.RUN_ID) == run_id:
                return None
            gap = None
            if (stored_at := meta.get(schema.STORED_AT)) is not None:
                gap = down_gap(float(stored_at), started_at, lost)
                store_gaps(self._db, (gap,))
            schema.write_meta(self._db, schema.RUN_ID, run_id)
            days, folded = fold_lanes(known.lanes, {lane.lane for lane in lanes})
            store.drop_lanes(self._db, folded)
            store.store_lanes(self._db, days.values())
            for name in folded:
                del known.lanes[name]
            known.lanes.update(days)
        return gap

    def lanes(self) -> tuple[LaneRow, ...]:
        """Return every lane as the ledger holds it, oldest first."""
        return tuple(row_of(state) for state in self._claimed().lanes.values())

    def record_rulebook(self, digest: str, content: str, now: float) -> None:
        """Keep the rules in force under their digest, so that observations that name it can be re-evaluated."""
        with translated(self._path, "write"), transaction(self._db):
            store_rulebook(self._db, digest, content, now)

    def noise(self) -> list[Learnt]:
        """Return what former runs learnt of noise."""
        with translated(self._path, "read"):
            return noise_of(self._db)

    def record_noise(self, wholes: Sequence[Learnt], builds: Sequence[str]) -> None:
        """Store what was learnt of noise at some endpoints, whole, and forget all builds but these."""
        self._claimed()
        with translated(self._path, "write"), transaction(self._db):
            store_noise(self._db, wholes, builds)

    def record_load(self, run: LoadRun) -> None:
        """Store what became of a replay at a multiple of the peak; the same id replaces what was stored before."""
        with translated(self._path, "write"), transaction(self._db):
            store_load(self._db, run)

    def record_check(self, check: DataCheck) -> None:
        """Store the result of one data check; the same run, pair and check replaces what was stored before. The
        last `KEPT_RUNS` per pair and check are kept."""
        with translated(self._path, "write"), transaction(self._db):
            self._db.execute(
                "INSERT OR REPLACE INTO data_check (pair, name, run_id, finished_at, content) VALUES (?, ?, ?, ?, ?)",
                (check.pair, check.check, check.run_id, check.finished_at, msgspec.json.encode(check)),
            )
            self._db.execute(
                "DELETE FROM data_check WHERE pair = ?1 AND name = ?2 AND run_id NOT IN"
                " (SELECT run_id FROM data_check WHERE pair = ?1 AND name = ?2"
                " ORDER BY finished_at DESC, run_id DESC LIMIT ?3)",
                (check.pair, check.check, KEPT_RUNS),
            )

    def compact(self, now: float, steps: int = 1) -> int:
        """Fold blocks that have aged into hours and days, in at most so many steps (a transaction of some tens of
        milliseconds each); return how many were taken. Anyone may: a step is whole, whoever commits beside it."""
        with translated(self._path, "write"):
            if float(schema.read_meta(self._db, self._path)["block_s_max"]) > HOUR_S:
                return 0  # such blocks do not fit into hours
            for taken in range(steps):
                with transaction(self._db):
                    if not fold_step(self._db, now):
                        return taken
        return steps

    def sign(self, signoff: SignOff) -> Signed:
        """Add an approval or a waiver to the chain; anyone may. Raises LedgerError where the chain is broken."""
        return transact(self._db, self._path, signoff)

    def watch(self, rows: Sequence[WatchRow]) -> None:
        """Add what was watched: the heartbeat, armed breakers, readings of the backends' counters."""
        with translated(self._path, "write"), transaction(self._db):
            store_watches(self._db, rows)

    def close(self) -> None:
        """Close the file and let the next keeper in; harmless when repeated."""
        try:
            with translated(self._path, "close"):
                self._db.close()
        finally:
            self._lock.release()

    def _claimed(self) -> Known:
        """Return the memory of the ledger, with the keeper's lock held."""
        if self._known is None:
            self._lock.take()
            try:
                self._known = self._remember()
            except BaseException:
                self._lock.release()
                raise
        return self._known

    @contextmanager
    def _remembering(self) -> Iterator[Known]:
        """Give the memory to a change; after an error it is thrown away, because it may hold what was not stored."""
        try:
            yield self._claimed()
        except BaseException:
            self._known = None
            raise

    def _remember(self) -> Known:
        with translated(self._path, "open"), transaction(self._db):
            meta = schema.read_meta(self._db, self._path)
            held = meta.get("redaction_key_id", "")
            if held != self._redaction_key_id:
                raise LedgerError(
                    f"The ledger {self._path} holds hashes made with key {held or '(none)'},"
                    f" this keeper has key {self._redaction_key_id or '(none)'}.",
                    "Use the same key (redact.key), or set ledger.path to a new file.",
                )
            block_s = self._settings.block_s
            if float(meta["block_s"]) != block_s:
                schema.write_meta(self._db, "block_s", repr(block_s))
                schema.write_meta(self._db, "block_s_max", repr(max(block_s, float(meta["block_s_max"]))))
            return store.load_known(self._db, max_endpoints=self._settings.max_endpoints)

    def _store(
        self, increments: Increments, touched: dict[str, LaneState], gaps: Sequence[Gap], known: Known,
        triaged: Sequence[Triaged] = (), *, stored_at: float | None = None,
    ) -> None:  # fmt: skip
        with translated(self._path, "write"), transaction(self._db):
            store.store_increments(self._db, increments, known)
            store.store_lanes(self._db, touched.values())
            store_gaps(self._db, gaps)
            store_triaged(self._db, triaged)
            if stored_at is not None:
                schema.write_meta(self._db, schema.STORED_AT, repr(stored_at))
        known.lanes.update(touched)
