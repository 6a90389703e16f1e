"""The result document as JSON and as lines for a terminal."""

from __future__ import annotations

import io

import msgspec

from reports.document import Criterion, Result
from reports.figures import figures_of
from reports.headline import title_of
from reports.numbers import SPACE
from shadow.records import CheckStatus

COLOURS = {
    CheckStatus.error: "bold magenta",
    CheckStatus.fail: "bold red",
    CheckStatus.inconclusive: "yellow",
    CheckStatus.waived: "cyan",
    CheckStatus.passed: "green",
}

COLUMNS = ("status", "criterion", "required", "observed", "bound", "n", "needed")

MOST_ROWS = 40
"""Of the table on a terminal, before endpoints that pass are summed up."""


def render_json(result: Result) -> str:
    """Return the document as indented JSON with keys in the order of its fields; the same document, the same text."""
    return msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n"


def cells(row: Criterion) -> tuple[str, ...]:
    """Return the cells of one line of the criteria table."""
    figures = figures_of(row)
    numbers = (figures.demand, figures.observed, figures.bound)
    return (
        f"({row.status})" if row.dry_run else str(row.status),
        title_of(row),
        *(text.replace(SPACE, " ") for text in numbers),
        f"{row.n:,}",
        "–" if row.needed is None else f"{row.needed:,}",
    )


def shown(result: Result) -> tuple[tuple[Criterion, ...], str]:
    """Return the rows for a terminal, and a line on those that are left out: many that pass hide the few."""
    if len(result.criteria) <= MOST_ROWS:
        return result.criteria, ""
    rows = tuple(row for row in result.criteria if row.status is not CheckStatus.passed or row.scope == "all")
    left = len(result.criteria) - len(rows)
    return rows, f"and {left:,} more that pass, one by one; --json lists them" if left else ""


def render_plain(result: Result) -> str:
    """Return the criteria, the headline and the reasons as plain lines, columns aligned by spaces."""
    rows, rest = shown(result)
    table = [COLUMNS, *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(COLUMNS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table
    ]
    return "\n".join((*lines, *((rest,) if rest else ()), "", *closing(result))) + "\n"


def closing(result: Result) -> tuple[str, ...]:
    """Return the headline and, below it, every reason that is not already in it."""
    rest = tuple(f"  - {reason}" for reason in result.reasons if reason not in result.headline)
    return (result.headline, *rest)


def render_terminal(result: Result, width: int) -> str:
    """Return the same with colours and rules, for a terminal of so many columns."""
    from rich.console import Console  # only a terminal pays for it
    from rich.table import Table
    from rich.text import Text

    table = Table(*COLUMNS, box=None, pad_edge=False, header_style="dim")
    rows, left_out = shown(result)
    for row in rows:
        first, *others = cells(row)
        table.add_row(Text(first, style=COLOURS[row.status]), *(Text(cell) for cell in others))
    headline, *rest = closing(result)
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=width, highlight=False)
    console.print(table)
    if left_out:
        console.print(Text(left_out, style="dim"))
    console.print()
    console.print(Text(headline, style=COLOURS[result.status]))
    for line in rest:
        console.print(Text(line))
    return output.getvalue()
