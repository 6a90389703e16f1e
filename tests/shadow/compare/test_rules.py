"""Rules: what they cover, until when, and what is refused at load."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from shadow.compare.found import ABSENT, Found
from shadow.compare.paths import parse_pattern
from shadow.compare.rules import RuleBook, compile_rules, endpoint_matches
from shadow.config.model import Rule
from shadow.errors import ConfigError
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
        ({"path": "status"}, {"path": "status", "kind": Kind.status}, "GET /orders/{id}", True),
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
        ({"kinds": ("valeu",)}, "unknown kind 'valeu'"),
        ({"kinds": ("compare_error",)}, "unknown kind 'compare_error'"),
        ({"expires": "soon"}, "expires 'soon' is no date"),
        ({"created": "2026-13-01"}, "created '2026-13-01' is no date"),
        ({"expires": "2025-12-31"}, "expires (2025-12-31) before it was created (2026-01-01)"),
        ({"path": "items.price"}, "'items.price' begins with none of"),
        ({"path": "$.**"}, "covers everything: '$.**'"),
        ({"path": "header:*"}, "covers everything: 'header:*'"),
        ({"owner": " "}, "has no owner or no reason"),
        ({"reason": ""}, "has no owner or no reason"),
        ({"id": ""}, "the id '' is empty or used twice"),
        ({"what": "tolerate"}, "says 'tolerate' without a tolerance"),
        ({"absolute": 1.0}, "says 'ignore' with a tolerance"),
        ({"endpoint": "/orders"}, "endpoint '/orders' is no endpoint"),
        ({"endpoint": "GET orders"}, "endpoint 'GET orders' is no endpoint"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    """A wrong rule is named, with a remedy."""
    with pytest.raises(ConfigError) as raised:
        compile_rules([rule(**changes)])
    assert message in raised.value.message and raised.value.remedy


def test_ids_are_unique() -> None:
    """Two rules with one id could not be told apart in the evidence."""
    with pytest.raises(ConfigError, match="used twice"):
        compile_rules([BASE, BASE])


def test_bad_unordered_path() -> None:
    """The setting is named."""
    with pytest.raises(ConfigError, match=r"compare\.unordered: 'tags' begins with"):
        RuleBook([], ["tags"])


def test_endpoint_matches_never_by_part() -> None:
    """A prefix of a segment is no match."""
    assert not endpoint_matches("GET /a/*", "GET /ab/c")
    assert endpoint_matches("* /a/*", "PUT /a/b/c")
