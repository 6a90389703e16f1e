"""In which order changes are made so that no foreign key is broken on the way: a row comes after those that it refers
to, and goes before them; what is unique goes before it comes again.

Rows that refer to one another have no such order. They stay together, for one transaction.

Cannot see: rows of other tables and columns that are not compared; what triggers do; values that an engine takes for
equal and that are written differently (the case of a text that is referred to, say).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, time
from uuid import UUID

import msgspec

from verify.equality.canonical import encode_row
from verify.repair.change import Change, Values
from verify.repair.gathering import Planned
from verify.repair.references import ForeignKey, Unique

FIRST = ("delete", "update", "insert")
"""What is unique must be gone before it comes again."""

Edge = tuple[int, int]
"""The first has to come before the second."""


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """Changes that belong into one transaction: one, or several that depend on one another through `keys`."""

    planned: tuple[Planned, ...]
    keys: tuple[ForeignKey, ...] = ()


def in_order(changes: Sequence[Planned], keys: Sequence[ForeignKey], unique: Sequence[Unique]) -> list[Unit]:
    """Return the changes in an order that the foreign keys allow: deletes of children first, inserts of parents."""
    tables = sorted({one.change.table for one in changes})
    edges = [(tables.index(key.parent), tables.index(key.table)) for key in keys
             if {key.parent, key.table} <= set(tables)]  # fmt: skip
    rank = {tables[at]: n for n, each in enumerate(_sorted(len(tables), edges)) for at in each}

    def place(one: Planned) -> tuple[int, int]:
        depth = rank[one.change.table]
        return FIRST.index(one.change.kind), -depth if one.change.kind == "delete" else depth

    planned = sorted(changes, key=place)
    # Within a kind and a table the order is that in which the rows were found.
    by_key = {key: list(_edges(planned, key)) for key in keys}
    every = [edge for found in by_key.values() for edge in found] + list(_freed(planned, unique))
    units = []
    for each in _sorted(len(planned), every):
        inside = set(each) if len(each) > 1 else set()
        among = tuple(key for key, found in by_key.items() if any(a in inside and b in inside for a, b in found))
        units.append(Unit(planned=tuple(planned[at] for at in each), keys=among))
    return units


def _edges(planned: Sequence[Planned], key: ForeignKey) -> Iterator[Edge]:
    """Yield what a foreign key demands: what it refers to is there before it is referred to, and until it no longer
    is."""
    gives: dict[bytes, int] = {}
    takes: dict[bytes, int] = {}
    for at, one in enumerate(planned):
        if one.change.table == key.parent:
            before, after = _moved(one.change, key.referred)
            takes |= {} if before is None else {before: at}
            gives |= {} if after is None else {after: at}
    for at, one in enumerate(planned):
        if one.change.table == key.table:
            before, after = _moved(one.change, key.columns)
            if before in takes and takes[before] != at:
                yield at, takes[before]
            if after in gives and gives[after] != at:
                yield gives[after], at


def _freed(planned: Sequence[Planned], unique: Sequence[Unique]) -> Iterator[Edge]:
    """Yield what unique keys demand: a value is given up before another row takes it."""
    for each in unique:
        moves = [
            (at, *_moved(one.change, each.columns)) for at, one in enumerate(planned) if one.change.table == each.table
        ]
        left = {before: at for at, before, _ in moves if before is not None}
        for at, _, after in moves:
            if after in left and left[after] != at:
                yield left[after], at


def _moved(change: Change, columns: Sequence[str]) -> tuple[bytes | None, bytes | None]:
    """Return the values of some columns that a change takes away, and those that it puts there; None where it does
    not touch them, does not know them, or one is NULL."""
    if change.kind == "update" and not set(columns) & set(change.after):
        return None, None
    before = None if change.kind == "insert" else _values(change.before, columns)
    after = None if change.kind == "delete" else _values({**change.before, **change.after}, columns)
    return (None, None) if before == after else (before, after)


def _values(values: Values, columns: Sequence[str]) -> bytes | None:
    found = [values.get(name) for name in columns]
    if None in found:
        return None
    # One side may hold as text what the other one has a type for.
    return encode_row([str(each) if isinstance(each, UUID | date | time) else each for each in found])


def _sorted(n: int, edges: Sequence[Edge]) -> list[list[int]]:
    """Return 0 to n - 1 so that each edge points forward, as near to their own order as that allows; those on a cycle
    together, ascending."""
    behind: dict[int, list[int]] = defaultdict(list)
    for one, other in edges:
        behind[one].append(other)
    parts = _components(n, behind) if behind else [[at] for at in range(n)]
    part_of = {at: number for number, part in enumerate(parts) for at in part}
    after: dict[int, set[int]] = defaultdict(set)
    for one, other in edges:
        if part_of[one] != part_of[other]:
            after[part_of[one]].add(part_of[other])
    waits = [0] * len(parts)
    for targets in after.values():
        for number in targets:
            waits[number] += 1
    ready = [(part[0], number) for number, part in enumerate(parts) if not waits[number]]
    heapq.heapify(ready)
    found = []
    while ready:
        _, number = heapq.heappop(ready)
        found.append(parts[number])
        for target in after[number]:
            waits[target] -= 1
            if not waits[target]:
                heapq.heappush(ready, (parts[target][0], target))
    return found


def _components(n: int, behind: dict[int, list[int]]) -> list[list[int]]:
    """Return the strongly connected components, each ascending (Tarjan 1972; without recursion, which 100,000 rows in
    a row would exhaust)."""
    number = [-1] * n
    low = [0] * n
    open_: list[int] = []
    is_open = [False] * n
    found: list[list[int]] = []
    count = 0
    for root in range(n):
        if number[root] >= 0:
            continue
        work = [(root, 0)]
        while work:
            at, step = work.pop()
            if not step:
                number[at] = low[at] = count
                count += 1
                open_.append(at)
                is_open[at] = True
            targets = behind.get(at, ())
            if step:
                low[at] = min(low[at], low[targets[step - 1]])
            while step < len(targets):
                target = targets[step]
                step += 1
                if number[target] < 0:
                    work += [(at, step), (target, 0)]
                    break
                if is_open[target]:
                    low[at] = min(low[at], number[target])
            else:
                if low[at] == number[at]:
                    part = []
                    while is_open[at]:
                        part.append(open_.pop())
                        is_open[part[-1]] = False
                    found.append(sorted(part))
    return found
