"""The evidence strip: does the sum hold, what became of the requests, what is missing."""

from __future__ import annotations

import msgspec

from reports import numbers
from reports.document import Result
from reports.numbers import Better
from reports.page.bars import Segment, segments_of
from reports.page.criteria import coverage_seen
from reports.page.times import duration
from reports.page.words import Badge
from reports.words import count
from shadow.ledger.gaps import length_s

_HOLDS = Badge(word="the sum holds", symbol="✓", tone="pass")
_BROKEN = Badge(word="the sum does not hold", symbol="✕", tone="fail")
_EMPTY = Badge(word="no request was recorded", symbol="!", tone="error")


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One small figure of the strip; `tone` is empty where there is nothing to worry about."""

    label: str
    value: str
    note: str
    tone: str
    symbol: str


class EvidenceStrip(msgspec.Struct, frozen=True, kw_only=True):
    """The sum in its parts, the bar, the figures."""

    accepted: str
    outcomes: str
    in_flight: str
    sum: Badge
    sum_note: str
    segments: tuple[Segment, ...]
    bar_note: str
    figures: tuple[Figure, ...]


def evidence_of(result: Result) -> EvidenceStrip:
    """Build the strip. The sum is checked again here; it holds only if the document and the numbers say so."""
    accounting = result.accounting
    off = accounting.accepted - accounting.outcomes - accounting.in_flight
    listed = sum(row.n for row in accounting.by_outcome)
    if not accounting.accepted and not accounting.outcomes:
        state = _EMPTY
    else:
        state = _HOLDS if accounting.holds and off == 0 else _BROKEN
    return EvidenceStrip(
        accepted=numbers.count(accounting.accepted),
        outcomes=numbers.count(accounting.outcomes),
        in_flight=numbers.count(accounting.in_flight),
        sum=state,
        sum_note=_off_note(off),
        segments=segments_of(accounting.by_outcome),
        bar_note="" if listed == accounting.outcomes else f"The bar shows the {listed:,} in the judged window.",
        figures=(*_losses(result), *_pairing(result), _gaps(result), _coverage(result)),
    )


def _off_note(off: int) -> str:
    if off > 0:
        return f"{count(off, 'request')} without an outcome"
    return f"{count(-off, 'outcome')} without a request" if off < 0 else ""


def _losses(result: Result) -> tuple[Figure, ...]:
    rows = result.accounting.by_outcome
    whole = sum(row.n for row in rows)
    found = []
    for outcome, label in (("shed", "Shed"), ("not_comparable", "Not comparable"), ("skipped", "Skipped")):
        n = sum(row.n for row in rows if row.outcome == outcome)
        # What policy skips is a decision, what is shed or cannot be compared is lost evidence.
        lost = n > 0 and outcome != "skipped"
        found.append(
            Figure(
                label=label,
                value=numbers.count(n),
                note=numbers.ratio_of(n, whole, Better.lower) if whole else "",
                tone="inconclusive" if lost else "",
                symbol="!" if lost else "",
            )
        )
    return tuple(found)


def _pairing(result: Result) -> tuple[Figure, ...]:
    """Who answered, where anything was meant for both backends."""
    pairing = result.accounting.pairing
    missing = ((pairing.only_old, "only primary"), (pairing.only_new, "only candidate"), (pairing.neither, "neither"))
    if not pairing.total:
        return ()
    # That a candidate fails is told by parity; here it is evidence that stands for other traffic than what came.
    alarm = any((row.name, row.scope) == ("completeness", "pairing") for row in result.criteria)
    parts = [f"{numbers.count(n)} {who}" for n, who in missing if n]
    return (
        Figure(
            label="Both answered",
            value=numbers.ratio_of(pairing.both, pairing.total, Better.higher),
            note=", ".join(parts) or f"of {numbers.count(pairing.total)}",
            tone="inconclusive" if alarm else "",
            symbol="!" if alarm else "",
        ),
    )


def _gaps(result: Result) -> Figure:
    length = sum(length_s(gap) for gap in result.gaps)
    return Figure(
        label="Gaps",
        value=numbers.count(len(result.gaps)),
        note=f"{duration(length)} in all" if result.gaps else "none recorded",
        tone="inconclusive" if result.gaps else "",
        symbol="!" if result.gaps else "",
    )


def _coverage(result: Result) -> Figure:
    covered, expected = coverage_seen(result.criteria)
    if not expected:
        return Figure(
            label="Endpoints",
            value=f"{len(result.endpoints):,} seen",
            note="none expected",
            tone="inconclusive",
            symbol="!",
        )
    missing = covered < expected
    return Figure(
        label="Endpoints",
        value=f"{covered:,} of {expected:,}",
        note="compared often enough",
        tone="inconclusive" if missing else "",
        symbol="!" if missing else "",
    )
