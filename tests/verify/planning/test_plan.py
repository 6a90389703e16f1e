from __future__ import annotations

from typing import Any

import pytest

from shadow.config.model import TablePair, Verify
from shadow.errors import ConfigError
from verify.classes import CSV, MEMORY, SQLITE, Dialect, TypeClass
from verify.planning.plan import Plan, Sides, build_plan
from verify.store import ColumnSchema, IndexSchema, Reading, TableSchema

T = TypeClass


def table(name: str, columns: dict[str, TypeClass], key: tuple[str, ...] = (), **more: Any) -> TableSchema:
    return TableSchema(
        name=name,
        columns=tuple(ColumnSchema(name=column, kind=kind) for column, kind in columns.items()),
        primary_key=key,
        **more,
    )


ORDERS = table("orders", {"id": T.integer, "name": T.text, "price": T.decimal}, ("id",))


def plan(
    old: list[TableSchema],
    new: list[TableSchema],
    *pairs: TablePair,
    dialects: tuple[Dialect, Dialect] = (MEMORY, MEMORY),
) -> Plan:
    sides = Sides(old=tuple(old), new=tuple(new), old_dialect=dialects[0], new_dialect=dialects[1])
    return build_plan(Verify(old="old", new="new", tables=pairs), sides)


def columns(found: Plan) -> tuple[list[str], list[str]]:
    (pair,) = found.pairs
    old, new = pair.old_selection, pair.new_selection
    return [r.column for r in old.readings], [r.column for r in new.readings]


def test_without_a_list_all_tables_of_the_same_name_are_paired() -> None:
    found = plan(
        [ORDERS, table("a", {"x": T.text}), table("alembic_version", {"v": T.text})],
        [ORDERS, table("b", {"x": T.text})],
    )
    assert [pair.name for pair in found.pairs] == ["orders"]
    assert (found.missing, found.extra, found.left_out) == (("a",), ("b",), ("alembic_version",))


def test_with_a_list_only_that_is_verified_and_the_rest_is_named() -> None:
    other = table("other", {"x": T.text})
    found = plan([ORDERS, other], [ORDERS, other], TablePair(old="orders"))
    assert ([pair.name for pair in found.pairs], found.left_out) == (["orders"], ("other",))


def test_a_listed_table_of_one_side_is_a_finding_not_a_mistake() -> None:
    assert plan([ORDERS], [], TablePair(old="orders")).missing == ("orders",)
    assert plan([], [ORDERS], TablePair(old="orders")).extra == ("orders",)


def test_the_key_comes_first_and_is_the_primary_key() -> None:
    schema = table("t", {"v": T.text, "b": T.integer, "a": T.text}, ("a", "b"))
    found = plan([schema], [schema])
    assert columns(found) == (["a", "b", "v"], ["a", "b", "v"])
    assert found.pairs[0].old_selection.key == ("a", "b")
    assert found.pairs[0].ordered


def test_renamed_tables_and_columns() -> None:
    new = table("bestellungen", {"id": T.integer, "titel": T.text, "price": T.decimal}, ("id",))
    pair = TablePair(old="orders", new="bestellungen", rename={"name": "titel"})
    found = plan([ORDERS], [new], pair)
    assert columns(found) == (["id", "name", "price"], ["id", "titel", "price"])
    assert found.pairs[0].name == "orders -> bestellungen"


def test_a_renamed_column_takes_the_place_of_its_namesake() -> None:
    old = table("t", {"id": T.integer, "a": T.text, "b": T.text}, ("id",))
    new = table("t", {"id": T.integer, "b": T.text}, ("id",))
    found = plan([old], [new], TablePair(old="t", rename={"a": "b"}))
    assert columns(found) == (["id", "a"], ["id", "b"])


def test_ignored_and_chosen_columns() -> None:
    assert columns(plan([ORDERS], [ORDERS], TablePair(old="orders", ignore=("price",))))[0] == ["id", "name"]
    assert columns(plan([ORDERS], [ORDERS], TablePair(old="orders", columns=("price",))))[0] == ["id", "price"]


def test_columns_of_one_side_are_not_compared() -> None:
    new = table("orders", {"id": T.integer, "name": T.text, "added": T.text}, ("id",))
    assert columns(plan([ORDERS], [new]))[0] == ["id", "name"]


