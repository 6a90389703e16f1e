"""Writing a repair, and checking it afterwards: both only read the stores."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from shadow.config.model import Verify
from shadow.errors import ConfigError
from verify.equality.canonical import encode_row
from verify.planning.derived import with_derived
from verify.planning.plan import Pair, Plan, build_plan
from verify.progress import Progress, silent
from verify.repair import files
from verify.repair.change import CannotWriteError
from verify.repair.engines import Writer, check_writable, generated_columns, writer_of
from verify.repair.gathering import Gathered, Planned, Side, gather, repairable
from verify.repair.held import held_by
from verify.repair.lookup import mark_of
from verify.repair.ordering import FIRST, Unit, in_order
from verify.repair.references import foreign_keys, uniques
from verify.rows.rowdiff import RowDifference
from verify.rows.tolerance import Tolerances
from verify.running.opening import both_open, sides_of
from verify.store import Key, Row, Snapshot, Store


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: changes by kind, why others were left out, with how many, and how many rows were equal when
    they were read again."""

    deletes: int = 0
    updates: int = 0
    inserts: int = 0
    left_out: dict[str, int] = {}
    settled: int = 0
    out: str = ""
    undo: str = ""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Of the rows of a repair file: how many are equal on both sides now, and which differ, a few of them by key."""

    equal: int = 0
    differ: int = 0
    examples: tuple[str, ...] = ()


async def write_repair(
    settings: Verify, side: Side, tables: Collection[str], out: Path, undo: Path, most: int,
    progress: Progress = silent,
) -> Written:
    """Compare, and write the repair and its undo; no file is written where nothing is to be repaired.

    Raises ConfigError, StoreError.
    """
    async with both_open(settings.old, settings.new) as stores:
        target = stores[side == "new"]
        check_writable(target)
        async with stores[0].snapshot() as old, stores[1].snapshot() as new:
            snapshot = new if side == "new" else old
            plan = await _plan(settings, stores, old, new)
            gathered = Gathered(most)
            for pair in _wanted(plan, tables):
                if why := repairable(pair):
                    gathered.left_out[f"{pair.name}: {why}"] += 1
                    continue
                name = pair.new.name if side == "new" else pair.old.name
                fixed = await generated_columns(target, snapshot, name)
                await gather(pair, settings, old, new, side, fixed, gathered, progress)
            changed = {one.change.table for one in gathered.changes}
            keys = await foreign_keys(target, snapshot, changed)
            unique = await uniques(target, changed) if keys else ()
            writer = writer_of(target, snapshot, await target.describe(), keys)
            planned, statements, undone = _spelled(writer, gathered, in_order(gathered.changes, keys, unique))
        if planned:
            files.write(out, writer.lines(_header(planned, side, target, is_undo=False), statements))
            files.write(undo, writer.lines(_header(planned, side, target, is_undo=True), undone))
    count = {kind: sum(one.change.kind == kind for one in planned) for kind in FIRST}
    return Written(
        deletes=count["delete"], updates=count["update"], inserts=count["insert"],
        left_out={why: n for why, n in gathered.left_out.items() if n}, settled=gathered.settled,
        out=str(out) if planned else "", undo=str(undo) if planned else "",
    )  # fmt: skip


async def check_repair(settings: Verify, path: Path) -> Checked:
    """Compare the rows that a repair file is about, and no others. Raises ConfigError, StoreError."""
    rows = files.read_rows(path)
    async with (
        both_open(settings.old, settings.new) as stores, stores[0].snapshot() as old, stores[1].snapshot() as new
    ):  # fmt: skip
        pairs = {pair.name: pair for pair in (await _plan(settings, stores, old, new)).pairs}
        differ: list[str] = []
        for name in dict.fromkeys(row.pair for row in rows):
            if name not in pairs:
                remedy = "Check it with the configuration that it was written with."
                raise ConfigError(f"{path} is about {name}, which is not verified.", remedy)
            keys = {mark_of(row.key): row.key for row in rows if row.pair == name}
            differ += [f"{name}: {_shown(key)}" for key in await _different(pairs[name], old, new, keys)]
    return Checked(equal=len(rows) - len(differ), differ=len(differ), examples=tuple(differ[:10]))


def _spelled(
    writer: Writer, gathered: Gathered, units: Sequence[Unit]
) -> tuple[list[Planned], list[str], list[str]]:
    """Return the changes that can be written, in their order, with the statements that make them and those that undo
    them; what depends on one another is one statement."""
    planned: list[Planned] = []
    statements: list[str] = []
    undone: list[str] = []
    for unit in units:
        made: list[tuple[str, str]] = []
        for one in unit.planned:
            number = len(planned) + 1
            try:
                statement, undo = (writer.counted(number, change) for change in (one.change, one.change.undone()))
                files.row_line(one)
            except CannotWriteError as error:
                gathered.left_out[f"{error} cannot be written"] += 1
                continue
            planned.append(one)
            made.append((statement, undo))
        if len(made) > 1:
            made = [(writer.together([do for do, _ in made], unit.keys),
                     writer.together([undo for _, undo in reversed(made)], unit.keys))]  # fmt: skip
        statements += [statement for statement, _ in made]
        undone += [undo for _, undo in made]
    return planned, statements, undone[::-1]


def _header(planned: Sequence[Planned], side: Side, target: Store, *, is_undo: bool) -> list[str]:
    return files.header(planned, side=side, label=target.label, is_undo=is_undo)


async def _plan(settings: Verify, stores: tuple[Store, Store], old: Snapshot, new: Snapshot) -> Plan:
    return build_plan(settings, await with_derived(settings, await sides_of(*stores), old, new))


def _wanted(plan: Plan, tables: Collection[str]) -> list[Pair]:
    """Return the pairs of these tables, all where none is named. Raises ConfigError for an unknown one."""
    names = {pair.old.name for pair in plan.pairs}
    for name in tables:
        if name not in names:
            raise ConfigError(f"No pair has the old table {name!r}.", f"Name one of {', '.join(sorted(names))}.")
    return [pair for pair in plan.pairs if not tables or pair.old.name in tables]


async def _different(pair: Pair, old: Snapshot, new: Snapshot, keys: dict[bytes, Key]) -> list[Key]:
    """Return the keys whose rows differ now."""
    tolerances = Tolerances(tuple(reading.column for reading in pair.old_selection.readings), pair.tolerances)
    found = []
    for snapshot, selection in ((old, pair.old_selection), (new, pair.new_selection)):
        held = held_by(snapshot, pair.max_ranges)
        read, rows = held.reader(selection), await held.rows(selection, keys)
        found.append({mark: [read(row) for row in each] for mark, each in rows.items()})
    return [key for mark, key in keys.items() if _differ(found[0].get(mark, []), found[1].get(mark, []), tolerances)]


def _differ(old: list[Row], new: list[Row], tolerances: Tolerances) -> bool:
    if len(old) == len(new) == 1:
        left = tolerances.beyond(RowDifference(old=old[0], new=new[0]))
        return left is not None and left.old is not None and left.new is not None and (
            encode_row(left.old) != encode_row(left.new)
        )
    return sorted(map(encode_row, old)) != sorted(map(encode_row, new))


def _shown(key: Key) -> str:
    return ", ".join(files.one_line(str(part))[:80] for part in key)
