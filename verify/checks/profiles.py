"""Whether columns look alike from afar: NULLs, least and greatest value, sum, lengths, distinct values.

Each store measures its own. A cheap early sign that names columns before rows are compared; equal profiles prove
nothing about single rows.

Cannot see: two differences that cancel out; which rows differ; values that are new or gone where others share their
places in the estimate of how many there are (above some thousand values most do); between two engines, numbers of
distinct values beyond 500 that are not a factor of 1.5 apart, and with MongoDB none of floats and decimals; columns
that are transformed or that an engine carries in another type (only their NULLs); NaN and infinity; floats from 1e150
on within sums, and sums of floats only as far as adding up in another order may change them; sums of MongoDB's and of
very wide decimals.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shadow.records import CheckStatus, DataCheck, DataFinding
from verify.answer import Answer, blind_spot
from verify.distinct import FEW, Distinct, are_apart
from verify.equality.canonical import MISSING, encode
from verify.equality.reading import reader_of
from verify.planning.plan import Pair
from verify.profiling import WORDS, Measures, Profile, Profiles, same_sum
from verify.stopping import both
from verify.store import Selection, Snapshot, Value
from verify.survey import Surveys
from verify.telling.findings import plural
from verify.telling.render import Redact, render

NAME = "profiles"
CANNOT_SEE = blind_spot(__doc__)


async def check_profiles(pair: Pair, old: Snapshot, new: Snapshot, most: int, redact: Redact) -> Answer | None:
    """Return which columns have other profiles, None where a store cannot measure. Raises StoreError."""
    if not isinstance(old, Profiles) or not isinstance(new, Profiles) or not pair.old_selection.readings:
        return None
    sides = await both(old.profile(pair.old_selection), new.profile(pair.new_selection))
    return judge(pair, *await exact_where_few(pair, (old, new), sides), most, redact)


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
        if isinstance(one, Distinct) and isinstance(other, Distinct):
            if not are_others(one, other):
                continue
            alike = ", others" if one.words == other.words else ""
            yield DataFinding(kind="profile", table=pair.old.name, column=column, old=one.words,
                              new=other.words + alike, note=WORDS[name])  # fmt: skip
            continue
        if name == "sum" and isinstance(one, float) and isinstance(other, float):
            magnitudes = [float(str(side.get("magnitude") or 0)) for side in measures]
            if same_sum(max(rows), (one, magnitudes[0]), (other, magnitudes[1])):
                continue
        elif encode(one) == encode(other):
            continue
        shown = (render(column, value, redact) for value in (one, other))
        yield DataFinding(kind="profile", table=pair.old.name, column=column, old=next(shown), new=next(shown),
                          note=WORDS[name])  # fmt: skip


def are_others(old: Distinct, new: Distinct) -> bool:
    """Return whether two sketches cannot be of the same values: of one hash by their places, else by how many."""
    if old.exact is not None and new.exact is not None:
        return old.exact != new.exact
    if old.hashed == new.hashed:
        return old.places != new.places
    return are_apart(old.estimate, new.estimate)


async def exact_where_few(
    pair: Pair, snapshots: tuple[Snapshot, Snapshot], profiles: tuple[Profile, Profile]
) -> tuple[Profile, Profile]:
    """Return the profiles with few distinct values counted exactly where two engines estimate them differently.

    An estimate of five values is four with a chance of one in fifty, since two of them share a place; two engines hash
    differently, and where few values are in question the stores are asked. Raises StoreError.
    """
    columns = [list(side.columns) for side in profiles]
    for at, reading in enumerate(pair.old_selection.readings):
        sketches = [side.columns[at].get("distinct") for side in profiles]
        few = [one for one in sketches if isinstance(one, Distinct) and one.exact is None and one.estimate <= FEW]
        if len(few) < len(sketches) or few[0].hashed == few[1].hashed or few[0].estimate == few[1].estimate:
            continue
        if reading.column in pair.tolerances:
            continue
        for side, selection in enumerate((pair.old_selection, pair.new_selection)):
            exact = await _counted(snapshots[side], selection, at)
            columns[side][at] = {**columns[side][at], "distinct": msgspec.structs.replace(few[side], exact=exact)}
    old, new = (msgspec.structs.replace(side, columns=tuple(columns[at])) for at, side in enumerate(profiles))
    return old, new


async def _counted(snapshot: Snapshot, selection: Selection, at: int) -> int | None:
    """Return how many values a column has, NULL not among them; None where they are many after all or not told."""
    if not isinstance(snapshot, Surveys):
        return None
    asked = msgspec.structs.replace(selection, readings=(selection.readings[at],), key_width=0)
    counts = await snapshot.tally(asked, 2 * FEW)
    if len(counts) > 2 * FEW:
        return None
    read = reader_of(asked)
    return len({encode(read((value,))[0]) for value, _ in counts if value is not None and value is not MISSING})


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
