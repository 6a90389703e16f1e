"""Groups: demands on some endpoints together, such as 99 % of the uploads or 2 s for a chat answer.

The same statistics as `success` and `objective`, over the endpoints that a pattern names.
Cannot see: which endpoint of a group is the bad one; their own rows and lines say it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from reports.criteria.objective import judge_slow
from reports.criteria.success import judge_rate
from reports.document import Criterion
from reports.evidence.histogram import Histogram, Histograms, together
from reports.evidence.tally import JointTally
from shadow.config.model import Group
from shadow.records import Leg


def judge_groups(
    asked: tuple[Group, ...], joints: dict[str, JointTally], histograms: Histograms
) -> tuple[Criterion, ...]:
    """Return one or two rows for each group. Raises ValueError for settings that make no bound."""
    rows: list[Criterion] = []
    for group in asked:
        if group.min_success_ratio is not None:
            joint = pooled(joint for name, joint in joints.items() if name != "all" and belongs(group, name))
            rows.append(judge_rate("group_success", group.name, group.min_success_ratio, group.confidence, joint))
        if group.max_s is not None:
            held: list[Histogram] = [
                found for (name, leg), found in histograms.items() if leg is Leg.candidate and belongs(group, name)
            ]
            slow = judge_slow(
                "group_latency", group.name, group.quantile, group.max_s, group.confidence, together(held)
            )
            rows.append(slow)
        rows[-2:] = [
            msgspec.structs.replace(row, dry_run=group.dry_run) if row.scope == group.name else row for row in rows[-2:]
        ]
    return tuple(rows)


def belongs(group: Group, endpoint: str) -> bool:
    """Tell whether an endpoint is one of a group's."""
    return any(matches(pattern, endpoint) for pattern in group.endpoints)


def matches(pattern: str, endpoint: str) -> bool:
    """Tell whether `POST /auth/*` covers an endpoint: method and segments, `*` any one, at the end any number."""
    method, _, path = pattern.partition(" ")
    own, _, place = endpoint.partition(" ")
    if method not in ("*", own):
        return False
    wanted, given = path.split("/"), place.split("/")
    if wanted[-1] == "*":
        if len(given) < len(wanted):
            return False
        wanted, given = wanted[:-1], given[: len(wanted) - 1]
    return len(wanted) == len(given) and all(a in ("*", b) for a, b in zip(wanted, given, strict=True))


def pooled(joints: Iterable[JointTally]) -> JointTally:
    """Return 2x2 tables added up; `blocks` is that of the one with most."""
    held = list(joints)
    return JointTally(
        both_ok=sum(one.both_ok for one in held),
        old_bad=sum(one.old_bad for one in held),
        new_bad=sum(one.new_bad for one in held),
        both_bad=sum(one.both_bad for one in held),
        blocks=max((one.blocks for one in held), default=0),
    )
