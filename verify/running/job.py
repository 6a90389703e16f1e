"""One verification run: open both stores, plan, prove the digest, run every check, answer with records.

Whatever happens to a check, it ends in a `DataCheck`: a crash and a store that dies become status error, never pass.
Only what a user has to correct before a run makes sense is raised: a wrong configuration, a store that cannot be
opened.
"""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from msgspec.structs import replace

from shadow.clock import Clock, SystemClock
from shadow.config.model import Config, Verify
from shadow.errors import ConfigError, ShadowError
from shadow.records import CheckStatus, DataCheck
from verify.answer import Answer
from verify.checks import counts, profiles, rows, schema, tables
from verify.comparison import ComparesNatively
from verify.derived.snapshot import derived
from verify.load.brake import Brake, Braked
from verify.planning.derived import with_derived
from verify.planning.plan import Pair, Plan, Sides, build_plan
from verify.progress import Progress, Step, silent
from verify.proof import selfproof
from verify.rehearsal import proving
from verify.running.agenda import of_the_pair, of_the_run
from verify.running.opening import both_open, both_seen, sides_of
from verify.running.resuming import Checkpoints
from verify.scale.executor import Executor
from verify.scale.spread import Spread
from verify.stopping import run_stoppable
from verify.store import Snapshot, Store
from verify.telling.render import Redact, keep

_log = logging.getLogger(__name__)

ALL = "all"
"""The pair of the checks that concern no single pair of tables."""

_WORST = {status: at for at, status in enumerate(CheckStatus)}


def run_verification(
    config: Config | Verify,
    *,
    clock: Clock | None = None,
    redact: Redact = keep,
    progress: Progress = silent,
    run_id: str = "",
    checkpoints: Checkpoints | None = None,
    executor: AbstractAsyncContextManager[Executor | None] | None = None,
) -> tuple[DataCheck, ...]:
    """Verify what the configuration names and return one record per check. The ranges of tables that Python digests
    are read by `executor`, where one is given.

    Raises ConfigError where there is nothing to verify or a table or column does not exist, StoreError where a
    store cannot be opened. Must not be called from a running event loop; there, await `verify_stores`.
    """
    settings = config.verify if isinstance(config, Config) else config
    if settings is None:
        raise ConfigError("The configuration has no section `verify`.", "Add it, with the URLs `old` and `new`.")

    async def run() -> tuple[DataCheck, ...]:
        async with both_open(settings.old, settings.new) as stores, executor or nullcontext() as others:
            return await verify_stores(
                settings, *stores, clock=clock, redact=redact, progress=progress, run_id=run_id,
                checkpoints=checkpoints, executor=others,
            )  # fmt: skip

    return run_stoppable(run())


async def verify_stores(
    settings: Verify,
    old: Store,
    new: Store,
    *,
    clock: Clock | None = None,
    redact: Redact = keep,
    progress: Progress = silent,
    run_id: str = "",
    checkpoints: Checkpoints | None = None,
    executor: Executor | None = None,
) -> tuple[DataCheck, ...]:
    """Verify two open stores; like `run_verification`, which see."""
    async with both_seen(old, new) as (old_snapshot, new_snapshot):
        sides = await with_derived(settings, await sides_of(old, new), old_snapshot, new_snapshot)
        run = _Run(settings, sides, old_snapshot, new_snapshot, clock or SystemClock(), redact, progress, run_id)
        run.checkpoints = checkpoints or Checkpoints()
        run.brake = Brake(
            settings.pause, (old, new), run.paused, max_rows_per_second=settings.max_rows_per_second
        )
        run.spread = Spread(executor, (settings.old, settings.new), settings.parallel, run.brake)
        for snapshot in (old_snapshot, new_snapshot):
            if isinstance(snapshot, Braked):
                snapshot.brake = run.brake
        return await run.all_checks(build_plan(settings, sides))


def worst_of(checks: tuple[DataCheck, ...]) -> CheckStatus:
    """Return the worst status; without a single check that is error."""
    return min((check.status for check in checks), key=_WORST.__getitem__, default=CheckStatus.error)


