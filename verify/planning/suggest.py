"""Derived tables that are likely: an array beside a table of children, one table beside several. Never assumed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from verify.classes import TypeClass
from verify.planning.sounds import sound
from verify.store import ColumnSchema, TableSchema

_POSITIONS = frozenset(
    {"position", "pos", "line", "lineno", "linenumber", "idx", "index", "ordinal", "seq", "sequence", "sort", "rank"}
)


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A pair that the plan could name, and why; `rename` as the plan has it."""

    old: str
    new: str
    why: str
    rename: dict[str, str] = {}

    def turned(self) -> Suggestion:
        """Return the same with the sides exchanged."""
        rename = {to: name for name, to in self.rename.items()}
        return Suggestion(old=self.new, new=self.old, why=self.why, rename=rename)


def suggestions(
    old: Sequence[TableSchema], new: Sequence[TableSchema], only_old: Sequence[str], only_new: Sequence[str]
) -> tuple[Suggestion, ...]:
    """Return what is likely, given all tables of both sides and the names of those that nobody recognised."""
    return (
        *_of_one_side(old, [table for table in new if table.name in only_new]),
        *(one.turned() for one in _of_one_side(new, [table for table in old if table.name in only_old])),
    )


def _of_one_side(tables: Sequence[TableSchema], others: Sequence[TableSchema]) -> Iterator[Suggestion]:
    """Yield where tables of one side stand for tables of the other that nobody recognised."""
    for table in tables:
        for column in table.columns:
            yield from _children(table, column, others)
        years = [one.name for one in others if re.fullmatch(re.escape(sound(table.name)) + r"s?\d+", sound(one.name))]
        if len(years) > 1:
            yield Suggestion(old=table.name, new=" | ".join(years), why=f"{table.name} may be split by rows")
        yield from _parts(table, others)


def _children(table: TableSchema, column: ColumnSchema, others: Sequence[TableSchema]) -> Iterator[Suggestion]:
    if column.kind is not TypeClass.json or ("object" in column.declared and "array" not in column.declared):
        return
    for child in others:
        if sound(child.name) not in (sound(f"{sound(table.name)}{column.name}"), sound(column.name)):
            continue
        names = [one.name for one in child.columns]
        parents = (f"{sound(table.name)}{end}" for end in ("id", "", "key", "no"))
        parent = next((name for end in parents for name in names if sound(name) == end), "")
        position = next((name for name in names if sound(name) in _POSITIONS), "")
        found = {"_parent": parent, "_position": position}
        yield Suggestion(
            old=f"{table.name}.{column.name}[]",
            new=child.name,
            why=f"{child.name} may hold the items of {column.name}",
            rename={name: to for name, to in found.items() if to},
        )


def _parts(table: TableSchema, others: Sequence[TableSchema]) -> Iterator[Suggestion]:
    """Yield the tables that have the key of a table, and otherwise only columns of it."""
    names = {sound(column.name) for column in table.columns}
    for part in others:
        own = [sound(column.name) for column in part.columns if column.name not in part.primary_key]
        keyed = len(part.primary_key) == len(table.primary_key) > 0
        if keyed and own and names.issuperset(own) and sound(part.name).startswith(sound(table.name)):
            yield Suggestion(
                old=table.name, new=f"{table.name} + {part.name}", why=f"{part.name} has columns of {table.name}"
            )
