from __future__ import annotations

from functools import reduce
from operator import add

import msgspec
import pytest

from shadow.config.model import TablePair, Verify
from shadow.records import CheckStatus, DataCheck
from verify.answer import Answer
from verify.checks.profiles import CANNOT_SEE, judge, settled
from verify.classes import MEMORY, TypeClass
from verify.planning.plan import Pair, Sides, build_plan
from verify.profiling import Measures, Profile, measure, same_sum
from verify.store import ColumnSchema, Reading, TableSchema
from verify.telling.render import keep


def pair(**more: object) -> Pair:
    columns = (ColumnSchema(name="id", kind=TypeClass.integer), ColumnSchema(name="v", kind=TypeClass.float))
    table = TableSchema(name="t", columns=columns, primary_key=("id",))
    wanted = msgspec.convert({"old": "t", **more}, TablePair)
    sides = Sides(old=(table,), new=(table,), old_dialect=MEMORY, new_dialect=MEMORY)
    return build_plan(Verify(old="", new="", tables=(wanted,)), sides).pairs[0]


def judged(old: Measures, new: Measures, rows: int = 10, **more: object) -> Answer:
    return judge(pair(**more), Profile(rows=rows, columns=({}, old)), Profile(rows=rows, columns=({}, new)), 1, keep)


def test_only_what_both_sides_measured_is_compared() -> None:
    assert judged({"nulls": 1, "sum": 3.0}, {"nulls": 1, "least": 5.0}).status is CheckStatus.passed
    answer = judged({"nulls": 1, "least": 5.0}, {"nulls": 2, "least": 6.0})
    assert (answer.status, answer.total, len(answer.findings)) == (CheckStatus.fail, 2, 1)
    assert answer.findings[0].note == "number of NULLs"
    assert answer.reason == "1 column with another profile: v"


def test_a_tolerance_leaves_nulls_to_compare() -> None:
    declared = {"tolerance": {"v": 1.0}}
    assert judged({"nulls": 1, "least": 5.0}, {"nulls": 1, "least": 6.0}, **declared).status is CheckStatus.passed
    assert judged({"nulls": 1}, {"nulls": 2}, **declared).status is CheckStatus.fail


def test_sums_of_floats_may_differ_by_what_another_order_changes_and_no_more() -> None:
    values = [1e16, *[1.0] * 1000]
    one, other = reduce(add, values), reduce(add, reversed(values))
    assert one != other
    assert same_sum(1001, (one, one), (other, other))
    assert not same_sum(10, (1e9, 1e9), (1e9 + 1e-5, 1e9))
    assert same_sum(0, (0.0, 0.0), (0.0, 0.0))
    for magnitude, same in ((1e20, True), (1.0, False)):
        answer = judged({"sum": 1.0, "magnitude": magnitude}, {"sum": 1.1, "magnitude": magnitude})
        assert (answer.status is CheckStatus.passed) is same


@pytest.mark.parametrize(("moving", "status"), [(3, CheckStatus.passed), (0, CheckStatus.fail)])
def test_rows_in_flight_excuse_a_profile(moving: int, status: CheckStatus) -> None:
    check = DataCheck(
        run_id="r", pair="t", check="profiles", started_at=0, finished_at=0, status=CheckStatus.fail, total=1
    )
    assert settled(check, Answer(status=CheckStatus.passed, moving=moving)).status is status
    assert settled(check, Answer(status=CheckStatus.fail, moving=moving)).status is CheckStatus.fail
    assert settled(check, Answer(status=CheckStatus.inconclusive, moving=moving)).status is CheckStatus.fail


def test_what_is_transformed_is_not_measured() -> None:
    assert measure(Reading(column="v", kind=TypeClass.text, steps=("trim",)), ["a"]) == {}
    assert measure(Reading(column="v", kind=TypeClass.date, carried=True), ["a", None]) == {"nulls": 1, "missing": 0}


def test_the_blind_spot_is_told() -> None:
    assert "cancel out" in CANNOT_SEE
