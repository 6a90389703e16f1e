from __future__ import annotations

from typing import Any

import pytest

from shadow.config.model import TablePair, Verify
from shadow.records import CheckStatus
from verify.answer import Answer
from verify.checks.schema import check_schema
from verify.classes import CSV, DUCKDB, MEMORY, SQLITE, Dialect, TypeClass
from verify.planning.plan import Sides, build_plan
from verify.store import ColumnSchema, IndexSchema, TableSchema

T = TypeClass


def column(name: str, kind: TypeClass = T.text, declared: str = "", **more: Any) -> ColumnSchema:
    return ColumnSchema(name=name, kind=kind, declared=declared, **more)


def table(*columns: ColumnSchema, **more: Any) -> TableSchema:
    return TableSchema(name="t", columns=columns, **more)


def answer(
    old: TableSchema,
    new: TableSchema,
    pair: TablePair | None = None,
    dialects: tuple[Dialect, Dialect] = (MEMORY, MEMORY),
    limit: int = 100,
) -> Answer:
    sides = Sides(old=(old,), new=(new,), old_dialect=dialects[0], new_dialect=dialects[1])
    plan = build_plan(Verify(old="", new="", tables=(pair or TablePair(old="t"),)), sides)
    return check_schema(plan.pairs[0], sides, limit)


def price(*size: int) -> ColumnSchema:
    return column("a", T.decimal, size=size)


def number(*size: int) -> ColumnSchema:
    return column("a", T.integer, size=size)


POSSIBLE, IMPOSSIBLE = "NULL has become possible", "NULL is no longer possible"


def found(answered: Answer) -> list[tuple[str, str, str]]:
    return [(finding.kind, finding.column, finding.note) for finding in answered.findings]


FULL = table(
    column("id", T.integer, nullable=False),
    column("name", size=(40,), nullable=False, default="'x'"),
    primary_key=("id",),
    indexes=(IndexSchema(name="i", columns=("name",), unique=True),),
    foreign_keys=("id -> other",),
)


def test_equal_tables_pass() -> None:
    answered = answer(FULL, FULL)
    assert (answered.status, answered.reason) == (CheckStatus.passed, "2 columns alike")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (column("a"), column("a", T.integer), [("column_type", "a", "text became integer")]),
        (column("a", size=(40,)), column("a", size=(20,)), [("column_type", "a", "length 40 became 20")]),
        (column("a", size=(20,)), column("a", size=(40,)), []),
        (column("a", size=(20,)), column("a"), []),
        (column("a"), column("a", size=(20,)), [("column_type", "a", "length now limited to 20")]),
        (price(10, 4), price(10, 2), [("column_type", "a", "scale 4 became 2")]),
        (price(10, 2), price(10, 4), [("column_type", "a", "digits before the point 8 became 6")]),
        (price(10, 2), price(12, 4), []),
        (price(), price(12, 4), []),
        (price(10), price(10, 0), []),
        (number(64), number(32), [("column_type", "a", "64 bits became 32")]),
        (number(), number(32), []),
        (column("a", nullable=False), column("a", nullable=True), [("nullability", "a", POSSIBLE)]),
        (column("a", nullable=True), column("a", nullable=False), [("nullability", "a", IMPOSSIBLE)]),
        (column("a", nullable=None), column("a", nullable=False), []),
        (column("a", default="'x'"), column("a", default="('x')"), []),
        (column("a", default="'x'"), column("a"), [("default", "a", "")]),
    ],
)  # fmt: skip
def test_columns(old: ColumnSchema, new: ColumnSchema, expected: list[tuple[str, str, str]]) -> None:
    assert found(answer(table(old), table(new))) == expected


def test_a_column_that_has_a_partner_is_no_hint() -> None:
    renamed = TablePair(old="t", rename={"position": "_position"})
    answered = answer(table(column("position")), table(column("_position"), column("position")), renamed)
    assert found(answered) == [("extra_column", "position", "")]
    answered = answer(table(column("Position"), column("position")), table(column("position")))
    assert found(answered) == [("missing_column", "Position", "")]


def test_missing_and_extra_columns_with_a_hint_at_another_case() -> None:
    answered = answer(table(column("id"), column("Email"), column("b")), table(column("id"), column("email")))
    assert found(answered) == [
        ("missing_column", "Email", "the other side calls it email: add it to `rename`"),
        ("missing_column", "b", ""),
        ("extra_column", "email", "the other side calls it Email: add it to `rename`"),
    ]
    assert answered.reason == "2 missing column, 1 extra column"


def test_renamed_and_ignored_columns_are_not_missed() -> None:
    pair = TablePair(old="t", rename={"a": "b"}, ignore=("gone", "come"))
    old, new = table(column("a"), column("gone")), table(column("b"), column("come"))
    assert found(answer(old, new, pair)) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"primary_key": ("a",)}, {"primary_key": ("a", "b")}, [("constraint", "", "primary key")]),
        ({"primary_key": ("a",)}, {}, [("constraint", "", "primary key")]),
        ({"foreign_keys": ("a -> x",)}, {}, [("constraint", "", "foreign key missing")]),
        ({}, {"foreign_keys": ("a -> x",)}, [("constraint", "", "additional foreign key")]),
    ],
)
def test_keys(old: dict[str, Any], new: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    columns = (column("a"), column("b"))
    assert found(answer(table(*columns, **old), table(*columns, **new))) == expected


def index(*columns: str, unique: bool = False) -> IndexSchema:
    return IndexSchema(name="_".join(columns), columns=columns, unique=unique)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([index("b")], [index("b")], []),
        ([index("b")], [], [("index", "b", "index missing")]),
        ([index("a")], [], []),
        ([], [index("b")], []),
        ([index("b", "c")], [index("c", "b")], [("index", "b, c", "index missing")]),
        ([index("b", unique=True)], [], [("constraint", "b", "unique index missing")]),
        ([index("b", unique=True)], [index("b")], [("constraint", "b", "no longer unique")]),
        ([index("b")], [index("b", unique=True)], [("constraint", "b", "additional unique index")]),
        ([], [index("b", unique=True)], [("constraint", "b", "additional unique index")]),
        ([], [index("a", unique=True)], []),
    ],
)
def test_indexes(old: list[IndexSchema], new: list[IndexSchema], expected: list[tuple[str, str, str]]) -> None:
    columns = (column("a"), column("b"), column("c"))
    left = table(*columns, primary_key=("a",), indexes=tuple(old))
    right = table(*columns, primary_key=("a",), indexes=tuple(new))
    assert found(answer(left, right)) == expected


def test_files_have_no_constraints_and_nothing_is_concluded_from_that() -> None:
    new = table(column("id"), column("name"), knows_constraints=False)
    assert found(answer(FULL, new, dialects=(SQLITE, CSV))) == []


def test_a_length_that_the_old_engine_cannot_declare_is_not_a_loss() -> None:
    assert found(answer(table(column("a")), table(column("a", size=(9,))), dialects=(DUCKDB, SQLITE))) == []


def test_findings_are_bounded_and_counted() -> None:
    old = table(column("id"), *(column(f"c{n}") for n in range(50)))
    answered = answer(old, table(column("id")), limit=10)
    assert (answered.total, len(answered.findings)) == (50, 10)
