"""Checks and progress on the terminal; plain lines where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from shadow.records import CheckStatus, DataCheck, DataFinding
from verify import progress as told

_STYLES = {
    CheckStatus.error: "bold red",
    CheckStatus.fail: "red",
    CheckStatus.inconclusive: "yellow",
    CheckStatus.waived: "cyan",
    CheckStatus.passed: "green",
}
_EXAMPLES = 5
"""Findings shown per check; the rest is in the ledger and in --json."""


@contextmanager
def shown_progress(*, enabled: bool) -> Iterator[told.Progress]:
    """Show progress on standard error: a bar on a terminal, one line per check elsewhere."""
    console = Console(stderr=True)
    if not enabled:
        yield told.silent
    elif not console.is_terminal:
        yield lambda step: _plain_line(console, step)
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("verifying", total=None)

            def show(step: told.Step) -> None:
                total = max(step.expected, step.rows) if step.what == "rows" else None
                bar.update(task, description=f"{step.pair}: {step.check}", completed=step.rows, total=total)

            yield show


def print_checks(checks: tuple[DataCheck, ...], console: Console | None = None) -> None:
    """Print a table of the checks with examples of what they found; plain lines where it is no terminal."""
    console = console or Console()
    if not console.is_terminal:
        for check in checks:
            _print_plain(console, f"{check.status:<12} {check.pair}: {check.check}: {check.reason}")
            for finding in check.findings[:_EXAMPLES]:
                _print_plain(console, f"{'':<12}   {describe(finding)}")
            if _more(check):
                _print_plain(console, _more(check))
        return
    table = Table(title="Data checks", title_justify="left")
    for name in ("Tables", "Check", "Status", "Old rows", "New rows", "Result"):
        table.add_column(name, justify="right" if "rows" in name else "left", overflow="fold")
    for check in checks:
        counted = check.check in ("counts", "rows")
        table.add_row(
            Text(check.pair),
            check.check,
            Text(str(check.status), style=_STYLES[check.status]),
            f"{check.rows_old:,}" if counted else "",
            f"{check.rows_new:,}" if counted else "",
            Text(check.reason),
        )
    console.print(table)
    for check in checks:
        if check.findings:
            console.print(Text(f"{check.pair}: {check.check}", style=_STYLES[check.status]))
            for finding in check.findings[:_EXAMPLES]:
                console.print(Text(f"  {describe(finding)}"))
            if _more(check):
                console.print(Text(f"  {_more(check).strip()}", style="dim"))


def describe(finding: DataFinding) -> str:
    """Return a finding in one line: `id=7 name: "old" -> "new" (case)`."""
    what = " ".join(part for part in (finding.key, finding.column) if part) or finding.table
    sides = " -> ".join("nothing" if side is None else side for side in (finding.old, finding.new))
    note = f" ({finding.note})" if finding.note else ""
    match finding.kind:
        case "value" | "count":
            return f"{what}: {sides}{note}"
        case "missing_row" | "extra_row":
            return f"{finding.kind.replace('_', ' ')} {finding.key or finding.old or finding.new or ''}{note}"
        case _:
            shown = f": {sides}" if finding.old is not None or finding.new is not None else ""
            return f"{finding.kind.replace('_', ' ')} {what}{shown}{note}"


def _more(check: DataCheck) -> str:
    more = check.total - min(len(check.findings), _EXAMPLES)
    return f"{'':<12}   and {more:,} more" if more > 0 else ""


def _plain_line(console: Console, step: told.Step) -> None:
    if step.what == "began":
        _print_plain(console, f"verifying {step.pair}: {step.check}")


def _print_plain(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True, emoji=False)
