"""Coverage: was every expected endpoint compared often enough, with every class of answers and every parameter.

With nothing expected the endpoints that were seen stand in, and the report says that it cannot know what is missing.
An endpoint whose requests may not reach the candidate is left to `not proved`, unless the gate names it.
Cannot see: endpoints that nobody expects and nobody called.
"""

from __future__ import annotations

from collections import Counter

from reports.document import Better, Criterion
from reports.evidence.tally import EndpointTally
from reports.words import count, listed
from shadow.config.model import Coverage
from shadow.ledger.caps import UNATTRIBUTED
from shadow.ledger.evidence import FeatureRow
from shadow.records import CheckStatus

CASES = "cases"
"""The scope of the row on answers and parameters."""


def judge_coverage(
    asked: Coverage, tallies: dict[str, EndpointTally], expected: tuple[str, ...]
) -> tuple[Criterion, ...]:
    """Return the row for `all`, then one for each endpoint that was compared too seldom.

    `expected` is what has to be covered; when empty, every endpoint of which a request was meant for the candidate.
    Requests that were lost before their endpoint was known belong to none.
    """
    seen = tuple(name for name, tally in tallies.items() if tally.meant and name != UNATTRIBUTED)
    wanted = tuple(dict.fromkeys(expected)) or seen
    short = [judge_endpoint(asked, name, tallies.get(name)) for name in wanted]
    short = [row for row in short if row.status is not CheckStatus.passed]
    covered = len(wanted) - len(short)
    unexpected = [name for name in seen if name not in wanted]
    if not wanted:
        status, reason = CheckStatus.inconclusive, "No endpoint was seen and none is expected."
    elif short:
        status = CheckStatus.inconclusive
        reason = (
            f"{covered:,} of {count(len(wanted), 'endpoint')} were compared at least {asked.min_compared:,} times; "
            f"missing: {listed([row.scope for row in short])}."
        )
    else:
        status = CheckStatus.passed
        reason = f"{count(covered, 'endpoint')} compared at least {asked.min_compared:,} times each."
    if unexpected:
        reason += f" Seen but not expected: {listed(unexpected)}."
    whole = Criterion(
        name="coverage",
        scope="all",
        status=status,
        unit="count",
        better=Better.higher,
        required=float(len(wanted)) if wanted else None,
        observed=float(covered) if wanted else None,
        n=sum(tally.compared for tally in tallies.values()),
        blocks=max((tally.blocks for tally in tallies.values()), default=0),
        needed=sum(row.needed or 0 for row in short) or (None if wanted else asked.min_compared),
        reason=reason,
    )
    return (whole, *short)


def judge_cases(cases: tuple[str, ...], features: tuple[FeatureRow, ...]) -> tuple[Criterion, ...]:
    """Return the row on the classes of answers and the parameters that have to be seen, none where none have.

    Of answers the primary's count, and only compared exchanges do.
    """
    if not cases:
        return ()
    seen: Counter[str] = Counter()
    for row in features:
        if not row.signature:
            name = f"{row.name[:8]}xx" if row.name.startswith("status ") else row.name
            seen[f"{row.endpoint} {name}"] += row.n
    missing = [case for case in cases if not seen[case]]
    held = len(cases) - len(missing)
    words = f"{held:,} of {count(len(cases), 'class', 'classes')} of answers and parameters were seen"
    return (
        Criterion(
            name="coverage",
            scope=CASES,
            status=CheckStatus.inconclusive if missing else CheckStatus.passed,
            unit="count",
            better=Better.higher,
            required=float(len(cases)),
            observed=float(held),
            n=sum(seen[case] for case in cases),
            needed=len(missing) or None,
            reason=f"{words}; missing: {listed(missing)}." if missing else f"{words}.",
        ),
    )


def judge_endpoint(asked: Coverage, endpoint: str, tally: EndpointTally | None) -> Criterion:
    """Return the answer for one endpoint that has to be covered."""
    compared = tally.compared if tally else 0
    needed: int | None = asked.min_compared - compared
    if compared >= asked.min_compared:
        status, reason, needed = CheckStatus.passed, f"Compared {compared:,} times.", None
    elif tally is None or tally.requests == 0:
        status, reason = CheckStatus.inconclusive, "Expected, but never seen."
    elif tally.meant == 0:
        status, needed = CheckStatus.inconclusive, None
        reason = f"Seen {tally.requests:,} times and never sent to the candidate ({listed(reasons_of(tally))})."
    else:
        status = CheckStatus.inconclusive
        reason = f"Compared {compared:,} of {asked.min_compared:,} times; seen {tally.requests:,} times."
    return Criterion(
        name="coverage",
        scope=endpoint,
        status=status,
        unit="count",
        better=Better.higher,
        required=float(asked.min_compared),
        observed=float(compared),
        n=compared,
        blocks=tally.blocks if tally else 0,
        needed=needed,
        reason=reason,
    )


def reasons_of(tally: EndpointTally) -> list[str]:
    """Return the endings as words, the most frequent first: `skipped (policy)`."""
    pairs = sorted(tally.by_reason.items(), key=lambda item: (-item[1], item[0]))
    return [f"{outcome} ({reason})" if reason else str(outcome) for (outcome, reason), n in pairs if n]