@pytest.mark.parametrize(
    ("old_key", "new_key", "expected"),
    [
        (("id",), ("id",), ("id",)),
        (("id",), (), ("id",)),
        ((), ("id",), ("id",)),
        ((), (), ()),
        (("id",), ("name",), ("id",)),
    ],
)
def test_either_sides_primary_key_will_do(
    old_key: tuple[str, ...], new_key: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    old = table("t", {"id": T.integer, "name": T.text}, old_key)
    new = table("t", {"id": T.integer, "name": T.text}, new_key)
    assert plan([old], [new]).pairs[0].old_selection.key == expected


def test_a_primary_key_that_is_ignored_or_missing_is_no_key() -> None:
    new = table("orders", {"name": T.text})
    assert plan([ORDERS], [new]).pairs[0].old_selection.key == ()
    found = plan([ORDERS], [ORDERS], TablePair(old="orders", ignore=("id",)))
    assert found.pairs[0].old_selection.key == ()


def test_carried_classes_are_read_on_the_side_that_carries_them() -> None:
    old = table("t", {"id": T.integer, "at": T.timestamp}, ("id",))
    new = table("t", {"id": T.text, "at": T.text}, knows_constraints=False)
    (pair,) = plan([old], [new], dialects=(SQLITE, CSV)).pairs
    assert pair.old_selection.readings == (
        Reading(column="id", kind=T.integer),
        Reading(column="at", kind=T.timestamp, carried=True),
    )
    assert pair.new_selection.readings == (
        Reading(column="id", kind=T.integer, carried=True),
        Reading(column="at", kind=T.timestamp, carried=True),
    )
    assert not pair.ordered


@pytest.mark.parametrize(("kind", "ordered"), [(k, k in (T.integer, T.text, T.bytes)) for k in TypeClass])
def test_keys_are_ordered_only_where_all_engines_agree(kind: TypeClass, ordered: bool) -> None:
    schema = table("t", {"id": kind}, ("id",))
    assert plan([schema], [schema]).pairs[0].ordered is ordered


def test_ranges_are_read_singly_only_along_an_index() -> None:
    plain = table("t", {"id": T.integer, "n": T.integer}, ("id",))
    indexed = table(
        "t", {"id": T.integer, "n": T.integer}, ("id",), indexes=(IndexSchema(name="i", columns=("n", "id")),)
    )
    both = (SQLITE, SQLITE)
    by_n = TablePair(old="t", key=("n",))
    assert plan([plain], [plain], dialects=both).pairs[0].max_ranges == 100_000
    assert plan([indexed], [indexed], by_n, dialects=both).pairs[0].max_ranges == 100_000
    assert plan([indexed], [plain], by_n, dialects=both).pairs[0].max_ranges == 16


@pytest.mark.parametrize(
    ("pair", "message", "remedy"),
    [
        (TablePair(old="order"), "the old store has no table 'order'", "Did you mean 'orders'?"),
        (TablePair(old="orders", new="ordrs"), "the new store has no table 'ordrs'", "Did you mean 'orders'?"),
        (TablePair(old="zzz"), "the old store has no table 'zzz'", "It has orders."),
        (TablePair(old="orders", columns=("nam",)), "columns: old table orders has no column 'nam'", "'name'"),
        (TablePair(old="orders", ignore=("pric",)), "ignore: tables orders and orders has no column", "'price'"),
        (TablePair(old="orders", key=("ID",)), "key: old table orders has no column 'ID'", "It has id, name, price."),
        (TablePair(old="orders", rename={"name": "x"}), "rename: new table orders has no column 'x'", "It has"),
        (TablePair(old="orders", rename={"x": "name"}), "rename: old table orders has no column 'x'", "It has"),
        (TablePair(old="orders", rename={"name": "price", "id": "price"}), "the same new name", "Give each"),
        (TablePair(old="orders", key=("id",), ignore=("id",)), "'id' is both key and ignored", "Remove it"),
    ],
)
def test_names_that_do_not_exist_are_refused(pair: TablePair, message: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan([ORDERS], [ORDERS], pair)
    assert message in caught.value.message
    assert remedy in caught.value.remedy
