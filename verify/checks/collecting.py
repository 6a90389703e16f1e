"""The differing rows of a pair, from first sight to the answer: read again where they may be on their way, turned into
findings, and clustered into causes."""

from __future__ import annotations

from collections.abc import Callable
from math import floor

import msgspec

from shadow.config.model import Verify
from shadow.records import CheckStatus, DataFinding
from verify.answer import Answer
from verify.equality.canonical import encode
from verify.explain.asking import ask
from verify.explain.causes import cause_of
from verify.explain.clusters import Clusters
from verify.planning.asof import Left
from verify.planning.plan import Pair
from verify.rows.rowdiff import RowDifference, Side
from verify.rows.settling import Settled, can_settle, is_asked_for, moments, settle
from verify.rows.tolerance import Tolerances
from verify.telling.findings import Findings, plural
from verify.telling.render import Redact, render_key, render_pair, render_row

_HELD = 20_000
"""Differing rows that are read again at most; more than that are not on their way."""

Taken = Callable[[RowDifference], None]
"""Called with each row that differs for good, with its values; a second time where the comparison began anew."""


class Collected:
    """Takes in differing rows: findings at once, or held until they are read again where that can be done."""

    def __init__(
        self, pair: Pair, old: Side, new: Side, settings: Verify, redact: Redact, taken: Taken | None = None
    ) -> None:
        self._taken = taken
        self._pair, self._old, self._new, self._redact = pair, old, new, redact
        self._settings = settings
        self._settle_s = settings.settle_s
        self._findings = Findings(settings.max_findings)
        self._clusters = Clusters(pair, redact)
        self._held: list[RowDifference] = []
        columns = tuple(reading.column for reading in pair.old_selection.readings)
        self._tolerances = Tolerances(columns, pair.tolerances)
        self._settles = settings.settle_s > 0 and can_settle(old, new)
        self._left = Left(pair.as_of)
        self.any = False

    def anew(self) -> Collected:
        """Return an empty collection for another attempt."""
        return Collected(self._pair, self._old, self._new, self._settings, self._redact, self._taken)

    def add(self, difference: RowDifference) -> None:
        """Take in a differing row."""
        self.any = True
        beyond = self._tolerances.beyond(difference)
        if beyond is None or self._left.takes(difference):
            return
        settles = self._settles and difference.detailed and len(self._held) < _HELD
        if settles and is_asked_for(difference, self._old, self._new):
            self._held.append(difference)
        else:
            self._keep(beyond)

    def _keep(self, difference: RowDifference) -> None:
        add_difference(self._pair, difference, self._findings, self._clusters, self._redact)
        if self._taken is not None:
            self._taken(difference)

    async def answer(self, rows: tuple[int, int], how: str, unread: int = 0) -> Answer:
        """Return the answer, once it is clear which rows differ for good, and why; `unread` of the old side's rows were
        not read."""
        settled = Settled()
        if self._held:
            settled = await settle(self._held, self._old, self._new, self._settle_s)
            for difference in settled.stable:
                beyond = self._tolerances.beyond(difference)
                if beyond is not None and not self._left.takes(difference):
                    self._keep(beyond)
        seen = moments(self._old.snapshot, self._new.snapshot)
        how = f"{how}; {seen}" if how and seen else how or seen
        answer = self._without_later(_answer(self._pair, rows, self._findings, how, settled, unread))
        if not self._findings.total:
            return answer
        # Whoever limits how much is read would not like whole columns to be looked through.
        scans = not self._settings.max_rows_per_second
        known = await ask(self._clusters, self._pair, self._old.snapshot, self._new.snapshot, scans=scans)
        note = f"; causes from the differing rows alone: {known.why_not}" if known.why_not else ""
        return msgspec.structs.replace(answer, causes=self._clusters.causes(known), reason=answer.reason + note)

    def _without_later(self, answer: Answer) -> Answer:
        """Return the answer with what was written after the moment as of which is compared: left out, and said."""
        missing, extra = answer.unsettled
        return msgspec.structs.replace(
            answer, reason=answer.reason + self._left.words(), unsettled=(missing + self._left.missing, extra),
            moving=answer.moving + self._left.total,
        )  # fmt: skip


def add_difference(
    pair: Pair, difference: RowDifference, findings: Findings, clusters: Clusters, redact: Redact
) -> None:
    """Turn one differing row into findings: a missing or extra row, or one per differing column."""
    table = pair.old.name
    selection = pair.old_selection
    old, new = difference.old, difference.new
    age_s = None if difference.age_s is None else _at_least(difference.age_s)
    if not difference.detailed:
        kind = "value" if None not in (old, new) else "missing_row" if old is not None else "extra_row"
        findings.add(DataFinding(kind=kind, table=table, note="too many to be shown"))
        clusters.not_shown()
        return
    row = old if old is not None else new
    assert row is not None
    key = render_key(selection.key, row[: selection.key_width], redact)
    names = tuple(reading.column for reading in selection.readings)
    if old is None or new is None:
        shown = render_row(names, row, redact)
        finding = (
            DataFinding(kind="missing_row", table=table, key=key, old=shown, age_s=age_s) if new is None
            else DataFinding(kind="extra_row", table=table, key=key, new=shown, age_s=age_s)
        )  # fmt: skip
        findings.add(finding)
        clusters.row(difference, finding)
        return
    values = []
    for name, one, other in zip(names, old, new, strict=True):
        if encode(one) != encode(other):
            before, after = render_pair(name, one, other, redact)
            note = cause_of(one, other)
            finding = DataFinding(
                kind="value", table=table, column=name, key=key, old=before, new=after, note=note,
                age_s=age_s,
            )
            findings.add(finding)
            values.append((one, other, finding))
    clusters.changed(old, values)


def _at_least(age_s: float) -> float:
    """Return an age in seconds with one decimal, rounded down: no row is said to be older than it was seen to be."""
    return floor(age_s * 10) / 10


def _answer(pair: Pair, rows: tuple[int, int], findings: Findings, how: str, settled: Settled, unread: int) -> Answer:
    old, new = rows
    columns = len(pair.old_selection.readings)
    by = "" if pair.old_selection.key_width else " (no key: compared as a multiset)"
    by += f" ({how})" if how else ""
    moving = ""
    if settled.in_flight:
        moving += f"; {plural(settled.in_flight, 'row')} in flight, equal when read again"
    if settled.converging:
        moving += f"; {plural(settled.converging, 'row')} still changing"
    if settled.stable:
        moving += f"; {plural(len(settled.stable), 'row')} unchanged for {_at_least(settled.age_s):,.1f} s or longer"
    if findings.total:
        status, reason = CheckStatus.fail, findings.summary()
    elif settled.converging:
        status, reason = CheckStatus.inconclusive, "not all rows came to rest"
    else:
        what = plural(old, "row") if old else "0 rows on both sides"
        what = f"{old - unread:,} of {what}" if unread else what
        status, reason = CheckStatus.passed, f"{what}, {plural(columns, 'column')} compared"
    return Answer(
        status=status,
        rows_old=old,
        rows_new=new,
        total=findings.total,
        findings=findings.kept(),
        reason=reason + moving + by,
        counted=True,
        unsettled=(settled.missing, settled.extra),
        moving=settled.in_flight + settled.converging,
    )
