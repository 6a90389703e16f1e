"""Whether both tables are declared alike: columns, types, nullability, defaults, keys and indexes.

Types are compared by class (an engine that lacks a class may carry it in another one) unless a transform is declared,
sizes only where they became narrower, since a wider column loses nothing. What a store cannot know (a CSV file has no
defaults) is not compared.

Cannot see: check constraints, triggers, generated columns, collations; whether a timestamp keeps its zone; partial
and expression indexes; additional indexes of the new side that are not unique; whether declared types are enforced
(SQLite does not); defaults that frameworks fill in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shadow.records import CheckStatus, DataFinding
from verify.answer import Answer, blind_spot
from verify.checks.defaults import normal_default
from verify.classes import TypeClass, agreed_class
from verify.planning.plan import Pair, Sides
from verify.store import ColumnSchema, IndexSchema
from verify.telling.findings import plural

NAME = "schema"
CANNOT_SEE = blind_spot(__doc__)


def check_schema(pair: Pair, sides: Sides, max_findings: int) -> Answer:
    """Return what is declared differently."""
    sides = sides.of(pair.old.name, pair.new.name)
    findings = [*_columns(pair, sides)]
    if pair.old.knows_constraints and pair.new.knows_constraints:
        findings += [*_keys(pair), *_indexes(pair)]
    if not findings:
        return Answer(status=CheckStatus.passed, reason=f"{plural(len(pair.old.columns), 'column')} alike")
    kinds = dict.fromkeys(finding.kind for finding in findings)
    words = [f"{sum(f.kind == kind for f in findings)} {kind.replace('_', ' ')}" for kind in kinds]
    return Answer(
        status=CheckStatus.fail,
        total=len(findings),
        findings=tuple(findings[:max_findings]),
        reason=", ".join(words),
    )


def _columns(pair: Pair, sides: Sides) -> Iterator[DataFinding]:
    table = pair.old.name
    new_names = {pair.new_name(column.name) for column in pair.old.columns}
    transformed = pair.transformed
    for old in pair.old.columns:
        if old.name in pair.ignored:
            continue
        new = pair.new.column(pair.new_name(old.name))
        if new is None:
            note = _hint(old.name, [each.name for each in pair.new.columns if each.name not in new_names])
            yield DataFinding(kind="missing_column", table=table, column=old.name, old=_declared(old), note=note)
        else:
            yield from _column(pair, old, new, sides, declared=old.name in transformed)
    for column in pair.new.columns:
        if column.name not in new_names and column.name not in pair.ignored:
            free = [old.name for old in pair.old.columns if pair.new.column(pair.new_name(old.name)) is None]
            note = _hint(column.name, free)
            yield DataFinding(kind="extra_column", table=table, column=column.name, new=_declared(column), note=note)


def _column(
    pair: Pair, old: ColumnSchema, new: ColumnSchema, sides: Sides, *, declared: bool
) -> Iterator[DataFinding]:
    table = pair.old.name
    if declared:
        pass  # the plan says that this column changes; whether it does as declared is for `rows`
    elif agreed_class(old.kind, sides.old_dialect, new.kind, sides.new_dialect) is None:
        yield _finding("column_type", table, old, _declared(old), _declared(new), f"{old.kind} became {new.kind}")
    elif narrower := _narrower(old, new, sides.old_dialect.has_lengths):
        yield _finding("column_type", table, old, _declared(old), _declared(new), narrower)
    if None not in (old.nullable, new.nullable) and old.nullable != new.nullable:
        note = "NULL has become possible" if new.nullable else "NULL is no longer possible"
        yield _finding("nullability", table, old, _null(old), _null(new), note)
    if pair.old.knows_constraints and pair.new.knows_constraints:
        kind = agreed_class(old.kind, sides.old_dialect, new.kind, sides.new_dialect) or TypeClass.other
        if normal_default(old.default, kind) != normal_default(new.default, kind):
            yield _finding("default", table, old, old.default, new.default, "")


def _finding(kind: str, table: str, column: ColumnSchema, old: str | None, new: str | None, note: str) -> DataFinding:
    return DataFinding(kind=kind, table=table, column=column.name, old=old, new=new, note=note)


def _narrower(old: ColumnSchema, new: ColumnSchema, old_has_lengths: bool) -> str:
    """Return in words how the new column holds less than the old one, "" where it does not or that is unknown."""
    if not new.size or old.kind is not new.kind:
        return ""
    if old.kind is TypeClass.decimal:
        if not old.size:
            return ""  # DECIMAL without digits promises nothing that could be broken
        (old_digits, old_scale), (new_digits, new_scale) = (*old.size, 0)[:2], (*new.size, 0)[:2]
        if new_scale < old_scale:
            return f"scale {old_scale} became {new_scale}"
        if new_digits - new_scale < old_digits - old_scale:
            return f"digits before the point {old_digits - old_scale} became {new_digits - new_scale}"
        return ""
    if old.kind in (TypeClass.text, TypeClass.bytes):
        if not old.size:
            return f"length now limited to {new.size[0]}" if old_has_lengths else ""
        return f"length {old.size[0]} became {new.size[0]}" if new.size < old.size else ""
    return f"{old.size[0]} bits became {new.size[0]}" if old.size and new.size < old.size else ""


def _keys(pair: Pair) -> Iterator[DataFinding]:
    table = pair.old.name
    old = tuple(pair.new_name(name) for name in pair.old.primary_key)
    if old != pair.new.primary_key:
        sides = ", ".join(old), ", ".join(pair.new.primary_key)
        yield DataFinding(kind="constraint", table=table, old=sides[0], new=sides[1], note="primary key")
    # A foreign key names its table by the old side's name; pairs with renamed tables or columns are not compared.
    if not pair.rename and pair.old.name == pair.new.name:
        for key in pair.old.foreign_keys:
            if key not in pair.new.foreign_keys:
                yield DataFinding(kind="constraint", table=table, old=key, note="foreign key missing")
        for key in pair.new.foreign_keys:
            if key not in pair.old.foreign_keys:
                yield DataFinding(kind="constraint", table=table, new=key, note="additional foreign key")


def _indexes(pair: Pair) -> Iterator[DataFinding]:
    table = pair.old.name
    old = {tuple(pair.new_name(name) for name in index.columns): index for index in pair.old.indexes}
    new = {index.columns: index for index in pair.new.indexes}
    for columns, index in old.items():
        found = new.get(columns)
        if index.unique and not (found and found.unique) and columns != pair.new.primary_key:
            yield _index("constraint", table, index, found, "no longer unique" if found else "unique index missing")
        elif found is None and columns != pair.new.primary_key[: len(columns)]:
            yield _index("index", table, index, None, "index missing")
    for columns, index in new.items():
        before = old.get(columns)
        if (
            index.unique
            and not (before and before.unique)
            and columns != tuple(pair.new_name(name) for name in pair.old.primary_key)
        ):
            yield _index("constraint", table, before, index, "additional unique index")


def _index(kind: str, table: str, old: IndexSchema | None, new: IndexSchema | None, note: str) -> DataFinding:
    columns = ", ".join((old or new or IndexSchema(name="", columns=())).columns)
    return DataFinding(
        kind=kind,
        table=table,
        column=columns,
        old=f"{old.name} ({', '.join(old.columns)})" if old else None,
        new=f"{new.name} ({', '.join(new.columns)})" if new else None,
        note=note,
    )


def _declared(column: ColumnSchema) -> str:
    return column.declared or str(column.kind)


def _null(column: ColumnSchema) -> str:
    return "NULL" if column.nullable else "NOT NULL"


def _hint(name: str, free: Sequence[str]) -> str:
    """Return a note where the other side has the same name in another case, among the columns that have no partner."""
    near = next((other for other in free if other.casefold() == name.casefold()), "")
    return f"the other side calls it {near}: add it to `rename`" if near else ""
