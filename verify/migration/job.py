"""Trying a migration: copy, up, compare, and where a way back is named down, compare, and up again.

Everything happens on copies, which are dropped in the end whatever happens.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from typing import TypeVar

import msgspec

from shadow.clock import Clock
from shadow.config.model import Verify
from shadow.errors import ConfigError, StoreError
from shadow.records import CheckStatus, DataCheck, DataFinding
from verify.answer import Answer
from verify.migration import indexes, judging
from verify.migration.command import Hide, Ran, run_command
from verify.migration.locks import BLOCKS, Held, LockTimes
from verify.migration.report import CANNOT_SEE, DATA, DOWN, LOCKS, REPEAT, REVERSAL, SCHEMA, UP, Report, Took
from verify.migration.scratch import Copy, Scratch
from verify.progress import Progress, Step
from verify.running.job import ALL, verify_stores
from verify.running.opening import both_open
from verify.stopping import surely
from verify.store import TableSchema
from verify.stores import open_store
from verify.telling.render import Redact

Result = TypeVar("Result")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What to try: the command, the one that undoes it (empty: none), the plan, and the limits; 0 is none."""

    url: str
    up: tuple[str, ...]
    down: tuple[str, ...] = ()
    settings: Verify
    max_bytes: int = 0
    max_lock_s: float = 0.0
    timeout_s: float = 0.0


class Trial:
    """One trial on the copies of one database."""

    def __init__(
        self, asked: Asked, scratch: Scratch, *, clock: Clock, redact: Redact, hide: Hide, progress: Progress
    ) -> None:
        self._asked, self._scratch, self._clock = asked, scratch, clock
        self._redact, self._hide, self._progress = redact, hide, progress
        self._run_id = uuid.uuid4().hex
        self._checks: list[DataCheck] = []
        self._steps: list[Took] = []
        self._changes: tuple[DataFinding, ...] = ()
        self._times: LockTimes | None = None

    async def run(self) -> Report:
        """Try it. Raises ConfigError for a wrong plan or command, StoreError where no copy can be made."""
        size = await self._scratch.size()
        if 0 < self._asked.max_bytes < size:
            copies = 3 if self._asked.down else 2
            raise ConfigError(
                f"{self._scratch.label} takes {size / 1e9:,.1f} GB, and {copies} copies of it would be made.",
                "Raise --max-size where there is room for them, or try it on a smaller copy of your own.",
            )
        given = await self._describe(self._asked.url)
        before = await self._step("copy", self._scratch.copy())
        work = await self._step("copy of the copy", self._scratch.again(before))
        if await self._up(before, work, given) and self._asked.down:
            await self._there_and_back(before, work)
        return Report(
            checks=tuple(self._checks), steps=tuple(self._steps), changes=self._changes,
            locks=self._times.held() if self._times else (),
            resolution_s=self._times.resolution_s if self._times else 0.0,
        )  # fmt: skip

    async def _up(self, before: Copy, work: Copy, given: Sequence[TableSchema]) -> bool:
        """Run the migration and tell what it did; return whether it did anything."""
        began = self._clock.now()
        ran, self._times = await self._command(UP, self._asked.up, work)
        if ran.code != 0:
            half = await self._describe(before.url) != await self._describe(work.url)
            left = "the schema is left half changed" if half else "the schema is as it was"
            self._add(UP, began, failed(ran, self._asked.timeout_s, left))
            return False
        if await self._describe(self._asked.url) != given:
            reason = "the given database itself has changed meanwhile: does the command use DATABASE_URL?"
            self._add(UP, began, Answer(reason=reason))
            return False
        ended = self._clock.now()
        checks = await self._compare("up", judging.forth(self._asked.settings), before, work)
        limit = self._asked.settings.max_findings
        changes = judging.after_up(checks, limit)
        self._changes = changes.found
        # What the plan ignores has been changed too where the descriptions differ.
        changed = not changes.none or await self._describe(before.url) != await self._describe(work.url)
        self._add(UP, began, succeeded(ran, changed=changed), ended)
        self._add(SCHEMA, ended, changes.schema)
        self._add(DATA, ended, changes.data)
        if self._times is not None:
            self._add(LOCKS, began, lock_answer(self._times, self._asked.max_lock_s), ended)
        return changed

    async def _there_and_back(self, before: Copy, work: Copy) -> None:
        """Run the way back and the migration once more, and compare with the beginning and the first result."""
        first = await self._step("copy of the result", self._scratch.again(work))
        began = self._clock.now()
        ran, _ = await self._command(DOWN, self._asked.down, work)
        self._add(DOWN, began, succeeded(ran, changed=True) if ran.code == 0 else failed(ran, self._asked.timeout_s))
        if ran.code != 0:
            return
        settings, limit = self._asked.settings, self._asked.settings.max_findings
        began = self._clock.now()
        checks = await self._compare("down", judging.back(settings), before, work)
        self._add(REVERSAL, began, judging.merged(checks, "schema and data are as in the beginning", limit))
        began = self._clock.now()
        ran, _ = await self._command(REPEAT, self._asked.up, work)
        if ran.code != 0:
            self._add(REPEAT, began, failed(ran, self._asked.timeout_s))
            return
        plan = judging.again(settings, await self._describe(first.url))
        checks = await self._compare("up again", plan, first, work)
        self._add(REPEAT, began, judging.merged(checks, "up again gives what it gave before", limit))

    async def _command(self, name: str, words: tuple[str, ...], work: Copy) -> tuple[Ran, LockTimes | None]:
        self._progress(Step(what="began", pair=ALL, check=name))
        async with AsyncExitStack() as stack:
            watch = self._scratch.watch(work)
            times = await stack.enter_async_context(watch) if watch else None
            ran = await run_command(
                words, work.url, self._scratch.environment(work), self._hide, self._asked.timeout_s
            )
        self._steps.append(Took(step=name, seconds=ran.seconds, output=ran.output))
        self._progress(Step(what="ended", pair=ALL, check=name))
        return ran, times

    async def _compare(self, step: str, settings: Verify, old: Copy, new: Copy) -> tuple[DataCheck, ...]:
        async def both() -> tuple[DataCheck, ...]:
            async with both_open(old.url, new.url) as stores:
                checks = await verify_stores(
                    settings, *stores, clock=self._clock, redact=self._redact, progress=self._progress,
                    run_id=self._run_id,
                )  # fmt: skip
                began = self._clock.now()
                before, after = [await store.describe() for store in stores]
                answer = indexes.check_indexes(before, after, settings)
                return (*checks, self._record(indexes.NAME, indexes.CANNOT_SEE, began, answer))

        return await self._step(f"comparison after {step}", both())

    async def _describe(self, url: str) -> tuple[TableSchema, ...]:
        store = open_store(url)
        try:
            return await store.describe()
        finally:
            await store.close()

    async def _step(self, name: str, work: Awaitable[Result]) -> Result:
        self._progress(Step(what="began", pair=ALL, check=name))
        began = self._clock.monotonic()
        result = await work
        shown = f"{name} ({result.how})" if isinstance(result, Copy) else name
        self._steps.append(Took(step=shown, seconds=self._clock.monotonic() - began))
        self._progress(Step(what="ended", pair=ALL, check=name))
        return result

    def _add(self, name: str, began: float, answer: Answer, ended: float | None = None) -> None:
        self._checks.append(self._record(name, CANNOT_SEE[name], began, answer, ended))

    def _record(
        self, name: str, cannot_see: str, began: float, answer: Answer, ended: float | None = None
    ) -> DataCheck:
        return DataCheck(
            run_id=self._run_id, pair=ALL, check=name, started_at=began, finished_at=ended or self._clock.now(),
            status=answer.status, rows_old=answer.rows_old, rows_new=answer.rows_new, total=answer.total,
            findings=answer.findings, reason=answer.reason, cannot_see=cannot_see,
        )  # fmt: skip


