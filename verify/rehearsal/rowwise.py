"""Proof that the comparison row by row would notice: made-up rows of both sides go through it before a run.

Digests of buckets, the merge in the order of the keys or the search by hashes, the comparison by value with tolerances:
whichever of them a pair is compared with sees rows that differ in one way each, between equal ones. Each has to come
out with its key and its values, and nothing else may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from shadow.config.model import Verify
from shadow.errors import StoreError
from verify.checks.rows import check_rows
from verify.equality.canonical import encode_row
from verify.equality.reading import reader_of
from verify.planning.plan import Pair
from verify.rehearsal.made_up import Alike, Column, MadeUpSnapshot, as_it_is, columns_of
from verify.rows.rowdiff import NotAKeyError, RowDifference
from verify.store import Snapshot, Value
from verify.telling.render import keep

AT_ONCE = 400
"""Cases that are compared in one go; far more differing rows would not be told with their values."""

Fields = dict[str, Value]


class Case(msgspec.Struct, frozen=True):
    """Made-up rows of both sides, by the names of their columns, and those of them that have to be found."""

    name: str
    old: Sequence[Fields] = ()
    new: Sequence[Fields] = ()
    only_old: Sequence[Fields] = ()
    only_new: Sequence[Fields] = ()


async def survivors(pair: Pair, settings: Verify, salt: bytes) -> tuple[str, ...]:
    """Return in words the changes that the comparison of a pair does not notice; none is proof."""
    columns = columns_of(pair, [(as_it_is, as_it_is)] * len(pair.old_selection.readings))
    cases = list(_cases(pair, columns))
    found: list[str] = []
    for at in range(0, len(cases), AT_ONCE):
        part = cases[at : at + AT_ONCE]
        old = MadeUpSnapshot({pair.old_selection.table: [row for case in part for row in case.old]})
        new = MadeUpSnapshot({pair.new_selection.table: [row for case in part for row in case.new]})
        found += await missed(pair, settings, salt, part, old, new)
    return tuple(dict.fromkeys(found))


async def missed(
    pair: Pair, settings: Verify, salt: bytes, cases: Sequence[Case], old: Snapshot, new: Snapshot
) -> list[str]:
    """Compare two snapshots as the run does and return the names of the cases of which something else was found than
    had to be."""
    selections = pair.old_selection, pair.new_selection
    reads = [reader_of(selection) for selection in selections]
    names = [[reading.column for reading in selection.readings] for selection in selections]
    found: list[Counter[bytes]] = [Counter(), Counter()]

    def take(difference: RowDifference) -> None:
        for counted, row in zip(found, (difference.old, difference.new), strict=True):
            if row is not None:
                counted[encode_row(row)] += 1

    def marked(side: int, fields: Fields) -> bytes:
        return encode_row(reads[side](tuple(fields[name] for name in names[side])))

    plain = msgspec.structs.replace(settings, settle_s=0, max_rows_per_second=0, max_findings=1)
    pair = msgspec.structs.replace(pair, as_of=None)
    try:
        await check_rows(pair, old, new, salt=salt, settings=plain, redact=keep, scanned=_unheard, taken=take)
    except (StoreError, NotAKeyError) as error:
        return [f"made-up rows cannot be compared ({error})"]
    wrong: dict[str, None] = {}
    for case in cases:
        for side, only in enumerate((case.only_old, case.only_new)):
            for fields in only:
                mark = marked(side, fields)
                if not found[side][mark]:
                    wrong[case.name] = None
                found[side][mark] -= 1
    if any(n > 0 for counted in found for n in counted.values()) and not wrong:
        wrong["equal rows are told apart"] = None
    return list(wrong)


def _unheard(_side: str, _rows: int) -> None:
    """Made-up rows are not progress."""


def _cases(pair: Pair, columns: Sequence[Column]) -> Iterator[Case]:
    """Yield rows that differ in one way each; nothing where no column can tell them apart."""
    width = pair.old_selection.key_width
    numbered = list(range(width)) or [at for at, one in enumerate(columns) if one.numbered(0)][:1]
    if not numbered or any(columns[at].numbered(n) is None for at in numbered for n in (0, 1)):
        return
    if len({encode_row((columns[at].numbered(n) or Alike(0, 0)).old for at in numbered) for n in (7, 8)}) < 2:
        return
    number = 0

    def row(**values: Alike) -> tuple[Fields, Fields]:
        """Return the next row as both sides have it."""
        nonlocal number
        number += 1
        every = [
            (columns[at].numbered(number) if at in numbered else None) or values.get(f"c{at}") or one.samples[0]
            for at, one in enumerate(columns)
        ]
        return (
            {one.names[0]: each.old for one, each in zip(columns, every, strict=True)},
            {one.names[1]: each.new for one, each in zip(columns, every, strict=True)},
        )

    def changed(name: str, at: int, before: Alike, after: Alike) -> Case:
        old, new = row(**{f"c{at}": before})
        other = {**new, columns[at].names[1]: after.new}
        return Case(f"{columns[at].name}: {name}", [old], [other], [old], [other])

    def of_rows() -> Iterator[Case]:
        old, new = row()
        yield Case("a lost row", [old], [], [old])
        old, new = row()
        yield Case("an additional row", [], [new], [], [new])
        old, new = row()
        yield Case("a duplicated row", [old], [new, new], [], [new])
        old, new = row()
        yield Case("a row that was there twice", [old, old], [new], [old])
        old, new = row()
        yield Case("an equal row", [old], [new])

    yield from of_rows()
    tried = set()
    for at, one in enumerate(columns):
        if at in numbered:
            continue
        changes = one.changes()
        alike = repr((one.kind, [(*each,) for each in changes]))
        # Of columns that are read alike the first one has all changes: what they cost grows with the square of them.
        for name, before, after in changes if alike not in tried else changes[:1]:
            yield changed(name, at, before, after)
        tried.add(alike)
        if changes and len(one.samples) > 1 and changes[0][0] == "another value":
            first, second = one.samples[:2]
            for before, after in ((first, second), (second, first)):
                yield changed("the values of two rows exchanged", at, before, after)
        yield Case("an equal row", *([each] for each in row()))
    yield from of_rows()
