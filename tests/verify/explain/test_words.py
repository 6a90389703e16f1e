from __future__ import annotations

from shadow.records import DataCause
from verify.explain.spread import Concentrated
from verify.explain.words import Known, of_concentration, shared
from verify.telling.render import keep


def test_the_rarest_value_comes_first_and_few_are_named() -> None:
    where = tuple(Concentrated(name, name, 10, 10) for name in ("a", "b", "c"))
    found = of_concentration(where, Known(holding={"a": (30, 100), "b": (10, 100), "c": (20, 100)}), keep)
    assert [cause.column for cause in found] == ["b", "c"]
    assert found[0].advice == 'Look at how the rows of b="b" were copied.'


def test_a_value_of_every_second_row_is_still_one_and_a_more_common_one_is_none() -> None:
    where = (Concentrated("a", 1, 10, 10),)
    assert len(of_concentration(where, Known(holding={"a": (50, 100)}), keep)) == 1
    assert of_concentration(where, Known(holding={"a": (51, 100)}), keep) == []
    assert of_concentration(where, Known(), keep) == []


def test_what_overlaps_has_no_share() -> None:
    assert shared(DataCause(kind="case", what="case", n=1), 4).share == 0.25
    assert shared(DataCause(kind="one_value", what="", n=1, overlaps=True), 4).share == 0.0
