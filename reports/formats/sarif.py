"""SARIF 2.1.0 (OASIS standard, 27 March 2020): a rule for each criterion, a result for each row.

`kind` says pass, fail, `open` (insufficient information to decide: inconclusive) or `review` (it could not be
evaluated); where it is not fail, `level` has to be none (section 3.27.10). A waiver is an accepted suppression.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from reports.document import Criterion, Result
from reports.headline import TITLES, title_of
from shadow.records import CheckStatus

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

PROPERTIES = (
    "status", "unit", "better", "required", "observed", "bound", "n", "blocks", "needed", "e_value", "dry_run",
)  # fmt: skip

KINDS = {
    CheckStatus.error: "review",
    CheckStatus.fail: "fail",
    CheckStatus.inconclusive: "open",
    CheckStatus.waived: "fail",
    CheckStatus.passed: "pass",
}


def render_sarif(result: Result) -> str:
    """Return the document as SARIF, indented."""
    names = sorted({row.name for row in result.criteria})
    about = result.identity
    run = {
        "tool": {
            "driver": {
                "name": "shadow",
                "semanticVersion": about.tool_version or "0.0.0",
                "rules": [
                    {"id": name, "name": name, "shortDescription": {"text": TITLES.get(name, name)}} for name in names
                ],
            }
        },
        "automationDetails": {"id": f"shadow gate/{about.candidate_build or 'unknown'}"},
        "invocations": [
            {
                "executionSuccessful": result.status is not CheckStatus.error,
                "exitCode": result.exit_code,
                "endTimeUtc": datetime.fromtimestamp(about.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                **(
                    {"toolExecutionNotifications": [{"level": "error", "message": {"text": result.headline}}]}
                    if result.status is CheckStatus.error
                    else {}
                ),
            }
        ],
        "properties": {
            "status": result.status,
            "headline": result.headline,
            "identity": msgspec.to_builtins(about),
        },
        "results": [result_of(row, names.index(row.name)) for row in result.criteria],
    }
    text = msgspec.json.encode({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})
    return msgspec.json.format(text, indent=2).decode() + "\n"


def result_of(row: Criterion, index: int) -> dict[str, Any]:
    """Return one row."""
    kind = "informational" if row.dry_run else KINDS[row.status]
    found: dict[str, Any] = {
        "ruleId": row.name,
        "ruleIndex": index,
        "kind": kind,
        "level": "error" if kind == "fail" else "none",
        "message": {"text": f"{title_of(row)}: {row.reason}"},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": row.scope, "kind": "resource"}]}],
        "partialFingerprints": {"row/v1": sha256(f"{row.name}\0{row.scope}".encode()).hexdigest()[:32]},
        "properties": {
            name: getattr(row, name)
            for name in PROPERTIES
            if getattr(row, name) is not None
        },
    }
    if row.status is CheckStatus.waived:
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": row.reason}]
    return found
