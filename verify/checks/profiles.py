"""Whether columns look alike from afar: NULLs, least and greatest value, sum, lengths; each store measures its own.

A cheap early sign that names columns before rows are compared; equal profiles prove nothing about single rows.

Cannot see: two differences that cancel out; which rows differ; how many distinct values there are (no engine counts
them exactly within a scan, and estimates of two engines do not compare); columns that are transformed or that an
engine carries in another type (only their NULLs); NaN and infinity; floats from 1e150 on within sums, and sums of
floats only as far as adding up in another order may change them; sums of MongoDB's and of very wide decimals.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shadow.records import CheckStatus, DataCheck, DataFinding
from verify.answer import Answer, blind_spot
from verify.equality.canonical import encode
from verify.equality.reading import reader_of
from verify.planning.plan import Pair
from verify.profiling import WORDS, Measures, Profile, Profiles, same_sum
from verify.stopping import at_once
from verify.store import Selection, Snapshot, Value
from verify.telling.findings import plural
from verify.telling.render import Redact, render

NAME = "profiles"
CANNOT_SEE = blind_spot(__doc__)


async def check_profiles(pair: Pair, old: Snapshot, new: Snapshot, most: int, redact: Redact) -> Answer | None:
    """Return which columns have other profiles, None where a store cannot measure. Raises StoreError."""
    if not isinstance(old, Profiles) or not isinstance(new, Profiles) or not pair.old_selection.readings:
        return None
    one, other = await at_once(old.profile(pair.old_selection), new.profile(pair.new_selection))
    return judge(pair, one, other, most, redact)


def judge(pair: Pair, old: Profile, new: Profile, most: int, redact: Redact) -> Answer:
    """Return how two profiles differ; a column with a tolerance only by its NULLs."""
    findings: list[DataFinding] = []
    compared = 0
    sides = pair.old_selection, pair.new_selection
    for at, reading in enumerate(pair.old_selection.readings):
        one, other = old.columns[at], new.columns[at]
        names = [name for name in WORDS if name in one and name in other]
        if reading.column in pair.tolerances:
            names = [name for name in names if name in ("nulls", "missing")]
        compared += len(names)
        findings += _column(pair, at, names, (one, other), (old.rows, new.rows), sides, redact)
    if not findings:
        what = f"{compared:,} measures of {plural(len(pair.old_selection.readings), 'column')} alike"
        return Answer(status=CheckStatus.passed, rows_old=old.rows, rows_new=new.rows, reason=what)
    columns = dict.fromkeys(finding.column for finding in findings)
    named = ", ".join(list(columns)[:5]) + (f" and {len(columns) - 5} more" if len(columns) > 5 else "")
    return Answer(
        status=CheckStatus.fail, rows_old=old.rows, rows_new=new.rows, total=len(findings),
        findings=tuple(findings[:most]), reason=f"{plural(len(columns), 'column')} with another profile: {named}",
    )  # fmt: skip


def _column(
    pair: Pair,
    at: int,
    names: list[str],
    measures: tuple[Measures, Measures],
    rows: tuple[int, int],
    sides: tuple[Selection, Selection],
    redact: Redact,
) -> Iterator[DataFinding]:
    column = pair.old_selection.readings[at].column
    for name in names:
        one, other = (_read(sides[side], at, name, measures[side][name]) for side in (0, 1))
        if name == "sum" and isinstance(one, float) and isinstance(other, float):
            magnitudes = [float(str(side.get("magnitude") or 0)) for side in measures]
            if same_sum(max(rows), (one, magnitudes[0]), (other, magnitudes[1])):
                continue
        elif encode(one) == encode(other):
            continue
        shown = (render(column, value, redact) for value in (one, other))
        yield DataFinding(kind="profile", table=pair.old.name, column=column, old=next(shown), new=next(shown),
                          note=WORDS[name])  # fmt: skip


def _read(selection: Selection, at: int, name: str, value: Value) -> Value:
    """Return the least or greatest value as both sides read it: what is cut keeps its order."""
    if name not in ("least", "greatest"):
        return value
    reading = selection.readings[at]
    return reader_of(Selection(table="", readings=(reading,)))((value,))[0]


def settled(check: DataCheck, rows: Answer) -> DataCheck:
    """Return the check as it is to be read beside the rows: where all that rest are equal, and others were on their
    way while both sides were measured, profiles that differ are no finding."""
    if check.status is not CheckStatus.fail or not rows.moving or rows.status is not CheckStatus.passed:
        return check
    reason = f"{check.reason}; {plural(rows.moving, 'row')} in flight or left out, the others equal"
    return msgspec.structs.replace(check, status=CheckStatus.passed, total=0, findings=(), reason=reason)
