"""Builds: is it known what was judged. Evidence about an unknown build proves nothing about the one that ships.

Recorded as completeness with scope `builds`, and only where something is unknown.
Cannot see: two different builds that carry the same name.
"""

from __future__ import annotations

from reports.document import Criterion
from shadow.ledger.evidence import Evidence
from shadow.records import CheckStatus


def judge_builds(evidence: Evidence) -> tuple[Criterion, ...]:
    """Return one inconclusive row where a build is unknown, none where both are known."""
    epoch = evidence.epoch
    if epoch is None:
        unknown = ["primary", "candidate"]
    else:
        builds = {"primary": epoch.primary_build, "candidate": epoch.candidate_build}
        unknown = [leg for leg, build in builds.items() if not build]
    if not unknown:
        return ()
    settings = " and ".join(f"{leg}.build (or {leg}.build_header)" for leg in unknown)
    return (
        Criterion(
            name="completeness",
            scope="builds",
            status=CheckStatus.inconclusive,
            unit="count",
            required=2.0,
            observed=2.0 - len(unknown),
            reason=f"Unknown build of {' and '.join(unknown)}; set {settings}.",
        ),
    )
