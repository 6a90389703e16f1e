from __future__ import annotations

import random
from datetime import date
from typing import Any, Literal

import pytest

from verify.repair.change import Change
from verify.repair.gathering import Planned
from verify.repair.ordering import in_order
from verify.repair.references import ForeignKey, Unique

BOSS = ForeignKey(name="b", table="person", columns=("boss",), parent="person", referred=("id",))
PERSON = ForeignKey(name="p", table="bill", columns=("person",), parent="person", referred=("id",), deferrable=True)
CAPTAIN = ForeignKey(name="c", table="person", columns=("bill",), parent="bill", referred=("id",))


def planned(kind: Literal["insert", "delete", "update"], table: str, **values: Any) -> Planned:
    """Return a change; of an update `new_…` are the values that are written."""
    after = {name.removeprefix("new_"): value for name, value in values.items() if name.startswith("new_")}
    held = {name: value for name, value in values.items() if not name.startswith("new_")}
    change = Change(
        kind=kind, table=table, key=("id",), before={} if kind == "insert" else held,
        after=held if kind == "insert" else after,
    )  # fmt: skip
    return Planned(pair=table, key=(held["id"],), change=change)


def order(changes: list[Planned], *keys: ForeignKey, unique: tuple[Unique, ...] = ()) -> list[list[str]]:
    return [
        [f"{one.change.kind} {one.change.table} {one.key[0]}" for one in unit.planned]
        for unit in in_order(changes, keys, unique)
    ]


def test_without_foreign_keys_what_goes_goes_first() -> None:
    changes = [planned("insert", "a", id=1), planned("update", "a", id=2, new_v=1), planned("delete", "a", id=3)]
    assert order(changes) == [["delete a 3"], ["update a 2"], ["insert a 1"]]


def test_tables_come_in_the_order_of_their_references_even_where_no_row_is_known_to_refer() -> None:
    changes = [planned("insert", "bill", id=1), planned("insert", "person", id=9),
               planned("delete", "person", id=5), planned("delete", "bill", id=6)]  # fmt: skip
    assert order(changes, PERSON) == [["delete bill 6"], ["delete person 5"], ["insert person 9"], ["insert bill 1"]]


def test_rows_of_one_table_that_refer_to_one_another() -> None:
    inserts = [planned("insert", "person", id=1, boss=2), planned("insert", "person", id=2, boss=3),
               planned("insert", "person", id=3, boss=3), planned("insert", "person", id=4, boss=None)]  # fmt: skip
    assert order(inserts, BOSS) == [["insert person 3"], ["insert person 2"], ["insert person 1"], ["insert person 4"]]
    deletes = [planned("delete", "person", id=2, boss=None), planned("delete", "person", id=1, boss=2)]
    assert order(deletes, BOSS) == [["delete person 1"], ["delete person 2"]]


def test_an_update_comes_after_what_it_refers_to_and_before_what_it_leaves() -> None:
    changes = [planned("delete", "person", id=1), planned("insert", "person", id=2),
               planned("update", "bill", id=7, person=1, new_person=2),
               planned("update", "bill", id=8, v=1, new_v=2)]  # fmt: skip
    assert order(changes, PERSON) == [
        ["update bill 8"], ["insert person 2"], ["update bill 7"], ["delete person 1"],
    ]  # fmt: skip


def test_a_circle_stays_together_and_names_its_keys() -> None:
    changes = [planned("insert", "person", id=1, bill=5), planned("insert", "bill", id=5, person=1),
               planned("insert", "bill", id=6, person=1)]  # fmt: skip
    assert order(changes, PERSON, CAPTAIN) == [["insert person 1", "insert bill 5"], ["insert bill 6"]]
    first, second = in_order(changes, [PERSON, CAPTAIN, BOSS], ())
    assert set(first.keys) == {PERSON, CAPTAIN}
    assert second.keys == ()


def test_what_is_unique_is_given_up_before_it_is_taken() -> None:
    mail = Unique(table="person", columns=("mail",))
    changes = [planned("update", "person", id=1, mail="a", new_mail="b"),
               planned("update", "person", id=2, mail="b", new_mail="c")]  # fmt: skip
    assert order(changes, BOSS, unique=(mail,)) == [["update person 2"], ["update person 1"]]


@pytest.mark.parametrize(("given", "wanted"), [(date(2026, 1, 31), "2026-01-31"), (7, 7), (True, True)])
def test_values_are_found_again_whatever_type_a_side_has(given: Any, wanted: Any) -> None:
    changes = [planned("insert", "person", id=1, boss=given), planned("insert", "person", id=wanted)]
    assert order(changes, BOSS)[0] == [f"insert person {wanted}"]


def test_many_rows_in_any_order_satisfy_every_reference() -> None:
    made = random.Random(7)
    inserts = [planned("insert", "person", id=n, boss=made.randrange(n) if n else None) for n in range(3000)]
    deletes = [planned("delete", "person", id=n, boss=n - 1 if n > 5000 else None) for n in range(5000, 8000)]
    changes = inserts + deletes
    made.shuffle(changes)
    place = {one.key[0]: at for at, unit in enumerate(in_order(changes, [BOSS], ())) for one in unit.planned}
    assert len(place) == 6000
    assert all(one.change.after["boss"] is None or place[one.change.after["boss"]] < place[one.key[0]]
               for one in inserts)  # fmt: skip
    assert all(place[n] < place[n - 1] for n in range(5001, 8000))
