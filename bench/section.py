"""The marked section of a page that repeats a benchmark's results, and the command that brings it up to date."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


def measured(machine: dict[str, Any], at: float | str, on: str = "on") -> str:
    """Return when and on what machine something was measured; `at` in Unix seconds, or the day itself."""
    day = at if isinstance(at, str) else time.strftime("%Y-%m-%d", time.gmtime(at))
    return (
        f"Measured {day} {on} {machine['cores']} cores ({machine['cpu']}), Linux {machine['kernel']}, "
        f"load {machine['load']} before"
    )


def targets_met(targets: Iterable[dict[str, Any]]) -> list[str]:
    """Return the table of what was asked for (`what`), what was `shown`, and whether that is `met`."""
    lines = ["| target | | |", "|---|---|---|"]
    return lines + [f"| {each['what']} | {each['shown']} | {'met' if each['met'] else 'missed'} |" for each in targets]


def with_section(page: str, table: str, begin: str, end: str) -> str:
    """Return the page with the section between the marker lines replaced. Raises ValueError where the markers are not
    there once each, in order."""
    before, first, rest = page.partition(begin + "\n")
    old, last, after = rest.partition(end)
    if not first or not last or begin in old + after or end in before + after:
        raise ValueError(f"the page needs the lines {begin} and {end}, once each, in this order")
    return f"{before}{first}{table}{last}{after}"


def command(module: str, result: Path, render: Callable[[dict[str, Any]], str], begin: str, end: str) -> None:
    """Bring a page up to date, or check it: `python -m MODULE [--check] PAGE`."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description="The marked section of a page.")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("page", type=Path)
    options = parser.parse_args()
    page = options.page.read_text()
    try:
        new = with_section(page, render(json.loads(result.read_text())), begin, end)
    except ValueError as error:
        raise SystemExit(f"{options.page}: {error}") from None
    if options.check:
        if new != page:
            raise SystemExit(f"{options.page} is not up to date: python -m {module} {options.page}")
    else:
        options.page.write_text(new)
