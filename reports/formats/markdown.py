"""Markdown for a pull request or a step's summary: the verdict, the criteria worst first, the worst findings, and what
was not proved."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from reports.document import Result
from reports.headline import WORDS
from reports.render import cells
from reports.words import count
from shadow.records import CheckStatus

MOST_ROWS = 50
MOST_FINDINGS = 10

SYMBOLS = {
    CheckStatus.error: "⚠️",
    CheckStatus.fail: "❌",
    CheckStatus.inconclusive: "⏳",
    CheckStatus.waived: "✍️",
    CheckStatus.passed: "✅",
}

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~!@$&])")


def render_markdown(result: Result) -> str:
    """Return the document as GitHub-flavoured Markdown. Text from outside is escaped: it is no mark-up, and mentions
    nobody."""
    about = result.identity
    lines = [
        f"## {SYMBOLS[result.status]} Shadow: {WORDS[result.status]}",
        "",
        plain(result.headline),
        "",
        "| | criterion | required | observed | bound | n | needed |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in result.criteria[:MOST_ROWS]:
        status = f"{SYMBOLS[row.status]} {row.status}" + (" (dry run)" if row.dry_run else "")
        _, title, *figures = cells(row)
        lines.append("| " + " | ".join((status, plain(title), *figures)) + " |")
    if len(result.criteria) > MOST_ROWS:
        lines += ["", f"and {count(len(result.criteria) - MOST_ROWS, 'more criterion', 'more criteria')}."]
    if result.reasons:
        lines += ["", *(f"- {plain(reason)}" for reason in result.reasons)]
    if result.findings:
        shown = result.findings[:MOST_FINDINGS]
        title = f"{count(result.findings_total, 'finding')}, worst first"
        lines += ["", f"<details><summary>{title}</summary>", ""]
        lines += [f"{number}. {plain(finding.title)}" for number, finding in enumerate(shown, 1)]
        lines += ["", "</details>"]
    if result.not_proved:
        lines += ["", "<details><summary>What was not proved</summary>", ""]
        lines += [f"- {plain(text)}" for text in result.not_proved]
        lines += ["", "</details>"]
    at = datetime.fromtimestamp(about.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines += [
        "",
        f"Primary {plain(about.primary_build or 'unknown')}, candidate {plain(about.candidate_build or 'unknown')}, "
        f"judged {at}, evidence {about.evidence_digest[:12]}, configuration {about.config_digest[:12]}.",
    ]
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    """Return text of which nothing is mark-up, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
