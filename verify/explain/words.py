"""Causes in words: what happened, under which rule of the plan it would be equal, or what to do where it is damage."""

from __future__ import annotations

import msgspec

from shadow.records import DataCause
from verify.explain.columns import Group
from verify.explain.gaps import Gap
from verify.explain.rowsets import RowSet, Since
from verify.explain.rules import rule_for
from verify.explain.spread import Concentrated
from verify.planning.plan import Pair
from verify.store import Value
from verify.telling.findings import plural
from verify.telling.render import Redact, render

_GAPS_NAMED = 3
_COMMON = 0.5
"""Share of all rows up to which a value is that of one tenant rather than of nearly everybody."""
MOST_CONCENTRATED = 2

_WHAT = {
    "unexplained": "no cause was recognised",
    "truncation": "cut, at various lengths",
    "time_offset": "shifted by various times",
    "number_offset": "changed by various amounts",
}

_ADVICE = {
    "time_offset": "Times were read in another zone than they were written in: correct the copy, and copy them again.",
    "truncation": "What was cut is lost on the new side: widen the column, then copy it again.",
    "mojibake": "Text was decoded with the wrong character set: correct the copy, and copy it again.",
    "value_lost": "The values are lost on the new side: find what does not copy them, then copy them again.",
    "constant": "One value replaced all others: find what writes it (a default, a constant), then copy again.",
    "sign": "Copy the values again with their sign.",
    "scale": "The unit changed (cents and euros, seconds and milliseconds): convert it, and copy again.",
}

class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the stores were asked about a pair: the latest values that each side has by the old side's column names,
    and of how many of the old side's rows a column holds the value of the differing ones (with the number of all).
    Empty where they were not asked; `why_not` then says why."""

    latest_old: dict[str, Value] = {}
    latest_new: dict[str, Value] = {}
    holding: dict[str, tuple[int, int]] = {}
    why_not: str = ""


def of_values(pair: Pair, column: str, group: Group, redact: Redact) -> DataCause:
    """Return the cause of a group of differing values of one column."""
    kind, parameter = group.family
    rule = rule_for(pair, column, group, redact)
    what = parameter or _WHAT.get(kind, kind.replace("_", " "))
    return DataCause(
        kind=kind, column=column, what=f"{column}: {what}", n=group.n,
        rule=rule, advice="" if rule else _ADVICE.get(kind, ""), examples=group.examples,
    )  # fmt: skip


def of_rows(rows: RowSet, latest: dict[str, Value], redact: Redact, *, is_missing: bool) -> list[DataCause]:
    """Return the causes of the rows that one side has; `latest` are the latest values of the other side."""
    since = rows.since(latest)
    if since is not None:
        return [_since(rows, since, redact, is_missing=is_missing)]
    kind = "missing_rows" if is_missing else "extra_rows"
    gaps, exact = rows.gaps()
    in_gaps = sum(gap.keys for gap in gaps)
    examples = rows.sample.kept()
    found = []
    if gaps and is_missing:
        words = f"every key {_named(gaps)} is missing" + ("" if exact else " (at least)")
        advice = "Whole ranges were not copied (a batch that failed, a worker that died): copy these keys again."
        found.append(DataCause(kind="key_gap", what=words, n=in_gaps, is_exact=exact, advice=advice,
                               examples=() if in_gaps < rows.n else examples))  # fmt: skip
    rest = rows.n - (in_gaps if is_missing else 0)
    if rest:
        side = "missing on the new side" if is_missing else "on the new side only"
        words = f"{plural(rest, 'row')} {side}" + (", besides" if found else "") + ", scattered"
        found.append(DataCause(kind=kind, what=words, n=rest, is_exact=exact or not found, examples=examples))
    return found


def _since(rows: RowSet, since: Since, redact: Redact, *, is_missing: bool) -> DataCause:
    first, last = (render(since.column, value, redact) for value in (since.first, since.latest))
    if is_missing:
        what = f"all missing rows have {since.column} from {first} on; the new side's latest is {last}"
        advice = f"The copy stopped there: let it go on, or copy again what has {since.column} from {first} on."
        return DataCause(kind="missing_since", column=since.column, what=what, n=rows.n, advice=advice,
                         examples=rows.sample.kept())  # fmt: skip
    what = f"all rows of the new side alone have {since.column} from {first} on; the old side's latest is {last}"
    advice = "The new side is written to by itself since then: find the writer, or verify before it begins."
    return DataCause(kind="extra_since", column=since.column, what=what, n=rows.n, advice=advice,
                     examples=rows.sample.kept())  # fmt: skip


def of_concentration(where: tuple[Concentrated, ...], known: Known, redact: Redact) -> list[DataCause]:
    """Return where the differing rows hold one value that few rows hold."""
    found = []
    for one in where:
        holding, of_all = known.holding.get(one.column, (0, 0))
        if not of_all or holding > _COMMON * of_all:
            continue
        value = render(one.column, one.value, redact)
        what = (
            f"{one.n:,} of {one.total:,} differing rows have {one.column}={value}, which "
            f"{plural(holding, 'row')} of {of_all:,} on the old side have"
        )
        advice = f"Look at how the rows of {one.column}={value} were copied."
        rare = DataCause(kind="one_value", column=one.column, what=what, n=one.n, overlaps=True, advice=advice)
        found.append((holding, one.column, rare))
    return [rare for _, _, rare in sorted(found, key=lambda entry: entry[:2])[:MOST_CONCENTRATED]]


def shared(cause: DataCause, total: int) -> DataCause:
    """Return the cause with its share of all differences; of rows that overlap it is said in words."""
    return cause if cause.overlaps or not total else msgspec.structs.replace(cause, share=cause.n / total)


def _named(gaps: tuple[Gap, ...]) -> str:
    largest = sorted(sorted(gaps, key=lambda gap: -gap.keys)[:_GAPS_NAMED])
    more = f", and {len(gaps) - len(largest)} ranges more" if len(gaps) > len(largest) else ""
    return " and ".join(f"from {gap.first} to {gap.last}" for gap in largest) + more