def failed(ran: Ran, timeout_s: float, left: str = "") -> Answer:
    """Return the answer for a command that did not succeed, with what it left behind where that is known."""
    how = f"ended with {ran.code}" if ran.code is not None else f"was stopped after {timeout_s:,.0f} s"
    said = f": {ran.words}" if ran.words else ", without a word"
    behind = f" ({left})" if left else ""
    return Answer(status=CheckStatus.fail, total=1, reason=f"the command {how}{behind}{said}")


def succeeded(ran: Ran, *, changed: bool) -> Answer:
    """Return the answer for a command that succeeded; one that changed nothing proves nothing."""
    if changed:
        return Answer(status=CheckStatus.passed, reason=f"done in {ran.seconds:,.1f} s")
    return Answer(
        status=CheckStatus.inconclusive,
        reason="the command changed nothing that is compared: does it use DATABASE_URL or {url}?"
        " (What the plan ignores is not looked at.)",
    )


def lock_answer(times: LockTimes, most_s: float) -> Answer:
    """Return how long locks were held, against the limit if there is one."""
    if times.problem:
        return Answer(reason=f"the locks could not be watched: {times.problem}")
    held = times.held()
    looked = f"looked {times.looks:,} times, at most {times.resolution_s * 1000:,.0f} ms apart"
    if not held:
        return Answer(status=CheckStatus.passed, reason=f"no lock that keeps others waiting was seen; {looked}")
    words = "; ".join(words_of(one) for one in held[:3])
    long = [one for one in held if one.at_most_s > most_s] if most_s else []
    if not long:
        return Answer(status=CheckStatus.passed, reason=f"{words}; {looked}")
    findings = tuple(
        DataFinding(
            kind="lock", table=one.table, key=one.mode, old=f"{most_s:g} s at most", new=f"{one.at_most_s:.2f} s",
            note=BLOCKS[one.mode],
        )
        for one in long
    )  # fmt: skip
    return Answer(status=CheckStatus.fail, total=len(long), findings=findings, reason=f"{words}; {looked}")


def words_of(held: Held) -> str:
    """Return `AccessExclusiveLock on orders for 1.52 s (nobody else can read or write)`."""
    return f"{held.mode} on {held.table} for up to {held.at_most_s:.2f} s ({BLOCKS[held.mode]})"


async def try_migration(trial: Trial, scratch: Scratch, *, keep: bool = False) -> Report:
    """Run a trial and drop the copies in the end, whatever happens; `keep` leaves them where the trial came to its end.

    Raises what the trial raises, StoreError also where a copy could not be dropped.
    """
    try:
        report = await trial.run()
    except BaseException as error:
        try:
            await surely(scratch.drop())
        except StoreError as left:
            raise left from error
        raise
    if keep:
        return msgspec.structs.replace(report, kept=scratch.labels)
    await surely(scratch.drop())
    return report
