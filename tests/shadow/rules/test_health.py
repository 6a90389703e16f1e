"""Which rules need their owners."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shadow.config.model import Compare, Rule
from shadow.rules.health import rule_states
from shadow.rules.reevaluate import reevaluate

CompareOf = Callable[..., Compare]
RuleOf = Callable[..., Rule]
DAY = 86_400.0
SAME = ({"note": 1, "n": 5}, {"note": 1, "n": 5})
NOTE = ({"note": 1, "n": 5}, {"note": 2, "n": 5})
BOTH = ({"note": 1, "n": 5}, {"note": 2, "n": 9})


def faults(compare: Compare, evidence: Any, at: float) -> list[tuple[str, str]]:
    return [(state.id, kind) for state in rule_states(compare, evidence, at) for kind, _ in state.faults]


@pytest.mark.parametrize(
    ("expires", "found"),
    [("2026-02-28", ["expired"]), ("2026-03-01", ["expiring"]), ("2026-03-15", ["expiring"]), ("2026-03-16", [])],
)
def test_without_a_ledger(compare: CompareOf, rule: RuleOf, start: float, expires: str, found: list[str]) -> None:
    rules = compare(rule(expires=expires))
    assert [kind for _, kind in faults(rules, None, start)] == found


def test_hits_are_counted_by_rule_and_day(history: Any, compare: CompareOf, rule: RuleOf, start: float) -> None:
    rules = compare(rule(), rule("n", "$.n"))
    history.record(rules, [NOTE, BOTH, SAME], at=start)
    history.record(rules, [NOTE, NOTE], at=start + DAY)
    states = {state.id: state for state in rule_states(rules, history.read(), start + DAY)}
    assert (states["r1"].hits, states["r1"].last_hit) == (4, "2026-03-02")
    assert (states["n"].hits, states["n"].last_hit) == (1, "2026-03-01")
    assert all(state.state == "in force" for state in states.values())


def test_dead(history: Any, compare: CompareOf, rule: RuleOf, start: float) -> None:
    """Only with the rule in force for a while: one that was just added has had no chance."""
    rules = compare(rule("dead", "$.gone"), rule())
    history.record(rules, [NOTE] * 99)
    assert faults(rules, history.read(), start) == []
    history.record(rules, [NOTE])
    assert faults(rules, history.read(), start) == [("dead", "dead")]
    fresh = compare(rule("dead", "$.gone"), rule(), rule("fresh", "$.fresh"))
    assert faults(fresh, history.read(), start) == [("dead", "dead")]


def test_busier(history: Any, compare: CompareOf, rule: RuleOf, start: float) -> None:
    rules = compare(rule())
    for day in range(4):
        history.record(rules, [SAME] * 190 + [NOTE] * 10, at=start + day * DAY)
    assert faults(rules, history.read(), start + 4 * DAY) == []
    history.record(rules, [SAME] * 160 + [NOTE] * 40, at=start + 4 * DAY)
    (state,) = rule_states(rules, history.read(), start + 4 * DAY)
    assert state.faults == (
        ("busier", "covers 20.0% of the exchanges on 2026-03-05, 5.0% on a usual day; see what it hides now"),
    )


def test_more_traffic_is_not_busier(history: Any, compare: CompareOf, rule: RuleOf, start: float) -> None:
    rules = compare(rule())
    history.record(rules, [SAME] * 90 + [NOTE] * 10, at=start)
    history.record(rules, [SAME] * 900 + [NOTE] * 100, at=start + DAY)
    assert faults(rules, history.read(), start + DAY) == []


def test_broad(history: Any, compare: CompareOf, rule: RuleOf, start: float) -> None:
    """One that hides every difference that an endpoint ever showed."""
    wide = ({"data": {"a": 1, "b": 1, "c": 1}, "n": 1}, {"data": {"a": 2, "b": 2, "c": 2}, "n": 1})
    rules = compare(rule("wide", "$.data.**"))
    history.record(compare(), [wide])
    evidence = reevaluate(history.read(), rules, start).evidence
    assert faults(rules, evidence, start) == [("wide", "broad")]
    history.record(compare(), [({"n": 1}, {"n": 2})])
    evidence = reevaluate(history.read(), rules, start).evidence
    assert faults(rules, evidence, start) == []
