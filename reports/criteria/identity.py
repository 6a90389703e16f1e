"""Builds: is it known what was judged, and is it what the configuration names. Evidence about an unknown build, or
about the one before, proves nothing about the one that ships.

Recorded as completeness with scope `builds`, and only where something is unknown or differs.
Cannot see: two different builds that carry the same name.
"""

from __future__ import annotations

from reports.document import Better, Criterion
from shadow.config.model import Config
from shadow.ledger.evidence import Evidence
from shadow.records import CheckStatus


def judge_builds(evidence: Evidence, config: Config) -> tuple[Criterion, ...]:
    """Return one inconclusive row where a build is unknown or is not the configured one, none where all is well.

    A leg with a `build_header` is asked at every answer; its configured build is a stand-in and binds nothing.
    """
    epoch = evidence.epoch
    seen = {
        "primary": epoch.primary_build if epoch else "",
        "candidate": epoch.candidate_build if epoch else "",
    }
    named = {
        name: "" if leg.build_header else leg.build
        for name, leg in (("primary", config.primary), ("candidate", config.candidate))
    }
    unknown = [name for name, build in seen.items() if not build]
    others = [name for name, build in seen.items() if build and named[name] and build != named[name]]
    if not unknown and not others:
        return ()
    reasons = []
    if unknown:
        settings = " and ".join(f"{name}.build (or {name}.build_header)" for name in unknown)
        reasons.append(f"Unknown build of {' and '.join(unknown)}; set {settings}.")
    reasons += [
        f"The evidence is about the {name} build {seen[name]}, the configuration names {named[name]}; "
        f"mirror that one, or correct {name}.build."
        for name in others
    ]
    return (
        Criterion(
            name="completeness",
            scope="builds",
            status=CheckStatus.inconclusive,
            unit="count",
            better=Better.higher,
            required=2.0,
            observed=2.0 - len(unknown) - len(others),
            reason=" ".join(reasons),
        ),
    )
