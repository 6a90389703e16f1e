"""Since which run a finding has been there: the same one, night after night, up to this run.

Two findings are the same where kind, table, column and key are; the values may have changed. The last run that came to
a result says since when it knew the finding, so one run back is enough, whatever the ledger has dropped since.

Cannot see: findings beyond `max_findings`, which no run keeps: then a finding looks younger than it is; what was there
before the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from shadow.records import CheckStatus, DataCheck, DataFinding

_ANSWERED = frozenset({CheckStatus.passed, CheckStatus.fail})
"""What a check came to a result with; after an error nothing is known of the findings of that night."""


def dated(check: DataCheck, earlier: Sequence[DataCheck]) -> DataCheck:
    """Return the check with the age of each finding, given the same check of earlier runs, the last one first."""
    last = next((one for one in earlier if one.status in _ANSWERED), None)
    known = {_same(one): one for one in last.findings} if last is not None else {}
    findings = []
    for finding in check.findings:
        before = known.get(_same(finding))
        if last is None or before is None:
            findings.append(replace(finding, since=check.started_at, since_run=check.run_id))
        elif before.since is None:
            # It was written before findings had an age.
            findings.append(replace(finding, since=last.started_at, since_run=last.run_id))
        else:
            findings.append(replace(finding, since=before.since, since_run=before.since_run))
    return replace(check, findings=tuple(findings))


def _same(finding: DataFinding) -> tuple[str, str, str, str]:
    return finding.kind, finding.table, finding.column, finding.key
