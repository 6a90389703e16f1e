"""The verdict as Prometheus gauges (text format 0.0.4), for a textfile collector or a push gateway.

A row's status is one series that is 1 and carries the status as a label; series of former statuses go away with the
file. Ratios are 0-1, instants Unix seconds.
"""

from __future__ import annotations

from collections.abc import Iterator

from reports.document import Criterion, Result

NUMBERS = ("required", "observed", "bound", "n", "blocks", "needed", "e_value")

HELP = {
    "required": "What the criterion asks for, in its unit.",
    "observed": "What was observed, in its unit.",
    "bound": "The one-sided confidence bound that decides.",
    "n": "Pairs behind the row.",
    "blocks": "Time blocks behind the row.",
    "needed": "How many more would be needed before it could pass.",
    "e_value": "Evidence that stays valid however often one looks.",
}


def render_prometheus(result: Result) -> str:
    """Return the gauges, with a trailing newline."""
    return "\n".join(lines(result)) + "\n"


def lines(result: Result) -> Iterator[str]:
    """Yield the lines."""
    about = result.identity
    labels = {
        "status": str(result.status),
        "primary_build": about.primary_build,
        "candidate_build": about.candidate_build,
        "evidence_digest": about.evidence_digest,
        "config_digest": about.config_digest,
        "version": about.tool_version,
    }
    yield from gauge("shadow_gate_info", "The verdict and what it is about.", [(labels, 1)])
    yield from gauge("shadow_gate_exit_code", "Exit code of shadow gate.", [({}, result.exit_code)])
    yield from gauge(
        "shadow_gate_evaluated_timestamp_seconds", "When the gate was asked (Unix seconds).", [({}, about.at)]
    )
    yield from gauge(
        "shadow_gate_findings", "Findings in the judged window.", [({}, result.findings_total)]
    )
    rows = [
        (names(row) | {"status": str(row.status), "dry_run": str(row.dry_run).lower()}, 1.0)
        for row in result.criteria
    ]
    yield from gauge("shadow_gate_criterion", "One criterion's status.", rows)
    for name in NUMBERS:
        found = [(names(row), float(value)) for row in result.criteria if (value := getattr(row, name)) is not None]
        yield from gauge(f"shadow_gate_criterion_{name}", HELP[name], found)


def names(row: Criterion) -> dict[str, str]:
    """Return the labels of a row."""
    return {"criterion": row.name, "scope": row.scope, "unit": row.unit}


def gauge(name: str, text: str, series: list[tuple[dict[str, str], float]]) -> Iterator[str]:
    """Yield one gauge; nothing where it has no series."""
    if not series:
        return
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"
    for labels, value in series:
        written = ",".join(f'{key}="{escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{written}}} {value!r}" if written else f"{name} {value!r}"


def escaped(text: str) -> str:
    """Return a label's value as the text format wants it."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
