"""A comparison by bytes that overlooks something is found out before a run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bench.verify.mongod import MongoServer
from shadow.config.model import TablePair, Verify
from shadow.records import CheckStatus
from tests.verify.stores.mongo_help import filled
from tests.verify.verified import verified
from verify.checkpoint import NoCheckpoint
from verify.classes import MONGO, TypeClass
from verify.comparison import Task
from verify.rows import rowdiff
from verify.rows.digest import RowHasher
from verify.rows.rowdiff import Side
from verify.store import Reading, Selection
from verify.stores.memory import MemorySnapshot
from verify.stores.mongo import compare
from verify.stores.mongo import proof as mongo_proof

SALT = b"0123456789abcdef"


def survivors(*kinds: TypeClass, **options: Any) -> tuple[str, ...]:
    sides = []
    for letter in "ab":
        readings = tuple(
            Reading(column=f"{letter}{at}", kind=kind, carried=MONGO.hands_over(kind), **options)
            for at, kind in enumerate(kinds)
        )
        key = Reading(column="_id", kind=TypeClass.integer)
        selection = Selection(table="t", readings=(key, *readings), key_width=1)
        hasher = RowHasher(selection, SALT)
        sides.append(
            Side(snapshot=MemorySnapshot({}), selection=selection, hasher=hasher, scanned=lambda _: None)
        )
    settings = Verify(old="a", new="b", max_rows_per_second=1)
    task = Task(old=sides[0], new=sides[1], salt=SALT, settings=settings, checkpoint=NoCheckpoint())
    return asyncio.run(mongo_proof.survivors(task))


@pytest.mark.parametrize("options", [{}, {"step_us": 1000}, {"step_us": 1_000_000}, {"missing_is_null": True}])
def test_the_real_comparison_notices_everything(options: dict[str, Any]) -> None:
    assert survivors(*TypeClass, **options) == ()
    assert survivors(TypeClass.text, TypeClass.integer, TypeClass.text, **options) == ()
    assert survivors() == ()


REAL_UNMATCHED, REAL_SKIP, REAL_PREFIX = rowdiff.unmatched, compare.skip_equal, compare.common_prefix


def blind_to(column: int) -> Callable[..., Any]:
    def unmatched(old: Any, new: Any, *hashers: Any, keyed: bool) -> Any:
        for found in REAL_UNMATCHED(old, new, *hashers, keyed=keyed):
            one, other = found.old, found.new
            if one is None or other is None or one[:column] + one[column + 1 :] != other[:column] + other[column + 1 :]:
                yield found

    return unmatched


def by_size(old: Any, new: Any) -> bool:
    """Documents of one size are taken for equal."""
    if len(old.peek()) == len(new.peek()):
        old.forward(len(old.peek()), 1)
        new.forward(len(new.peek()), 1)
        return True
    return REAL_SKIP(old, new)


async def half(self: Any) -> Any:
    """The rest of a side that is longer is not looked at."""
    old, new = self._old, self._new
    await asyncio.gather(old.fill(), new.fill())
    while old.left and new.left:
        if not compare.skip_equal(old, new):
            for found in self._unequal():
                yield found
        await asyncio.gather(old.fill(), new.fill())
    await asyncio.gather(old.close(), new.close())


FAULTS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "a field": (lambda patch: patch.setattr(compare, "unmatched", blind_to(2)), "a1: 'zoe' became 'Zoe'"),
    "documents of one size": (lambda patch: patch.setattr(compare, "skip_equal", by_size), "a0: 7 became 8"),
    "the next bytes": (
        lambda patch: patch.setattr(compare, "common_prefix", lambda one, other: REAL_PREFIX(one, other) + 200),
        "made-up documents cannot be compared",
    ),
    "the rest": (
        lambda patch: patch.setattr(compare.RawComparison, "_differences", half), "a lost document at the end",
    ),
    "which is first": (lambda patch: patch.setattr(compare, "order_of", lambda _: 0), "a lost document"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_comparison_that_overlooks_something_is_found_out(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, wanted = FAULTS[fault]
    plant(monkeypatch)
    found = survivors(TypeClass.integer, TypeClass.text, TypeClass.float)
    assert any(each.startswith(wanted) for each in found), found


def test_a_run_with_a_broken_comparison_is_an_error(mongo: MongoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = [filled(mongo, [{"_id": n, "name": f"n{n}", "n": n} for n in range(50)]) for _ in range(2)]
    assert verified(*urls, TablePair(old="t"))["rows"].status is CheckStatus.passed
    monkeypatch.setattr(compare, "skip_equal", by_size)
    check = verified(*urls, TablePair(old="t"))["rows"]
    assert check.status is CheckStatus.error
    assert "the comparison does not notice: a lost document; " in check.reason
    assert "name: 'zoe' became 'Zoe'" in check.reason
