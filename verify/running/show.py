"""Checks and progress on the terminal; plain lines where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from shadow.records import CheckStatus, DataCheck, DataFinding
from verify import progress as told
from verify.explain.lines import lines

_STYLES = {
    CheckStatus.error: "bold red",
    CheckStatus.fail: "red",
    CheckStatus.inconclusive: "yellow",
    CheckStatus.waived: "cyan",
    CheckStatus.passed: "green",
}
LINE_S = 10.0
"""How often a line tells how far the rows are, where there is no terminal."""
_EXAMPLES = 5
"""Findings shown per check; the rest is in the ledger and in --json."""


@contextmanager
def shown_progress(*, enabled: bool) -> Iterator[told.Progress]:
    """Show progress on standard error: a line that is kept up to date on a terminal; elsewhere a line per check, and
    one every LINE_S seconds while rows are read."""
    console = Console(stderr=True)
    if not enabled:
        yield told.silent
    elif not console.is_terminal:
        yield PlainProgress(console)
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[how]}"))
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("verifying", total=None, how="")
            speed = told.Speed()

            def show(step: told.Step) -> None:
                if step.what == "began":
                    speed.begin()
                counts = step.what == "rows"
                total = max(step.expected, step.rows) if counts else None
                how = speed.words(step) if counts else f"paused: {step.why}" if step.why else ""
                description = escape(f"{step.pair}: {step.check}")
                bar.update(task, description=description, completed=step.rows, total=total, how=escape(how))

            yield show


class PlainProgress:
    """Progress as lines."""

    def __init__(self, console: Console, clock: Callable[[], float] = monotonic) -> None:
        self._console, self._clock = console, clock
        self._speed = told.Speed(clock)
        self._due = 0.0
        self._why = ""

    def __call__(self, step: told.Step) -> None:
        """Print a line where one is due."""
        now = self._clock()
        what = f"verifying {step.pair}: {step.check}"
        if step.what == "began":
            self._speed.begin()
            self._due = now + LINE_S
            _print_plain(self._console, what)
        elif step.what == "rows":
            words = self._speed.words(step)
            if now >= self._due:
                self._due = now + LINE_S
                _print_plain(self._console, f"{what}: {words}")
        elif step.what == "paused" and bool(step.why) != bool(self._why):
            self._why = step.why
            _print_plain(self._console, f"{what}: {f'paused: {step.why}' if step.why else 'goes on'}")


def print_checks(checks: tuple[DataCheck, ...], console: Console | None = None) -> None:
    """Print a table of the checks with examples of what they found; plain lines where it is no terminal."""
    console = console or Console()
    if not console.is_terminal:
        for check in checks:
            _print_plain(console, f"{check.status:<12} {check.pair}: {check.check}: {check.reason}")
            for finding in check.findings[:_EXAMPLES]:
                _print_plain(console, f"{'':<12}   {describe(finding, check.run_id)}")
            if _more(check):
                _print_plain(console, _more(check))
            for line in lines(check):
                _print_plain(console, f"{'':<12}   {line}")
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
                console.print(Text(f"  {describe(finding, check.run_id)}"))
            if _more(check):
                console.print(Text(f"  {_more(check).strip()}", style="dim"))
            for line in lines(check):
                console.print(Text(f"  {line}", style="italic"))


def age(finding: DataFinding, run_id: str = "") -> tuple[str, ...]:
    """Return for how long a finding has been there, in words, as far as it was seen before the run of that id."""
    seen = [] if finding.age_s is None else [f"unchanged for {finding.age_s:,.1f} s"]
    if finding.since is not None and finding.since_run != run_id:
        seen.append(f"there since {datetime.fromtimestamp(finding.since, UTC):%Y-%m-%d %H:%M} UTC")
    return tuple(seen)


def describe(finding: DataFinding, run_id: str = "") -> str:
    """Return a finding in one line: `id=7 name: "old" -> "new" (case; unchanged for 7.7 s)`."""
    what = " ".join(part for part in (finding.key, finding.column) if part) or finding.table
    sides = " -> ".join("nothing" if side is None else side for side in (finding.old, finding.new))
    notes = [note for note in (finding.note, *age(finding, run_id)) if note]
    note = f" ({'; '.join(notes)})" if notes else ""
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


def _print_plain(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True, emoji=False)
