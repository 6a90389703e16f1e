"""A rule edited after the fact: recorded exchanges come out as if the rules of today had been there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadow.compare.rules import RuleBook
from shadow.config.model import Compare, Rule
from shadow.ledger.caps import OVERFLOW
from shadow.ledger.evidence import Evidence, SetMember
from shadow.records import Disposition, Kind
from shadow.rules.member import Place, Recorded, rule_member
from shadow.rules.reevaluate import Reevaluated, reevaluate

CompareOf = Callable[..., Compare]
RuleOf = Callable[..., Rule]

NOW = 1_772_452_800.0  # the day after
SAME = ({"note": 1, "n": 5}, {"note": 1, "n": 5})
NOTE = ({"note": 1, "n": 5}, {"note": 2, "n": 5})
BOTH = ({"note": 1, "n": 5}, {"note": 2, "n": 9})


def outcomes(evidence: Evidence) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row in evidence.outcomes:
        counts[str(row.outcome)] += row.n
    return {name: n for name, n in counts.items() if n}


def opened(evidence: Evidence) -> dict[str, int]:
    return {f"{row.group} {row.kind}": row.n_open for row in evidence.signatures if row.n_open}


def changes(found: Reevaluated) -> list[tuple[str, str, tuple[str, ...], int]]:
    return [(str(each.before), str(each.after), each.rules, each.n) for each in found.changes]


def test_the_same_rules_change_nothing(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    rules = compare(rule(), rule("r2", "$.n", what="tolerate", absolute=5.0), unordered=("$.tags",))
    history.record(rules, [SAME, NOTE, BOTH, ({"tags": [1, 2]}, {"tags": [2, 1]}), ({"note": 1}, {"other": 1})])
    evidence = history.read()
    found = reevaluate(evidence, rules, NOW)
    assert found.evidence == evidence
    assert (found.changes, found.doubts, found.recorded, found.unknown) == ((), (), (), 0)


def test_a_rule_that_is_added(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    """Only what it covers whole becomes clean; what has another open difference stays a mismatch."""
    history.record(compare(), [SAME, NOTE, NOTE, BOTH])
    before = history.read()
    assert outcomes(before) == {"match": 1, "mismatch": 3}
    found = reevaluate(before, compare(rule()), NOW)
    assert outcomes(found.evidence) == {"match": 1, "noise_only": 2, "mismatch": 1}
    assert changes(found) == [("mismatch", "noise_only", ("r1",), 2)]
    assert found.changed == 2
    assert opened(before) == {"body:$.note value": 3, "body:$.n value": 1}
    assert opened(found.evidence) == {"body:$.n value": 1}
    covered = {m.by for row in found.evidence.sets for m in row.members if m.disposition is Disposition.ignored}
    assert covered == {"r1"}


def test_a_rule_that_is_removed(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    history.record(compare(rule()), [SAME, NOTE, NOTE])
    found = reevaluate(history.read(), compare(), NOW)
    assert outcomes(found.evidence) == {"match": 1, "mismatch": 2}
    assert changes(found) == [("noise_only", "mismatch", ("r1",), 2)]
    assert opened(found.evidence) == {"body:$.note value": 2}


def test_a_rule_that_has_expired(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    """What nobody renewed excuses nothing, not even what it excused while it was in force."""
    rules = compare(rule(expires="2026-03-01"))
    history.record(rules, [NOTE])
    midnight = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
    assert outcomes(reevaluate(history.read(), rules, midnight - 1).evidence) == {"noise_only": 1}
    assert outcomes(reevaluate(history.read(), rules, midnight).evidence) == {"mismatch": 1}


def test_a_rule_that_was_renewed(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    history.record(compare(rule(expires="2026-02-01", created="2026-01-01")), [NOTE])
    assert outcomes(history.read()) == {"mismatch": 1}
    assert outcomes(reevaluate(history.read(), compare(rule()), NOW).evidence) == {"noise_only": 1}


def test_two_that_cover_one_signature(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    """Taking one of them away shows, even where the other still covers some of it."""
    first, rest = rule("first", "$.items[0].price"), rule("rest", "$.items[1].price")
    pair = ({"items": [{"price": 1}, {"price": 2}]}, {"items": [{"price": 3}, {"price": 4}]})
    history.record(compare(first, rest), [pair])
    assert outcomes(history.read()) == {"noise_only": 1}
    for left in (first, rest):
        assert outcomes(reevaluate(history.read(), compare(left), NOW).evidence) == {"mismatch": 1}


def test_an_index_cannot_be_told_from_a_group(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    """A new rule about one index improves nothing, and says so; the one that covered it holds."""
    one = rule("one", "$.items[1].price")
    pair = ({"items": [{"price": 1}, {"price": 2}]}, {"items": [{"price": 1}, {"price": 4}]})
    history.record(compare(), [pair])
    found = reevaluate(history.read(), compare(one), NOW)
    assert outcomes(found.evidence) == {"mismatch": 1}
    assert [(each.rule, each.n) for each in found.doubts] == [("one", 1)]
    wider = reevaluate(history.read(), compare(one, rule("all", "$.items[*].price")), NOW)
    assert outcomes(wider.evidence) == {"noise_only": 1} and wider.doubts == ()


@pytest.mark.parametrize(
    ("after", "outcome", "doubted"),
    [
        ({"absolute": 0.5}, "noise_only", False),  # wider
        ({"absolute": 0.1, "relative": 0.5}, "noise_only", False),
        ({"absolute": 0.1, "path": "$.**.price"}, "noise_only", False),
        ({"absolute": 0.01}, "mismatch", True),  # narrower: whether the values would do is not known any more
        ({"absolute": 0.1, "kinds": ("precision",)}, "mismatch", False),  # another kind: certainly not
        ({"relative": 0.5}, "mismatch", True),
        ({"absolute": 0.1, "endpoint": "GET /other"}, "mismatch", False),
        ({"absolute": 0.1, "path": "$.total"}, "mismatch", False),
    ],
)
def test_tolerances_need_the_values(
    history: Any, compare: CompareOf, rule: RuleOf, after: dict[str, Any], outcome: str, doubted: bool
) -> None:
    then = compare(rule(path="$.price", what="tolerate", absolute=0.1))
    history.record(then, [({"price": 10}, {"price": 10.1})] * 3)
    found = reevaluate(history.read(), compare(rule(**{"path": "$.price", "what": "tolerate", **after})), NOW)
    assert outcomes(found.evidence) == {outcome: 3}
    assert [each.rule for each in found.doubts] == (["r1"] if doubted else [])


def test_a_new_tolerance_excuses_nothing_unseen(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    history.record(compare(), [({"price": 10}, {"price": 11})])
    found = reevaluate(history.read(), compare(rule(path="$.price", what="tolerate", absolute=5.0)), NOW)
    assert outcomes(found.evidence) == {"mismatch": 1}
    assert [(each.endpoint, each.rule, each.n) for each in found.doubts] == [("GET /orders/{id}", "r1", 1)]


def test_one_that_looked_and_did_not_cover_leaves_no_doubt(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    tolerance = rule(path="$.price", what="tolerate", absolute=0.1)
    history.record(compare(tolerance), [({"price": 10}, {"price": 11})])
    found = reevaluate(history.read(), compare(tolerance, rule("r2", "$.other")), NOW)
    assert outcomes(found.evidence) == {"mismatch": 1}
    assert found.doubts == ()


def test_two_books_in_one_block(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    """Where it is not known which of them it was, both have to allow it."""
    wide, narrow = (rule(path="$.price", what="tolerate", absolute=each) for each in (5.0, 1.0))
    pairs = [({"price": 10}, {"price": 11})]
    history.record(compare(narrow), pairs)
    history.record(compare(wide), pairs)
    assert outcomes(reevaluate(history.read(), compare(wide), NOW).evidence) == {"noise_only": 2}
    assert outcomes(reevaluate(history.read(), compare(narrow), NOW).evidence) == {"mismatch": 2}
    history.record(compare(narrow), pairs, at=NOW - 7200)  # a block in which only the narrow one was in force


def test_expected_becomes_expected(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    history.record(compare(), [NOTE])
    found = reevaluate(history.read(), compare(rule(what="expect")), NOW)
    assert outcomes(found.evidence) == {"expected": 1}
    table = rule(what="map", values={"1": "2"})
    assert outcomes(reevaluate(history.read(), compare(table), NOW).evidence) == {"mismatch": 1}
    history.record(compare(table), [NOTE], at=NOW - 7200)
    assert outcomes(reevaluate(history.read(), compare(table), NOW).evidence) == {"mismatch": 1, "expected": 1}
    longer = rule(what="map", values={"1": "2", "3": "4"})
    assert outcomes(reevaluate(history.read(), compare(longer), NOW).evidence) == {"mismatch": 1, "expected": 1}
    other = rule(what="map", values={"3": "4"})
    assert outcomes(reevaluate(history.read(), compare(other), NOW).evidence) == {"mismatch": 2}


def test_an_intended_change_that_did_not_happen(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    """Without its rule it is no difference; with the rule it is one."""
    expected = compare(rule(what="expect"))
    history.record(expected, [NOTE, SAME])
    before = history.read()
    assert outcomes(before) == {"expected": 1, "mismatch": 1}
    assert outcomes(reevaluate(before, expected, NOW).evidence) == {"expected": 1, "mismatch": 1}
    assert outcomes(reevaluate(before, compare(), NOW).evidence) == {"mismatch": 1, "match": 1}
    sometimes = compare(rule(what="expect", happens="sometimes"))
    assert outcomes(reevaluate(before, sometimes, NOW).evidence) == {"expected": 1, "match": 1}


def test_a_change_that_has_to_happen_sometimes(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    rules = compare(rule(what="expect", happens="sometimes"))
    history.record(rules, [SAME, SAME])
    assert [(each.rule, each.n) for each in reevaluate(history.read(), rules, NOW).unmet] == [("r1", 2)]
    history.record(rules, [NOTE])
    assert reevaluate(history.read(), rules, NOW).unmet == ()


def test_renaming(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    rename = rule("mail", "$.mail", what="rename", to="email")
    pair = ({"mail": "x", "n": 1}, {"email": "x", "n": 1})
    history.record(compare(rename), [pair])
    assert outcomes(history.read()) == {"expected": 1}
    assert outcomes(reevaluate(history.read(), compare(rename, rule()), NOW).evidence) == {"expected": 1}
    assert outcomes(reevaluate(history.read(), compare(), NOW).evidence) == {"mismatch": 1}
    history.record(compare(), [pair], at=NOW - 7200)
    found = reevaluate(history.read(), compare(rename), NOW)
    assert outcomes(found.evidence) == {"expected": 1, "mismatch": 1}
    assert [each.rule for each in found.doubts] == ["mail"]


def test_unordered_lists(history: Any, compare: CompareOf) -> None:
    pair = ({"tags": [1, 2]}, {"tags": [2, 1]})
    history.record(compare(), [pair])
    assert outcomes(reevaluate(history.read(), compare(unordered=("$.tags",)), NOW).evidence) == {"noise_only": 1}
    history.record(compare(unordered=("$.tags",)), [pair], at=NOW - 7200)
    assert outcomes(reevaluate(history.read(), compare(), NOW).evidence) == {"mismatch": 2}


def test_noise_stays_noise(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    pair = ({"at": "2026-03-01T00:00:00Z"}, {"at": "2026-03-01T00:00:03Z"}, {"at": "2026-03-01T00:00:03Z"})
    history.record(compare(rule()), [pair])
    assert outcomes(history.read()) == {"noise_only": 1}
    assert outcomes(reevaluate(history.read(), compare(), NOW).evidence) == {"noise_only": 1}


def test_inside_of_an_error_body_nothing_can_be_told(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    history.record(compare(), [((404, {"detail": 1}), (404, {"detail": 2}))])
    found = reevaluate(history.read(), compare(rule("detail", "$.detail")), NOW)
    assert outcomes(found.evidence) == {"mismatch": 1}
    assert [each.rule for each in found.doubts] == ["detail"]
    body = rule("bodies", "body", kinds=("error-body",))
    assert outcomes(reevaluate(history.read(), compare(body), NOW).evidence) == {"noise_only": 1}


def test_more_differences_than_are_kept(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    """What was not kept cannot be excused later."""
    few = {"max_differences": 2}
    history.record(compare(**few), [({"a": {"x": 1, "y": 2, "z": 3}}, {"a": {"x": 2, "y": 3, "z": 4}})])
    found = reevaluate(history.read(), compare(rule(path="$.a.**"), **few), NOW)
    assert outcomes(found.evidence) == {"mismatch": 1}


@pytest.mark.parametrize(
    ("disposition", "now", "stays"),
    [
        (Disposition.ignored, [{}], True),
        (Disposition.ignored, [{}, {"name": "r2", "path": "$.b"}], True),
        (Disposition.ignored, [], False),
        (Disposition.ignored, [{"path": "$.other"}], False),
        (Disposition.ignored, [{"expires": "2026-02-01"}], False),
        (Disposition.noise, [], True),
        (Disposition.open, [{}], True),
    ],
)
def test_sets_that_were_not_kept_apart(
    rule: RuleOf, disposition: Disposition, now: list[dict[str, Any]], stays: bool
) -> None:
    """They stand while every rule of then does, since nobody knows which of them it was."""
    place = Place(endpoint="GET /x", text=OVERFLOW, group=None, kind=Kind.value)
    recorded = Recorded(books=(RuleBook([rule()]),))
    book = RuleBook([rule(**each) for each in now])
    ruled = rule_member(SetMember(signature="s", disposition=disposition), place, recorded, book, NOW)
    assert ruled.disposition is (disposition if stays else Disposition.open)
    assert ruled.doubts == (() if stays else (OVERFLOW,))


def test_pairs_with_the_secondary(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    """The 2x2 table follows; where rules changed the secondary is taken to agree."""
    same, other = {"note": 1}, {"note": 7}
    history.record(compare(rule()), [(same, same, same), (same, other, same)])
    joint = [row for row in history.read().joints if row.criterion == "mismatch"]
    assert [(row.both_ok, row.old_bad, row.new_bad, row.both_bad) for row in joint] == [(2, 0, 0, 0)]
    worse = reevaluate(history.read(), compare(), NOW).evidence
    joint = [row for row in worse.joints if row.criterion == "mismatch"]
    assert [(row.both_ok, row.old_bad, row.new_bad, row.both_bad) for row in joint] == [(1, 0, 1, 0)]


def test_evidence_without_known_rules(history: Any, compare: CompareOf, rule: RuleOf) -> None:
    """A ledger that does not tell its rules gets no benefit of the doubt."""
    import msgspec

    history.record(compare(rule(), rule("t", "$.n", what="tolerate", absolute=9.0)), [NOTE, BOTH])
    evidence = msgspec.structs.replace(history.read(), rules=(), rulebooks=())
    rules = compare(rule(), rule("t", "$.n", what="tolerate", absolute=9.0))
    found = reevaluate(evidence, rules, NOW)
    assert found.unknown == 2
    assert outcomes(found.evidence) == {"noise_only": 1, "mismatch": 1}


RULES = st.lists(
    st.sampled_from(
        [
            {"path": "$.a"}, {"path": "$.b"}, {"path": "$.l[*].p"}, {"path": "$.l[1].p"}, {"path": "$.**.p"},
            {"path": "$.a", "what": "tolerate", "absolute": 1.0}, {"path": "$.a", "what": "tolerate", "absolute": 3.0},
            {"path": "$.b", "what": "expect", "happens": "sometimes"}, {"path": "$.a", "kinds": ("missing",)},
            {"path": "$.a", "what": "map", "values": {"1": "2"}}, {"path": "$.a", "what": "rename", "to": "c"},
            {"path": "$.a", "expires": "2026-03-01"}, {"path": "header:x-a"},
        ]
    ),
    max_size=4,
    unique_by=repr,
)  # fmt: skip
DOCUMENT = st.fixed_dictionaries(
    {},
    optional={
        "a": st.sampled_from([1, 2, 4]),
        "b": st.sampled_from([1, "x"]),
        "c": st.sampled_from([1, 2]),
        "l": st.lists(st.fixed_dictionaries({"p": st.sampled_from([1, 2])}), max_size=2),
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(then=RULES, now=RULES, pairs=st.lists(st.tuples(DOCUMENT, DOCUMENT), min_size=1, max_size=4))
def test_never_better_than_the_truth(
    tmp_path_factory: Any, history: Any, compare: CompareOf, rule: RuleOf, then: Any, now: Any, pairs: Any
) -> None:
    """Re-evaluating never excuses what a comparison under today's rules would not excuse; the sums stay."""
    book = {
        name: compare(*(rule(f"{each['path']} {sorted(each.items())}", **each) for each in given))
        for name, given in (("then", then), ("now", now))
    }
    kind = type(history)
    recorded, fresh = (kind(tmp_path_factory.mktemp("h") / "ledger.db") for _ in range(2))
    recorded.record(book["then"], pairs)
    fresh.record(book["now"], pairs, at=NOW + 600)
    found = reevaluate(recorded.read(), book["now"], NOW + 600)
    truth = outcomes(fresh.read())
    assert outcomes(found.evidence).get("mismatch", 0) >= truth.get("mismatch", 0)
    assert sum(outcomes(found.evidence).values()) == len(pairs)
    if not found.doubts and book["then"] == book["now"]:
        assert outcomes(found.evidence) == outcomes(recorded.read()) or "2026-03-01" in repr(now)