class _Run:
    """What the checks of one run share."""

    def __init__(
        self,
        settings: Verify,
        sides: Sides,
        old: Snapshot,
        new: Snapshot,
        clock: Clock,
        redact: Redact,
        progress: Progress,
        run_id: str,
    ) -> None:
        self._settings = settings
        self._sides = sides
        self._old = old
        self._new = new
        self._clock = clock
        self._redact = redact
        self._progress = progress
        self._run_id = run_id or uuid.uuid4().hex
        self._salt = secrets.token_bytes(16)
        self._checks: list[DataCheck] = []
        self.checkpoints = Checkpoints()
        self.brake = Brake()
        self.spread = Spread()
        self._under_way = (ALL, "")

    def paused(self, why: str) -> None:
        """Tell that the check under way waits, and for what; "" that it goes on."""
        pair, check = self._under_way
        self._progress(Step(what="paused", pair=pair, check=check, why=why))

    async def all_checks(self, plan: Plan) -> tuple[DataCheck, ...]:
        """Run all checks, cheapest first, pair by pair."""
        limit = self._settings.max_findings
        await self._check(ALL, tables.NAME, tables.CANNOT_SEE, lambda: _ready(tables.check_tables(plan, limit)))
        if plan.pairs:
            await self._check(
                ALL, selfproof.NAME, selfproof.CANNOT_SEE,
                lambda: proving.prove(plan.pairs, self._snapshots, self._salt, self._settings),
            )  # fmt: skip
        due = of_the_run(plan, self._settings, self._sides, self._old, self._new, self._redact)
        for item in due if plan.pairs else ():
            await self._check(ALL, *item)
        for pair in plan.pairs:
            await self._pair(pair, limit)
            for item in of_the_pair(pair, plan, self._settings, *self._snapshots(pair)):
                await self._check(pair.name, *item)
        return tuple(self._checks)

    async def _pair(self, pair: Pair, limit: int) -> None:
        await self._check(
            pair.name, schema.NAME, schema.CANNOT_SEE, lambda: _ready(schema.check_schema(pair, self._sides, limit))
        )
        profiled = await self._profile(pair)
        at = len(self._checks)
        native = isinstance(self._old, ComparesNatively) and type(self._old) is type(self._new) and pair.as_stored
        if native or pair.old_source is not None or pair.new_source is not None or pair.as_of is not None:
            # What reads every row anyway counts as it goes: another scan only to count would be a waste.
            answer = await self._rows(pair, 0)
            await self._counts(pair, answer)
            self._checks[at:] = reversed(self._checks[at:])
        else:
            await self._counts(pair, None)
            counted = self._checks[-1]
            answer = await self._rows(pair, counted.rows_old + counted.rows_new)
        if profiled is not None:
            self._checks[profiled] = profiles.settled(self._checks[profiled], answer)

    async def _profile(self, pair: Pair) -> int | None:
        """Compare the profiles, where that is asked for; return the place of the check."""
        if not self._settings.profiles:
            return None
        at, limit = len(self._checks), self._settings.max_findings
        await self._check(
            pair.name, profiles.NAME, profiles.CANNOT_SEE,
            lambda: profiles.check_profiles(pair, *self._snapshots(pair), limit, self._redact),
        )  # fmt: skip
        return at if len(self._checks) > at else None

    def _snapshots(self, pair: Pair) -> tuple[Snapshot, Snapshot]:
        """Return what both tables of a pair are read through."""
        return derived(self._old, pair.old_source), derived(self._new, pair.new_source)

    async def _counts(self, pair: Pair, known: Answer | None) -> None:
        async def count() -> Answer:
            if known is not None and known.counted:
                return counts.judge_counts(pair.old.name, known.rows_old, known.rows_new, known.unsettled)
            return await counts.check_counts(pair, *self._snapshots(pair))

        await self._check(pair.name, counts.NAME, counts.CANNOT_SEE, count)

    async def _rows(self, pair: Pair, expected: int) -> Answer:
        read = 0

        def scanned(side: str, n: int) -> None:
            nonlocal read
            read += n
            self.brake.read(side, n)
            self._progress(Step(what="rows", pair=pair.name, check=rows.NAME, rows=read, expected=expected))

        async def compare() -> Answer:
            nonlocal expected
            self.brake.begin()
            old, new = self._snapshots(pair)
            expected = expected or await old.estimate(pair.old.name) + await new.estimate(pair.new.name)
            answer = await rows.check_rows(
                pair,
                old,
                new,
                salt=self._salt,
                settings=self._settings,
                redact=self._redact,
                scanned=scanned,
                checkpoint=self.checkpoints.of(pair.name, (self._settings.old, self._settings.new)),
                spread=self.spread,
            )
            paused = self.brake.words()
            return replace(answer, reason=f"{answer.reason}; {paused}") if paused else answer

        return await self._check(pair.name, rows.NAME, rows.CANNOT_SEE, compare)

    async def _check(
        self, pair: str, name: str, cannot_see: str, check: Callable[[], Awaitable[Answer | None]]
    ) -> Answer:
        self._progress(Step(what="began", pair=pair, check=name))
        self._under_way = (pair, name)
        started_at = self._clock.now()
        try:
            answered = await check()
            if answered is None:
                self._progress(Step(what="ended", pair=pair, check=name))
                return Answer(reason="there was nothing to check")
            answer = answered
        except ShadowError as error:
            answer = Answer(reason=str(error))
        except Exception as error:  # noqa: BLE001 (a crashed check is an error of the run, not the end of it)
            # The message of an unforeseen exception may quote data: the record gets its type, the log where it was.
            answer = Answer(reason=f"the check crashed: {type(error).__name__}{_safe_message(error)}")
            _log.error("check %s of %s crashed: %s", name, pair, type(error).__name__)
        self._checks.append(
            DataCheck(
                run_id=self._run_id,
                pair=pair,
                check=name,
                started_at=started_at,
                finished_at=self._clock.now(),
                status=answer.status,
                rows_old=answer.rows_old,
                rows_new=answer.rows_new,
                total=answer.total,
                findings=answer.findings,
                reason=answer.reason,
                cannot_see=cannot_see,
                causes=answer.causes,
            )
        )
        self._progress(Step(what="ended", pair=pair, check=name))
        return answer


async def _ready(answer: Answer) -> Answer:
    return answer


def _safe_message(error: Exception) -> str:
    from verify.equality.canonical import CanonicalError
    from verify.rows.rowdiff import NotAKeyError

    return f" ({error})" if isinstance(error, CanonicalError | NotAKeyError) else ""
