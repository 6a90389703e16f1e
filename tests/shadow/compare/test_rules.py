"""Rules: what they cover, until when, and what is refused at load."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from shadow.compare.found import ABSENT, Found
from shadow.compare.rules import RuleBook, compile_rules, endpoint_matches
from shadow.config.model import Rule
from shadow.errors import ConfigError
from shadow.paths import parse_pattern
from shadow.records import Disposition, Kind

BASE = Rule(
    id="r1",
    endpoint="GET /orders/{id}",
    path="$.items[*].price",
    owner="ann",
    reason="rounding",
    created="2026-01-01",
    expires="2026-06-30",
)
NOW = datetime(2026, 3, 1, tzinfo=UTC).timestamp()


def rule(**changes: Any) -> Rule:
    """Return the base rule with changes."""
    return msgspec.structs.replace(BASE, **changes)


def found(path: str = "$.items[3].price", kind: Kind = Kind.value, old: object = 1, new: object = 2) -> Found:
    """Return a difference at a path."""
    place = parse_pattern(path)
    segments = None if place.segments is None else tuple(s for s in place.segments if isinstance(s, str | int))
    return Found(kind=kind, area=place.area, segments=segments, old=old, new=new)


@pytest.mark.parametrize(
    ("changes", "difference", "endpoint", "covered"),
    [
        ({}, {}, "GET /orders/{id}", True),
        ({}, {}, "GET /orders", False),
        ({}, {}, "POST /orders/{id}", False),
        ({"endpoint": "*"}, {}, "POST /x", True),
        ({"endpoint": "* /orders/{id}"}, {}, "PUT /orders/{id}", True),
        ({"endpoint": "GET /orders/*"}, {}, "GET /orders/{id}", True),
        ({"endpoint": "GET /orders/*"}, {}, "GET /orders", False),
        ({"endpoint": "GET /order/*"}, {}, "GET /orders/{id}", False),
        ({}, {"path": "$.items[3].prices"}, "GET /orders/{id}", False),
        ({}, {"kind": Kind.missing}, "GET /orders/{id}", True),
        ({"kinds": ("value",)}, {"kind": Kind.missing}, "GET /orders/{id}", False),
        ({"kinds": ("null-vs-missing",)}, {"kind": Kind.null_vs_missing}, "GET /orders/{id}", True),
        ({}, {"kind": Kind.compare_error}, "GET /orders/{id}", False),
        ({"path": "header:x-a"}, {"path": "header:x-a", "kind": Kind.header}, "GET /orders/{id}", True),
    ],
)
def test_ignore(changes: dict[str, Any], difference: dict[str, Any], endpoint: str, covered: bool) -> None:
    """Scope, path and kind all have to fit."""
    book = RuleBook([rule(**changes)])
    assert book.cover(endpoint, found(**difference), NOW) == ((Disposition.ignored, "r1") if covered else None)


@pytest.mark.parametrize(
    ("tolerance", "kind", "old", "new", "covered"),
    [
        ({"absolute": 0.01}, Kind.precision, b"19.99", b"20.00", True),
        ({"absolute": 0.01}, Kind.precision, b"19.99", b"20.01", False),
        ({"absolute": 0.01}, Kind.value, 5, b"5.009", True),
        ({"absolute": 1}, Kind.type, 1, b"1.0", False),
        ({"absolute": 1, "kinds": ("type",)}, Kind.type, 1, b"1.0", True),
        ({"absolute": 1}, Kind.type, 1, True, False),
        ({"absolute": 1}, Kind.missing, 1, ABSENT, False),
        ({"absolute": 1}, Kind.value, "1", "2", False),
        ({"relative": 0.1}, Kind.value, 100, 90, True),
        ({"relative": 0.1}, Kind.value, 90, 100, True),
        ({"relative": 0.1}, Kind.value, 100, 89, False),
        ({"relative": 0.1}, Kind.value, b"1e999999999", b"-1e999999999", False),
        ({"seconds": 2}, Kind.value, "2026-01-01T10:00:00Z", "2026-01-01T10:00:02Z", True),
        ({"seconds": 2}, Kind.value, "2026-01-01T10:00:00Z", "2026-01-01T10:00:02.001Z", False),
        ({"seconds": 2}, Kind.value, "2026-01-01T10:00:00Z", "2026-01-01T12:00:01+02:00", True),
        ({"seconds": 2}, Kind.value, "soon", "later", False),
        ({"seconds": 2}, Kind.value, 1, 2, False),
    ],
)
def test_tolerate(tolerance: dict[str, Any], kind: Kind, old: object, new: object, covered: bool) -> None:
    """At the limit it is tolerated, beyond it is not; other types never are."""
    book = RuleBook([rule(what="tolerate", **tolerance)])
    want = (Disposition.tolerated, "r1") if covered else None
    assert book.cover("GET /orders/{id}", found(kind=kind, old=old, new=new), NOW) == want


@pytest.mark.parametrize(
    ("at", "works"),
    [
        (datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 7, 1, tzinfo=UTC), False),
        (datetime(2027, 1, 1, tzinfo=UTC), False),
    ],
)
def test_expiry(at: datetime, works: bool) -> None:
    """The last day is the day of expiry, in UTC, by the clock of the exchange."""
    assert (RuleBook([BASE]).cover("GET /orders/{id}", found(), at.timestamp()) is not None) is works


def test_the_first_rule_has_it() -> None:
    """Order is the order of the configuration."""
    book = RuleBook([rule(id="a", kinds=("missing",)), rule(id="b"), rule(id="c")])
    assert book.cover("GET /orders/{id}", found(), NOW) == (Disposition.ignored, "b")


def test_unordered_lists() -> None:
    """Only the order is ignored there."""
    book = RuleBook([], ["$.tags"])
    assert book.cover("GET /x", found("$.tags", Kind.order), NOW) == (Disposition.ignored, "unordered")
    assert book.cover("GET /x", found("$.tags[0]", Kind.value), NOW) is None
    assert book.cover("GET /x", found("$.other", Kind.order), NOW) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kinds": ("valeu",)}, "rule 'r1': kinds 0 is not a kind of difference."),
        ({"kinds": ("compare_error",)}, "rule 'r1': kinds 0 is not a kind of difference."),
        ({"expires": "soon"}, "rule 'r1': expires is not a date."),
        ({"created": "2026-13-01"}, "rule 'r1': created is not a date."),
        ({"expires": "2025-12-31"}, "is before `created` (2026-01-01)"),
        ({"path": "items.price"}, "'items.price' begins with none of"),
        ({"path": "$.**"}, "rule 'r1': path covers everything."),
        ({"path": "$.*"}, "rule 'r1': path covers everything."),
        ({"path": "header:*"}, "rule 'r1': path covers everything."),
        ({"path": "status"}, "rule 'r1': path covers any other status, and with it headers and body"),
        ({"path": "body"}, "rule 'r1': path covers whole bodies."),
        ({"path": "$"}, "rule 'r1': path covers whole bodies."),
        ({"path": "body", "kinds": ("error-body", "value")}, "covers whole bodies."),
        ({"owner": " "}, "rule 'r1': owner is empty."),
        ({"reason": ""}, "rule 'r1': reason is empty."),
        ({"id": ""}, "rule '': id is empty."),
        ({"id": "unordered"}, "rule 'unordered': id is a name of Shadow's own."),
        ({"what": "tolerate"}, "rule 'r1': tolerates nothing"),
        ({"what": "tolerate", "relative": 1.0}, "tolerates any two numbers"),
        ({"what": "tolerate", "relative": 0.1, "path": "$.**"}, "covers everything."),
        ({"absolute": 1.0}, "rule 'r1': ignores the difference whole"),
        ({"what": "expect", "absolute": 1.0}, "rule 'r1': is 'expect' and has a tolerance."),
        ({"what": "map"}, "rule 'r1': maps nothing"),
        ({"values": {"1": "2"}}, "rule 'r1': values belongs to `what: map`"),
        ({"happens": "sometimes"}, "rule 'r1': happens belongs to `what: expect`."),
        ({"what": "rename"}, "rule 'r1': renames nothing"),
        ({"what": "rename", "to": "b", "path": "$.a[*]"}, "rule 'r1': renames nothing"),
        ({"to": "b"}, "rule 'r1': to belongs to `what: rename`."),
        ({"what": "expect", "path": "status"}, "covers any other status"),
        ({"endpoint": "/orders"}, "rule 'r1': endpoint"),
        ({"endpoint": "GET orders"}, "rule 'r1': endpoint"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    """A wrong rule is named, with a remedy."""
    with pytest.raises(ConfigError) as raised:
        compile_rules([rule(**changes)])
    assert message in raised.value.message and raised.value.remedy


def test_ids_are_unique() -> None:
    """Two rules with one id could not be told apart in the evidence."""
    with pytest.raises(ConfigError, match="is also the id of"):
        compile_rules([BASE, BASE])


def test_bad_unordered_path() -> None:
    """The setting is named."""
    with pytest.raises(ConfigError, match=r"compare\.unordered: is not a path: 'tags' begins"):
        RuleBook([], ["tags"])


def test_endpoint_matches_never_by_part() -> None:
    """A prefix of a segment is no match."""
    assert not endpoint_matches("GET /a/*", "GET /ab/c")
    assert endpoint_matches("* /a/*", "PUT /a/b/c")


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "body", "kinds": ("error-body",)},
        {"path": "$", "kinds": ("order",)},
        {"path": "$.*", "kinds": ("case",)},
        {"what": "expect", "path": "status", "values": {"200": "201"}},
        {"what": "tolerate", "relative": 0.5},
    ],
)
def test_what_leaves_the_values_standing_may_be_broad(changes: dict[str, Any]) -> None:
    """Only what hides whole answers is refused."""
    assert len(compile_rules([rule(**changes)])) == 1


STATUS = {"what": "expect", "path": "status", "values": {"200": "201"}}


@pytest.mark.parametrize(
    ("changes", "difference", "covered"),
    [
        ({}, {"kind": Kind.missing}, True),
        ({"kinds": ("missing",)}, {"kind": Kind.missing}, True),
        ({"kinds": ("missing",)}, {"kind": Kind.value}, False),
        (STATUS, {"path": "status", "kind": Kind.status, "old": 200, "new": 201}, True),
        (STATUS, {"path": "status", "kind": Kind.status, "old": 200, "new": 202}, False),
        (STATUS, {"path": "status", "kind": Kind.status, "old": 404, "new": 201}, False),
        ({"values": {"1": "true"}}, {"old": 1, "new": True, "kind": Kind.type}, True),
        ({"values": {"1": "true"}}, {"old": 1, "new": 1, "kind": Kind.type}, False),
        ({"values": {'"1"': "true"}}, {"old": 1, "new": True, "kind": Kind.type}, False),
    ],
)
def test_expect(changes: dict[str, Any], difference: dict[str, Any], covered: bool) -> None:
    """An intended change is covered as such, and only the change that was named."""
    book = RuleBook([rule(**{"what": "expect", **changes})])
    want = (Disposition.expected, "r1") if covered else None
    assert book.cover("GET /orders/{id}", found(**difference), NOW) == want


@pytest.mark.parametrize(
    ("old", "new", "covered"), [("open", "OPEN", True), ("open", "CLOSED", False), ("held", "HELD", False)]
)
def test_map(old: str, new: str, covered: bool) -> None:
    """Values outside the table, and wrong ones in it, stay differences."""
    book = RuleBook([rule(what="map", values={"open": "OPEN", "closed": "CLOSED"})])
    want = (Disposition.expected, "r1") if covered else None
    assert book.cover("GET /orders/{id}", found(old=old, new=new), NOW) == want


def renaming(old: object, new: object, *, to: str = "$.user.email") -> list[Found]:
    """Return the two differences of a renamed member."""
    return [
        found("$.user.mail", Kind.missing, old, ABSENT),
        found(to, Kind.extra, ABSENT, new),
        found("$.other", Kind.value),
    ]


@pytest.mark.parametrize(
    ("old", "new", "to", "pairs"),
    [
        ("a@b", "a@b", "$.user.email", {0: "r1", 1: "r1"}),
        ({"x": [1]}, {"x": [1]}, "$.user.email", {0: "r1", 1: "r1"}),
        (1, True, "$.user.email", {}),
        ("a@b", "c@d", "$.user.email", {}),
        ("a@b", "a@b", "$.email", {}),
        ("a@b", "a@b", "$.user.mail2", {}),
    ],
)
def test_rename(old: object, new: object, to: str, pairs: dict[int, str]) -> None:
    """Both differences go together, for the very same value under the new name in the same place."""
    book = RuleBook([rule(what="rename", path="$.user.mail", to="email")])
    differences = renaming(old, new, to=to)
    assert book.renamed("GET /orders/{id}", differences, NOW) == pairs
    assert book.renamed("GET /other", differences, NOW) == {}
    assert book.renamed("GET /orders/{id}", differences, NOW + 366 * 86400) == {}
    assert book.cover("GET /orders/{id}", differences[0], NOW) is None


@pytest.mark.parametrize(
    ("changes", "status", "compared", "due"),
    [
        ({}, 200, "all", True),
        ({}, 204, "headers", False),
        ({}, 404, "all", False),
        ({}, 200, "status", False),
        ({"happens": "sometimes"}, 200, "all", False),
        ({"path": "header:etag"}, 204, "headers", True),
        ({"path": "header:etag"}, 200, "status", False),
        (STATUS, 200, "status", True),
        (STATUS, 200, "all", True),
        (STATUS, 404, "all", False),
        ({"expires": "2026-02-01"}, 200, "all", False),
        ({"endpoint": "GET /other"}, 200, "all", False),
    ],
)
def test_an_intended_change_that_does_not_happen(
    changes: dict[str, Any], status: int, compared: str, due: bool
) -> None:
    """It is a difference of its own, where the change was due and could have been seen."""
    book = RuleBook([rule(**{"what": "expect", **changes})])
    seen = {"with_headers": compared != "status", "with_body": compared == "all"}
    missed = book.unmet("GET /orders/{id}", status, NOW, (), **seen)
    assert [(each.path, by) for each, by in missed] == ([("expect:$.r1", "r1")] if due else [])
    assert book.unmet("GET /orders/{id}", status, NOW, {"r1"}, **seen) == []
