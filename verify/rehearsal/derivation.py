"""Proof that a change of what a derived table is made of would be noticed: made-up documents and tables go through the
derivation and the comparison before a run.

Items of an array that are lost, duplicated, exchanged, moved to another parent or changed; rows of a joined or united
table that are lost, duplicated, moved or changed: each has to come out with its key and its values on the side that is
derived, against the rows that the parts had before, and nothing else may.

Cannot see: the names of the columns (a field that is read under the name of another one in description and derivation
alike); arrays of another length than three; tables whose key cannot be made up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from shadow.config.model import Verify
from verify.derived.joined import Joined
from verify.derived.snapshot import DerivedSnapshot
from verify.derived.source import Source
from verify.derived.united import United
from verify.derived.unwound import POSITION, Unwound
from verify.equality.canonical import encode_row
from verify.planning.plan import Pair
from verify.rehearsal.items import Items
from verify.rehearsal.joins import Joins
from verify.rehearsal.made_up import Column, MadeUpSnapshot, as_it_is, columns_of
from verify.rehearsal.rowwise import Case, Fields, missed
from verify.rehearsal.scenes import Scene, Tables, Values, in_json
from verify.rehearsal.unions import Unions

AT_ONCE = 150
"""Changes that are compared in one go."""


async def survivors(pair: Pair, settings: Verify, salt: bytes) -> tuple[str, ...]:
    """Return in words the changes of its parts that go unnoticed, for each side of a pair that is derived."""
    found: list[str] = []
    for side, source in enumerate((pair.old_source, pair.new_source)):
        if source is not None:
            found += [f"{source.name}: {name}" for name in await _of(source, pair, side, settings, salt)]
    return tuple(found)


async def _of(source: Source, pair: Pair, side: int, settings: Verify, salt: bytes) -> list[str]:
    selection, other = (pair.old_selection, pair.new_selection)[:: 1 if side == 0 else -1]
    forms = []
    for reading in selection.readings:
        is_item = isinstance(source, Unwound) and source.in_text and reading.column not in (*source.names, POSITION)
        form = in_json if is_item else as_it_is
        forms.append((form, as_it_is) if side == 0 else (as_it_is, form))
    columns = columns_of(pair, forms)
    scene = _scene(source, columns, side, selection.key_width)
    if scene is None:
        return []
    units = list(scene.units())
    found: dict[str, None] = {}
    for start in range(0, len(units), AT_ONCE):
        part = units[start : start + AT_ONCE]
        tables: Tables = {}
        flat: list[Fields] = []
        cases = []
        for name, before, after in part:
            for table, rows in scene.tables(after).items():
                tables.setdefault(table, []).extend(rows)
            wanted = [_fields(columns, 1 - side, side, row) for row in scene.rows(before)]
            derived = [_fields(columns, side, side, row) for row in scene.rows(after)]
            flat += wanted
            cases.append(_case(name, columns, side, wanted, derived))
        held = DerivedSnapshot(MadeUpSnapshot(tables), source), MadeUpSnapshot({other.table: flat})
        for name in await missed(pair, settings, salt, cases, *(held if side == 0 else held[::-1])):
            found[name] = None
    return list(found)


def _scene(source: Source, columns: Sequence[Column], side: int, width: int) -> Scene | None:
    """Return what is made up of a source, None where its rows could not be told from one another."""
    key = columns[:width]
    if isinstance(source, Unwound):
        numbers = [one for one in columns if one.names[side] in source.names]
    elif isinstance(source, Joined):
        numbers = [one for one in columns if one.names[side] in source.key]
    else:
        numbers = [one for one in columns if one.numbered(0)][:1]
    if not (*numbers, *key) or not all(_is_numbered(one) for one in (*numbers, *key)):
        return None
    if isinstance(source, Unwound):
        return Items(source, columns, side, width)
    if isinstance(source, Joined):
        return Joins(source, columns, side, width)
    return Unions(source, columns, side, width) if isinstance(source, United) else None


def _is_numbered(column: Column) -> bool:
    one, other = column.numbered(20), column.numbered(21)
    return one is not None and other is not None and column.marks(one) != column.marks(other)


def _fields(columns: Sequence[Column], side: int, derived: int, row: Values) -> Fields:
    """Return a row of a side, given by the names of the derived one; what it lacks is missing on both."""
    found: Fields = {}
    for column in columns:
        value = row.get(column.names[derived])
        found[column.names[side]] = column.absent(side) if value is None else (value.old, value.new)[side]
    return found


def _case(name: str, columns: Sequence[Column], side: int, wanted: list[Fields], derived: list[Fields]) -> Case:
    """Return a change with the rows that it leaves on one side alone."""
    marks = [[_mark(columns, at, row) for row in rows] for at, rows in ((1 - side, wanted), (side, derived))]
    only = [_beyond(rows, mine, other) for rows, mine, other in
            ((wanted, marks[0], marks[1]), (derived, marks[1], marks[0]))]  # fmt: skip
    return Case(name, only_old=only[1 - side], only_new=only[side])


def _beyond(rows: list[Fields], marks: list[bytes], others: list[bytes]) -> list[Fields]:
    """Return the rows that the other side does not have, or not as often."""
    spare = Counter(others)
    found = []
    for row, mark in zip(rows, marks, strict=True):
        if spare[mark] > 0:
            spare[mark] -= 1
        else:
            found.append(row)
    return found


def _mark(columns: Sequence[Column], side: int, row: Fields) -> bytes:
    return encode_row([column.read(side, row[column.names[side]]) for column in columns])
