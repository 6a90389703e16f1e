"""Likely derived tables are suggested, in both directions, and nothing else is."""

from __future__ import annotations

import yaml

from verify.classes import MONGO, POSTGRES, TypeClass
from verify.planning.draft import draft
from verify.planning.plan import Sides
from verify.planning.sounds import sound
from verify.planning.suggest import suggestions
from verify.store import ColumnSchema, TableSchema

T = TypeClass


def table(name: str, columns: dict[str, TypeClass], key: tuple[str, ...] = ()) -> TableSchema:
    found = tuple(ColumnSchema(name=column, kind=kind) for column, kind in columns.items())
    return TableSchema(name=name, columns=found, primary_key=key)


ORDERS = table("orders", {"_id": T.integer, "items": T.json, "memo": T.text}, ("_id",))
ITEMS = table("order_items", {"order_id": T.integer, "line_no": T.integer, "sku": T.text}, ("order_id", "line_no"))
PLAIN = table("orders", {"id": T.integer, "memo": T.text}, ("id",))
MEMOS = table("order_memos", {"order_id": T.integer, "memo": T.text}, ("order_id",))
YEARS = [table(f"orders_{year}", {"id": T.integer}, ("id",)) for year in (2025, 2026)]


def test_an_array_and_a_table_of_children() -> None:
    (found,) = suggestions([ORDERS], [PLAIN, ITEMS], [], ["order_items"])
    assert (found.old, found.new) == ("orders.items[]", "order_items")
    assert found.rename == {"_parent": "order_id", "_position": "line_no"}
    (turned,) = suggestions([PLAIN, ITEMS], [ORDERS], ["order_items"], [])
    assert (turned.old, turned.new) == ("order_items", "orders.items[]")
    assert turned.rename == {"order_id": "_parent", "line_no": "_position"}


def test_a_table_split_by_rows_or_by_columns() -> None:
    (by_rows,) = suggestions([PLAIN], YEARS, ["orders"], ["orders_2025", "orders_2026"])
    assert (by_rows.old, by_rows.new) == ("orders", "orders_2025 | orders_2026")
    (by_columns,) = suggestions([PLAIN], [PLAIN, MEMOS], [], ["order_memos"])
    assert by_columns.new == "orders + order_memos"


def test_what_is_not_likely_is_not_suggested() -> None:
    other = table("customers", {"id": T.integer, "name": T.text}, ("id",))
    assert suggestions([ORDERS], [other], [], ["customers"]) == ()
    assert suggestions([PLAIN], YEARS[:1], ["orders"], ["orders_2025"]) == ()
    assert suggestions([ORDERS], [ITEMS], [], []) == ()


def test_the_draft_has_them_as_comments() -> None:
    sides = Sides(old=(ORDERS,), new=(PLAIN, ITEMS), old_dialect=MONGO, new_dialect=POSTGRES)
    text = draft("mongodb://a/b", "postgresql://a/b", sides)
    lines = text.splitlines()
    at = lines.index("    # - old: orders.items[]")
    assert "order_items may hold the items of items" in lines[at - 1]
    taken_in = "\n".join(line.replace("    # ", "    ") if n >= at else line for n, line in enumerate(lines))
    section = yaml.safe_load(taken_in)["verify"]["tables"]
    assert section[-1] == {
        "old": "orders.items[]", "new": "order_items", "rename": {"_parent": "order_id", "_position": "line_no"}
    }  # fmt: skip


def test_sounds() -> None:
    assert sound("public.OrderItems") == sound("order_item") == "orderitem"
    assert sound("bus") == "bus"
