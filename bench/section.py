"""The marked section of a page that repeats a benchmark's results, and the command that brings it up to date."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"


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
