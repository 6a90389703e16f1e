"""What is to be verified: pairs of tables, their keys and columns, built from the configuration and both schemas."""

from __future__ import annotations

import msgspec

from shadow.config.model import TablePair, Verify
from shadow.errors import ConfigError
from verify.classes import Dialect, agreed_class
from verify.derived.source import Source
from verify.nearest import nearest, require
from verify.planning.asof import AsOf, as_of, check_as_of
from verify.planning.declared import Declared, check_declared, tolerances_of, where_of
from verify.rows.digest import ORDERED_TYPES
from verify.rows.tolerance import Tolerance
from verify.store import Reading, Selection, TableSchema

BOOKKEEPING = frozenset(
    {
        "alembic_version", "django_migrations", "flyway_schema_history", "databasechangelog", "databasechangeloglock",
        "_prisma_migrations", "schema_migrations", "knex_migrations", "knex_migrations_lock", "migrations",
        "goose_db_version", "_sqlx_migrations", "ar_internal_metadata", "__EFMigrationsHistory",
    }
)  # fmt: skip
"""Tables in which migration tools keep their own state; left out unless they are named in the plan."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two tables with what is to be compared. The selections have the same columns in the same order, key first.

    `rename` maps old column names to new ones, `ignored` holds old and new names that are kept out.
    `ordered`: the keys have an order that both engines share; then `max_ranges` ranges of keys may be read singly.
    `tolerances` are by old column name. `old_source` and `new_source` are what derived tables are made of.
    """

    name: str
    old: TableSchema
    new: TableSchema
    old_selection: Selection
    new_selection: Selection
    rename: dict[str, str] = {}
    ignored: frozenset[str] = frozenset()
    ordered: bool = False
    max_ranges: int = 1
    tolerances: dict[str, Tolerance] = {}
    old_source: Source | None = None
    new_source: Source | None = None
    as_of: AsOf | None = None

    @property
    def transformed(self) -> frozenset[str]:
        """The old names of the columns whose values are transformed on either side."""
        both = zip(self.old_selection.readings, self.new_selection.readings, strict=True)
        return frozenset(one.column for one, other in both if one.transformed or other.transformed)

    @property
    def as_stored(self) -> bool:
        """Whether tables and values are compared as they are stored: what an engine's own comparison knows."""
        derived = self.old_source is not None or self.new_source is not None
        return not self.tolerances and not self.transformed and not derived

    def new_name(self, column: str) -> str:
        """Return what the new side calls an old column."""
        return self.rename.get(column, column)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All pairs, the tables that only one side has, and those that were knowingly left out."""

    pairs: tuple[Pair, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class Sides(msgspec.Struct, frozen=True, kw_only=True):
    """What both stores say about themselves, and the derived tables among theirs."""

    old: tuple[TableSchema, ...]
    new: tuple[TableSchema, ...]
    old_dialect: Dialect
    new_dialect: Dialect
    old_sources: dict[str, Source] = {}
    new_sources: dict[str, Source] = {}

    def of(self, old: str, new: str) -> Sides:
        """Return the same with the dialects of two tables: derived ones may express less than their store."""
        one, other = self.old_sources.get(old), self.new_sources.get(new)
        return msgspec.structs.replace(
            self,
            old_dialect=one.dialect if one is not None else self.old_dialect,
            new_dialect=other.dialect if other is not None else self.new_dialect,
        )


def build_plan(settings: Verify, sides: Sides) -> Plan:
    """Return the plan. Raises ConfigError for a table or a column that does not exist, with the nearest name."""
    check_as_of(settings)
    old = {table.name: table for table in sides.old}
    new = {table.name: table for table in sides.new}
    if not settings.tables:
        names = [name for name in sorted(old.keys() | new.keys()) if name not in BOOKKEEPING]
        return Plan(
            pairs=tuple(_pair(TablePair(old=n), old[n], new[n], sides) for n in names if n in old and n in new),
            missing=tuple(name for name in names if name not in new),
            extra=tuple(name for name in names if name not in old),
            left_out=tuple(sorted((old.keys() | new.keys()) & BOOKKEEPING)),
        )
    pairs, missing, extra = [], [], []
    for pair in settings.tables:
        new_name = pair.new or pair.old
        if pair.old not in old and (pair.new or pair.old not in new):
            raise ConfigError(f"verify.tables: the old store has no table {pair.old!r}.", nearest(pair.old, old))
        if pair.new and pair.new not in new:
            raise ConfigError(f"verify.tables: the new store has no table {pair.new!r}.", nearest(pair.new, new))
        if pair.old not in old:
            extra.append(pair.old)
        elif new_name not in new:
            missing.append(pair.old)
        else:
            one = _pair(pair, old[pair.old], new[new_name], sides.of(pair.old, new_name))
            pairs.append(msgspec.structs.replace(one, as_of=as_of(settings, pair, one.old_selection)))
    planned = {pair.old for pair in settings.tables} | {pair.new for pair in settings.tables}
    planned |= {part for one in (sides.old_sources, sides.new_sources) for each in one.values() for part in each.parts}
    return Plan(
        pairs=tuple(pairs),
        missing=tuple(missing),
        extra=tuple(extra),
        left_out=tuple(sorted((old.keys() | new.keys()) - planned)),
    )


def _pair(pair: TablePair, old: TableSchema, new: TableSchema, sides: Sides) -> Pair:
    _check_names(pair, old, new)
    declared = check_declared(pair, old, new, sides.old_dialect, sides.new_dialect)
    ignored = frozenset(pair.ignore)
    rename = {name: to for name, to in pair.rename.items() if name != to}
    wanted = [
        column.name
        for column in old.columns
        if column.name not in ignored and new.column(rename.get(column.name, column.name)) is not None
        and (not pair.columns or column.name in pair.columns)
    ]  # fmt: skip
    wanted = [name for name in wanted if name in rename or name not in rename.values()]
    key = _key(pair, old, new, rename)
    columns = (*key, *(name for name in wanted if name not in key))
    old_source, new_source = sides.old_sources.get(old.name), sides.new_sources.get(new.name)
    readings = [
        tuple(
            _as_declared(each, pair, name)
            for each in _readings(name, rename.get(name, name), old, new, sides, declared)
        )
        for name in columns
    ]
    return Pair(
        name=old.name if old.name == new.name else f"{old.name} -> {new.name}",
        old=old,
        new=new,
        old_selection=Selection(
            table=old.name, readings=tuple(r[0] for r in readings), key_width=len(key),
            where=where_of(pair, pair.old_where, "old_where", sides.old_dialect),
        ),
        new_selection=Selection(
            table=new.name, readings=tuple(r[1] for r in readings), key_width=len(key),
            where=where_of(pair, pair.new_where, "new_where", sides.new_dialect),
        ),
        rename=rename,
        ignored=ignored,
        ordered=bool(key)
        and all(_is_ordered(*both) for both in readings[: len(key)])
        and (old_source is None or old_source.orders(key))
        and (new_source is None or new_source.orders([rename.get(name, name) for name in key])),
        max_ranges=min(
            _max_ranges(old, key, sides.old_dialect),
            _max_ranges(new, tuple(rename.get(name, name) for name in key), sides.new_dialect),
        ),
        tolerances=tolerances_of(pair, key, [one.column for one, _ in readings]),
        old_source=old_source,
        new_source=new_source,
    )  # fmt: skip


def _key(pair: TablePair, old: TableSchema, new: TableSchema, rename: dict[str, str]) -> tuple[str, ...]:
    """Return the old names of the key: the configured one, else a primary key whose columns both sides have."""
    if pair.key:
        return pair.key
    back = {to: name for name, to in rename.items()}
    candidates = (old.primary_key, tuple(back.get(name, name) for name in new.primary_key))
    for key in candidates:
        if key and all(
            old.column(name) and new.column(rename.get(name, name)) and name not in pair.ignore for name in key
        ):
            return key
    return ()


def _readings(
    old_name: str, new_name: str, old: TableSchema, new: TableSchema, sides: Sides, declared: Declared
) -> tuple[Reading, Reading]:
    one, other = declared.old(old, old_name), declared.new(new, new_name)
    agreed = agreed_class(one.kind, sides.old_dialect, other.kind, sides.new_dialect)
    return (
        one.read_as(agreed, carried=agreed is not None and sides.old_dialect.hands_over(agreed)),
        other.read_as(agreed, carried=agreed is not None and sides.new_dialect.hands_over(agreed)),
    )


_STEPS_US = {"milliseconds": 1_000, "seconds": 1_000_000}


def _as_declared(reading: Reading, pair: TablePair, old_name: str) -> Reading:
    """Return the reading with what the pair declares about missing fields and fractions of a second."""
    step = _STEPS_US[pair.truncate[old_name]] if old_name in pair.truncate else 1
    if step == 1 and not pair.missing_is_null:
        return reading
    return msgspec.structs.replace(reading, missing_is_null=pair.missing_is_null, step_us=step)


def _is_ordered(old: Reading, new: Reading) -> bool:
    kept = not old.transformed and not new.transformed
    return kept and old.kind in ORDERED_TYPES and not old.carried and not new.carried


def _max_ranges(table: TableSchema, key: tuple[str, ...], dialect: Dialect) -> int:
    """Return how many ranges of this key are worth a query each; fewer where no index leads with it."""
    indexed = any(columns[:1] == key[:1] for columns in (table.primary_key, *(i.columns for i in table.indexes)))
    return dialect.max_indexed_ranges if indexed else dialect.max_ranges


def _check_names(pair: TablePair, old: TableSchema, new: TableSchema) -> None:
    old_names, new_names = [c.name for c in old.columns], [c.name for c in new.columns]
    where = f"verify.tables, {pair.old}"
    for option, names in (("columns", pair.columns), ("rename", tuple(pair.rename))):
        require(f"{where}: {option}", names, f"old table {old.name}", old_names)
    require(f"{where}: rename", pair.rename.values(), f"new table {new.name}", new_names)
    changed = (pair.changed_column,) if pair.changed_column not in ("", "xmin", "change_stream") else ()
    require(f"{where}: changed_column", changed, f"old table {old.name}", old_names)
    require(
        f"{where}: changed_column", [pair.rename.get(k, k) for k in changed], f"new table {new.name}", new_names
    )
    require(f"{where}: truncate", tuple(pair.truncate), f"old table {old.name}", old_names)
    require(f"{where}: ignore", pair.ignore, f"tables {old.name} and {new.name}", [*old_names, *new_names])
    require(f"{where}: key", pair.key, f"old table {old.name}", old_names)
    require(f"{where}: key", [pair.rename.get(k, k) for k in pair.key], f"new table {new.name}", new_names)
    clash = [name for name in pair.key if name in pair.ignore]
    if clash:
        raise ConfigError(f"{where}: {clash[0]!r} is both key and ignored.", "Remove it from one of the two.")
    if len(set(pair.rename.values())) < len(pair.rename):
        raise ConfigError(f"{where}: rename gives two columns the same new name.", "Give each a name of its own.")
