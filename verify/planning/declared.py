"""What a pair of tables declares of its values, checked against both schemas: transforms, tolerances, filters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from shadow.config.model import TablePair
from shadow.errors import ConfigError
from verify.classes import Dialect, TypeClass
from verify.equality.transforms import step_of
from verify.nearest import require
from verify.rows.tolerance import Tolerance
from verify.store import ColumnSchema, Reading, TableSchema

_NUMBERS = frozenset({TypeClass.integer, TypeClass.decimal, TypeClass.float})
_TIMES = frozenset({TypeClass.timestamp, TypeClass.date})


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column as it is declared to be read: `kind` is the class of what comes out."""

    name: str
    kind: TypeClass
    before: TypeClass = TypeClass.other
    mapping: Mapping[str, str] = {}
    steps: tuple[str, ...] = ()

    def read_as(self, agreed: TypeClass | None, *, carried: bool) -> Reading:
        """Return how the column is read, given the class that both sides agree on."""
        if not self.mapping and not self.steps:
            return Reading(column=self.name, kind=agreed or TypeClass.other, carried=carried)
        return Reading(
            column=self.name, kind=agreed or TypeClass.other, carried=carried, before=self.before,
            mapping=dict(self.mapping), steps=self.steps,
        )  # fmt: skip


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """The transformed columns of both sides, by the name that each side has for them."""

    of_old: dict[str, Column] = {}
    of_new: dict[str, Column] = {}

    def old(self, table: TableSchema, name: str) -> Column:
        """Return how a column of the old side is read."""
        return self.of_old.get(name) or _plain(table, name)

    def new(self, table: TableSchema, name: str) -> Column:
        """Return how a column of the new side is read."""
        return self.of_new.get(name) or _plain(table, name)


def check_declared(
    pair: TablePair, old: TableSchema, new: TableSchema, old_dialect: Dialect, new_dialect: Dialect
) -> Declared:
    """Return the transforms of a pair. Raises ConfigError for unknown columns and steps, with the nearest name, and for
    steps and tolerances that mean nothing for the type of their column."""
    where = f"verify.tables, {pair.old}"
    before, after = [one.name for one in old.columns], [one.name for one in new.columns]
    for option, names in (
        ("map", pair.map), ("transform", pair.transform), ("tolerance", pair.tolerance),
        ("relative_tolerance", pair.relative_tolerance),
    ):  # fmt: skip
        require(f"{where}: {option}", names, f"old table {old.name}", before)
    require(f"{where}: new_transform", pair.new_transform, f"new table {new.name}", after)
    found = Declared(
        of_old={
            name: _column(old, name, pair.map.get(name, {}), pair.transform.get(name, ()), old_dialect, where)
            for name in {**pair.map, **pair.transform}
        },
        of_new={
            name: _column(new, name, {}, steps, new_dialect, where) for name, steps in pair.new_transform.items()
        },
    )
    for option, declared, classes, words in (
        ("tolerance", pair.tolerance, _NUMBERS | _TIMES, "numbers, instants and days"),
        ("relative_tolerance", pair.relative_tolerance, _NUMBERS, "numbers"),
    ):
        for name in declared:
            if found.old(old, name).kind not in {*classes, TypeClass.other}:
                raise ConfigError(
                    f"{where}: {option}: {name!r} is of the class {found.old(old, name).kind}.",
                    f"Only {words} can lie near one another.",
                )
    return found


def tolerances_of(pair: TablePair, key: Sequence[str], columns: Iterable[str]) -> dict[str, Tolerance]:
    """Return the tolerance of each compared column that has one. Raises ConfigError for a column of the key, and for a
    table without one: rows could not be told to belong together."""
    compared = list(columns)
    found = {}
    for name in {**pair.tolerance, **pair.relative_tolerance}:
        where = f"verify.tables, {pair.old}: the tolerance of {name!r}"
        if name in key:
            raise ConfigError(f"{where} is one of the key.", "Keys are equal or they are not: leave it out.")
        if not key:
            raise ConfigError(f"{where} needs a key, by which rows belong together.", "Name the columns in `key`.")
        if name not in compared:
            raise ConfigError(f"{where} is for a column that is not compared.", "Leave it out, or compare the column.")
        found[name] = Tolerance(
            absolute=Decimal(repr(pair.tolerance.get(name, 0.0))),
            relative=Decimal(repr(pair.relative_tolerance.get(name, 0.0))),
        )
    return found


def where_of(pair: TablePair, own: str, option: str, dialect: Dialect) -> str:
    """Return the condition of one side. Raises ConfigError for a MongoDB query that is none."""
    condition = (own or pair.where).strip()
    if condition and dialect.name == "mongodb":
        try:
            is_query = isinstance(json.loads(condition), dict)
        except ValueError:
            is_query = False
        if not is_query:
            name = option if own else "where"
            raise ConfigError(
                f"verify.tables, {pair.old}: {name} is no MongoDB query.", """Write it in JSON: '{"status": "open"}'."""
            )
    return condition


def _plain(table: TableSchema, name: str) -> Column:
    return Column(name=name, kind=_schema(table, name).kind)


def _column(
    table: TableSchema, name: str, mapping: Mapping[str, str], steps: Sequence[str], dialect: Dialect, where: str
) -> Column:
    own = _schema(table, name).kind
    kind = TypeClass.text if mapping else own
    for text in steps:
        step, _ = step_of(text, f"{where}, {name}")
        if kind not in {*step.takes, TypeClass.other}:
            takes = ", ".join(sorted(step.takes))
            raise ConfigError(
                f"{where}: {text!r} means nothing for {name!r}, which is of the class {kind} there.",
                f"It is for {takes}.",
            )
        kind = step.gives or kind
    before = own if dialect.hands_over(own) else TypeClass.other
    return Column(name=name, kind=kind, before=before, mapping=mapping, steps=tuple(steps))


def _schema(table: TableSchema, name: str) -> ColumnSchema:
    found = table.column(name)
    assert found is not None
    return found
