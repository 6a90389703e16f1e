"""A trial's report on the terminal: its checks, then what was changed and locked, and how long each step took."""

from __future__ import annotations

from rich.console import Console

from shadow.records import CheckStatus
from verify.migration.job import words_of
from verify.migration.report import Report
from verify.running.show import describe, print_checks

MOST = 50
"""Changes that are shown; all of them are in --json."""


def print_report(report: Report, console: Console | None = None) -> None:
    """Print it."""
    console = console or Console()
    print_checks(report.checks, console)

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True, emoji=False)

    if any(check.status is not CheckStatus.passed for check in report.checks):
        for step in report.steps:
            if step.output:
                say(f"what {step.step} said at its end:")
                for line in step.output.splitlines()[-20:]:
                    say(f"  {line}")
    if report.changes:
        say("changes:")
        for change in report.changes[:MOST]:
            place = f"{change.table}: " if change.table else ""
            say(f"  {place}{describe(change)}")
        if len(report.changes) > MOST:
            say(f"  and {len(report.changes) - MOST:,} more")
    if report.locks:
        say(f"locks (looked at most {report.resolution_s * 1000:,.0f} ms apart):")
        for lock in report.locks[:MOST]:
            say(f"  {words_of(lock)}")
    say("steps:")
    for step in report.steps:
        say(f"  {step.seconds:8.2f} s  {step.step}")
    for copy in report.kept:
        say(f"kept: {copy}")
