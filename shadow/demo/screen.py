"""What a demo run shows: steps and a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shadow.demo.expected import Account, Verdict

PLAIN_STEPS = 10
COLOURS = {"pass": "green", "fail": "red", "inconclusive": "yellow", "error": "magenta", "waived": "cyan"}


class Advance(Protocol):
    """Says how many requests were sent so far."""

    def __call__(self, sent: int) -> None:
        """Move on to `sent`."""


class Screen:
    """Writes to one console."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)

    def step(self, text: str) -> None:
        """Say what was done."""
        self._console.print(f"[dim]•[/dim] {escape(text)}", soft_wrap=True)

    @contextmanager
    def traffic(self, total: int) -> Iterator[Advance]:
        """Show how far the traffic has come."""
        if not self._console.is_terminal:
            yield PlainProgress(self, total)
            return
        columns = (TextColumn("  sending"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console, transient=True) as bar:
            task = bar.add_task("sending", total=total)
            yield lambda sent: bar.update(task, completed=sent)

    def judgement(self, verdict: Verdict, account: Account, *, planted: int, requests: int) -> None:
        """Show the verdict, its reasons in words, and how it compares with what was planted."""
        out = self._console
        out.print()
        out.print(f"[bold {COLOURS.get(verdict.status, 'red')}]{escape(verdict.headline)}[/]", soft_wrap=True)
        if verdict.findings:
            out.print(f"\n{count(len(verdict.findings), 'finding')}, worst first:")
        for number, finding in enumerate(verdict.findings, 1):
            out.print(f"{number:4}. {escape(finding.title)}", soft_wrap=True)
        if not verdict.findings:
            out.print("\nNo findings. Reasons:" if verdict.reasons else "\nNo findings.")
            for reason in verdict.reasons[:PLAIN_STEPS]:
                out.print(f"   - {escape(reason)}", soft_wrap=True)
            if len(verdict.reasons) > PLAIN_STEPS:
                out.print(f"   and {len(verdict.reasons) - PLAIN_STEPS} more, in the report")
        out.print()
        sums = verdict.accounting
        out.print(f"{sums.accepted:,} requests were accepted and {sums.outcomes:,} are accounted for.")
        if planted:
            others = count(len(account.unexpected), "other") if account.unexpected else "nothing else"
            out.print(f"{len(account.found)} of {planted} planted divergences were found, and {others}.")
        if account.missed and account.is_expected:
            names = ", ".join(plant.id for plant in account.missed)
            out.print(f"Not to be seen in {requests:,} requests: {names}.", soft_wrap=True)

    def ending(self, account: Account, report: Path) -> None:
        """Say whether it ended as it has to, and where the report is."""
        for problem in account.problems:
            self._console.print(f"[bold red]not as expected:[/] {escape(problem)}", soft_wrap=True)
        if account.is_expected:
            self._console.print("This is the expected verdict.")
        self._console.print(f"Report: {escape(str(report))}", soft_wrap=True)


def count(n: int, noun: str) -> str:
    """Return `1 finding`, `2 findings`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


class PlainProgress:
    """A line for every tenth of the way."""

    def __init__(self, screen: Screen, total: int) -> None:
        self._screen = screen
        self._total = total
        self._shown = 0

    def __call__(self, sent: int) -> None:
        """Say it where another tenth is done."""
        tenth = PLAIN_STEPS * sent // self._total
        if tenth > self._shown:
            self._shown = tenth
            self._screen.step(f"sent {sent:,} of {self._total:,} requests")
