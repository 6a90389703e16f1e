"""The measures of columns as SQL, of which one statement is made for many columns; what the engines share of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from verify.profiling import COLUMNS_AT_ONCE
from verify.store import Reading, Selection

Spelled = dict[str, str]
"""The SQL of each measure by name."""


def ends(value: str, which: str = "") -> Spelled:
    """Return the least and the greatest of a value, of those rows that a FILTER lets through."""
    return {"least": f"min({value}) {which}".rstrip(), "greatest": f"max({value}) {which}".rstrip()}


def lengths(length: str) -> Spelled:
    """Return what is measured of a length in bytes."""
    return {"shortest": f"min({length})", "longest": f"max({length})", "bytes": f"coalesce(sum({length}), 0)"}


def statements(
    selection: Selection, spell: Callable[[Reading], Spelled], source: str
) -> Iterator[tuple[list[Spelled], str]]:
    """Yield the measures of some columns and the statement that takes them, rows counted first; `source` is what stands
    behind FROM."""
    for at in range(0, len(selection.readings), COLUMNS_AT_ONCE):
        spelled = [spell(reading) for reading in selection.readings[at : at + COLUMNS_AT_ONCE]]
        parts = ["count(*)", *(text for one in spelled for text in one.values())]
        yield spelled, f"SELECT {', '.join(parts)} FROM {source}"  # noqa: S608 (names are quoted)
