"""JUnit XML: a suite for each criterion, a case for each of its rows.

CI systems take a skipped case for a green one, so only what somebody signed for is skipped: `inconclusive` and `error`
are errors, and a dry run is a passed case that says what it would have been.
Structure: the schema of the Jenkins xUnit plugin (junit-10.xsd), as most CI systems read it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reports.document import Criterion, Result
from reports.headline import TITLES
from shadow.records import CheckStatus

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, even escaped (its production 2)."""


def render_junit(result: Result) -> str:
    """Return the document as JUnit XML, with a trailing newline."""
    root = Element("testsuites", {"name": "shadow gate"} | counts(result.criteria))
    stamp = datetime.fromtimestamp(result.identity.at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for name, rows in groupby(sorted(result.criteria, key=lambda row: row.name), key=lambda row: row.name):
        held = tuple(rows)
        title = TITLES.get(name, name)
        suite = SubElement(root, "testsuite", {"name": clean(title), "timestamp": stamp} | counts(held))
        properties = SubElement(suite, "properties")
        for key, value in identity(result):
            SubElement(properties, "property", name=key, value=clean(value))
        for row in held:
            add_case(suite, row)
    if not result.criteria:
        suite = SubElement(root, "testsuite", name="gate", tests="1", failures="0", errors="1", skipped="0")
        case = SubElement(suite, "testcase", classname="shadow.gate", name="criteria", time="0")
        SubElement(case, "error", message=clean(result.headline), type="error")
        root.attrib.update(tests="1", errors="1")
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def add_case(suite: Element, row: Criterion) -> None:
    """Add one row as a case."""
    case = SubElement(suite, "testcase", classname=f"shadow.gate.{row.name}", name=clean(row.scope), time="0")
    properties = SubElement(case, "properties")
    for key in ("status", "unit", "better", "required", "observed", "bound", "n", "blocks", "needed", "e_value"):
        value = getattr(row, key)
        if value is not None:
            SubElement(properties, "property", name=key, value=str(value))
    match kind_of(row):
        case "failure" | "error" as kind:
            SubElement(case, kind, message=clean(row.reason), type=str(row.status))
        case "skipped":
            SubElement(case, "skipped", message=clean(f"waiver {row.waiver}: {row.reason}"))
        case _:
            said = f"dry run, {row.status}: {row.reason}" if row.dry_run else row.reason
            SubElement(case, "system-out").text = clean(said)


def kind_of(row: Criterion) -> str:
    """Return what a row is to JUnit: passed, failure, error or skipped."""
    if row.dry_run or row.status is CheckStatus.passed:
        return "passed"
    if row.status is CheckStatus.fail:
        return "failure"
    return "skipped" if row.status is CheckStatus.waived else "error"


def counts(rows: tuple[Criterion, ...]) -> dict[str, str]:
    """Return the attributes that sum up a suite."""
    kinds = [kind_of(row) for row in rows]
    return {
        "tests": str(len(rows)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
    }


def identity(result: Result) -> tuple[tuple[str, str], ...]:
    """Return what was judged, as names and values."""
    about = result.identity
    return (
        ("verdict", str(result.status)),
        ("primary_build", about.primary_build),
        ("candidate_build", about.candidate_build),
        ("config_digest", about.config_digest),
        ("evidence_digest", about.evidence_digest),
        ("tool_version", about.tool_version),
    )


def clean(text: str) -> str:
    """Return text without what XML cannot hold; the library escapes the rest."""
    return _UNPRINTABLE.sub("\ufffd", text)
