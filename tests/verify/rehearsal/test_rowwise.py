"""A comparison row by row that overlooks something is found out before a run, whichever way a pair is compared."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import TablePair, Verify
from shadow.records import CheckStatus
from tests.verify.verified import verified
from verify.checks import rows as rows_check
from verify.classes import TypeClass
from verify.planning.plan import Pair
from verify.rehearsal import rowwise
from verify.rows import byvalue, rowdiff
from verify.rows.rowdiff import RowDifference
from verify.rows.tolerance import Tolerance, Tolerances
from verify.store import ColumnSchema, Reading, Selection, TableSchema

SALT = b"0123456789abcdef"
EVERY = tuple(TypeClass)
NEAR = {"c3": Tolerance(absolute=Decimal(1)), "c4": Tolerance(relative=Decimal("0.01"))}


def pair(
    *kinds: TypeClass, width: int = 1, ordered: bool = True, near: dict[str, Tolerance] | None = None, **reading: Any
) -> Pair:
    """Return a pair of tables of columns of these classes, `c0` and so on; the options are for all but the key."""
    readings = tuple(
        Reading(column=f"c{at}", kind=kind, **(reading if at >= width else {})) for at, kind in enumerate(kinds)
    )
    table = TableSchema(name="t", columns=tuple(ColumnSchema(name=one.column, kind=one.kind) for one in readings))
    selection = Selection(table="t", readings=readings, key_width=width)
    return Pair(
        name="t", old=table, new=table, old_selection=selection, new_selection=selection, ordered=ordered,
        tolerances=near or {},
    )  # fmt: skip


PAIRS: dict[str, Pair] = {
    "in order": pair(TypeClass.integer, *EVERY),
    "by text": pair(TypeClass.text, TypeClass.integer, *EVERY, width=2),
    "by hashes": pair(TypeClass.uuid, *EVERY, ordered=False),
    "without a key": pair(TypeClass.integer, *EVERY, width=0, ordered=False),
    "carried": pair(TypeClass.integer, *EVERY, carried=True),
    "near": pair(TypeClass.integer, *EVERY, near=NEAR),
    "near, by hashes": pair(TypeClass.uuid, *EVERY, ordered=False, near=NEAR),
    "cut": pair(TypeClass.integer, TypeClass.timestamp, step_us=1_000_000),
    "transformed": pair(TypeClass.integer, TypeClass.text, TypeClass.text, steps=("trim", "lower", "empty_is_null")),
    "mapped": pair(TypeClass.integer, TypeClass.text, mapping={"Zoë": "z"}),
}


def survivors(wanted: Pair) -> tuple[str, ...]:
    return asyncio.run(rowwise.survivors(wanted, Verify(old="a", new="b", max_rows_per_second=1), SALT))


@pytest.mark.parametrize("name", PAIRS)
def test_the_real_comparison_notices_everything(name: str) -> None:
    assert survivors(PAIRS[name]) == ()


def test_many_columns_are_tried_in_several_goes() -> None:
    wide = pair(TypeClass.integer, *EVERY * 9)
    assert len(list(rowwise._cases(wide, rowwise.columns_of(wide, [(rowwise.as_it_is,) * 2] * 127)))) > rowwise.AT_ONCE
    assert survivors(wide) == ()


REAL_UNMATCHED = rowdiff.unmatched
REAL_DIFFERING = rowdiff.differing
REAL_BEYOND = Tolerances.beyond
REAL_ORDERED = rowdiff.ordered_differences


def blind_to(column: int) -> Callable[..., Iterator[RowDifference]]:
    """Return a matching of rows that takes differences of a column for nothing."""

    def unmatched(old: Any, new: Any, *hashers: Any, keyed: bool) -> Iterator[RowDifference]:
        for found in REAL_UNMATCHED(old, new, *hashers, keyed=keyed):
            one, other = found.old, found.new
            if one is None or other is None or one[:column] + one[column + 1 :] != other[:column] + other[column + 1 :]:
                yield found

    return unmatched


async def without_extra(*given: Any) -> Any:
    async for found in REAL_ORDERED(*given):
        if found.old is not None:
            yield found


def all_near(self: Tolerances, found: RowDifference) -> RowDifference | None:
    return None if found.old is not None and found.new is not None else REAL_BEYOND(self, found)


async def another_key(*given: Any) -> Any:
    """Tells each changed row with the values of the other side."""
    async for found in REAL_ORDERED(*given):
        yield found if found.new is None or found.old is None else RowDifference(old=found.new, new=found.new)


FAULTS: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None], str]] = {
    "a column": ("in order", lambda patch: patch.setattr(rowdiff, "unmatched", blind_to(6)), "t: c6: case"),
    "every second bucket": (
        "by hashes",
        lambda patch: patch.setattr(rows_check, "differing", lambda *sides: REAL_DIFFERING(*sides)[::2]), "t: ",
    ),
    "rows of the new side": (
        "in order", lambda patch: patch.setattr(rows_check, "ordered_differences", without_extra),
        "t: an additional row",
    ),
    "the values told": (
        "in order", lambda patch: patch.setattr(rows_check, "ordered_differences", another_key), "t: c1: another value",
    ),
    "what is near": ("near", lambda patch: patch.setattr(Tolerances, "beyond", all_near), "t: c6: case"),
    "what is near, by hashes": (
        "near, by hashes", lambda patch: patch.setattr(byvalue, "differing", lambda *sides: REAL_DIFFERING(*sides)[1:]),
        "t: ",
    ),
    "copies": (
        "without a key",
        lambda patch: patch.setattr(rowdiff.RowHasher, "identity", lambda *_: bytes(16)),
        "t: made-up rows cannot be compared",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_comparison_that_overlooks_something_is_found_out(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, plant, wanted = FAULTS[fault]
    plant(monkeypatch)
    found = [f"t: {each}" for each in survivors(PAIRS[name])]
    assert any(each.startswith(wanted) for each in found), found


def test_equal_rows_that_are_told_apart_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def more(*given: Any) -> Any:
        async for found in REAL_ORDERED(*given):
            yield found
        yield RowDifference(old=(10**6, None), new=None)

    monkeypatch.setattr(rows_check, "ordered_differences", more)
    assert survivors(PAIRS["cut"]) == ("equal rows are told apart",)


@pytest.mark.parametrize("table", [TablePair(old="t"), TablePair(old="t", tolerance={"n": 0.5})])
def test_a_run_with_a_broken_comparison_is_an_error(
    table: TablePair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = []
    for name in ("old", "new"):
        with sqlite3.connect(tmp_path / f"{name}.db") as db:
            db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n DECIMAL(9,2))")
            db.executemany("INSERT INTO t VALUES (?, ?, 1)", [(n, f"v{n}") for n in range(100)])
        db.close()
        urls.append(f"sqlite:///{tmp_path}/{name}.db")
    checks = verified(*urls, table)
    assert checks["self_proof"].status is CheckStatus.passed
    monkeypatch.setattr(rowdiff, "unmatched", blind_to(1))
    broken = verified(*urls, table)["self_proof"]
    assert (broken.status, broken.total > 3) == (CheckStatus.error, True)
    assert "t: v: another value" in broken.reason
