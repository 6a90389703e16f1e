from __future__ import annotations

from typing import Any

import pytest

from reports.findings.titles import contrast, is_server_error, place, title
from shadow.ledger.evidence import SignatureRow
from shadow.records import Difference, Disposition, Example, Kind, Message


def signature(kind: Kind, group: str, *differences: Difference, **fields: Any) -> SignatureRow:
    example = Example(
        observed_at=1.0, request=Message(start="GET /orders/7"), primary=Message(start="200"), differences=differences
    )
    given: dict[str, Any] = {
        "id": "s",
        "endpoint": "GET /orders/{id}",
        "n": 9,
        "n_open": 9,
        "first_at": 0,
        "last_at": 1,
    }
    return SignatureRow(group=group, kind=kind, examples=(example,) if differences else (), **(given | fields))


def difference(kind: Kind, group: str, old: str | None, new: str | None, **fields: Any) -> Difference:
    return Difference(kind=kind, path=group, group=group, old=old, new=new, **fields)


@pytest.mark.parametrize(
    ("kind", "group", "old", "new", "share", "text"),
    [
        (
            Kind.precision, "body:$.total", "107.10", "107.10000000000001", 0.12,
            "`total` differs in precision in 12 % of compared answers (107.10 → 107.10000000000001)",
        ),
        (Kind.status, "status", "400", "422", 0.031, "answers 422 instead of 400 in 3.1 % of compared answers"),
        (
            Kind.status, "status", "200", "500", 0.00001,
            "fails with 500 where the primary answers 200 in 0.01 % of compared answers",
        ),
        (Kind.status, "status", "500", "200", 1.0, "answers 200 instead of 500 in all compared answers"),
        (Kind.missing, "body:$.items[*].note", '"x"', None, None, '`items[*].note` is missing (was "x")'),
        (Kind.extra, "body:$.debug", None, "true", None, "`debug` is added (now true)"),
        (Kind.missing, "header:etag", '"a1"', None, None, 'header `etag` is missing (was "a1")'),
        (Kind.header, "header:etag", '"a1"', None, None, 'header `etag` is missing (was "a1")'),
        (Kind.header, "header:x-b", None, "1", None, "header `x-b` is added (now 1)"),
        (Kind.header, "header:vary", "a", "b", None, "header `vary` differs (a → b)"),
        (Kind.order, "body:$", None, None, None, "the body comes in another order"),
        (Kind.compare_error, "compare", None, None, None, "the answer could not be compared"),
        (Kind.value, "body:$.a", "x" * 99, "y\n y", None, f"`a` differs ({'x' * 59}… → y y)"),
    ],
)  # fmt: skip
def test_titles(kind: Kind, group: str, old: str | None, new: str | None, share: float | None, text: str) -> None:
    row = signature(kind, group, difference(kind, group, old, new))
    assert title(row, share) == f"GET /orders/{{id}}: {text}"


def test_without_an_example_the_title_still_says_what_differs() -> None:
    assert title(signature(Kind.status, "status"), 0.5).endswith(
        ": answers another status in 50 % of compared answers"
    )
    assert title(signature(Kind.timezone, "body:$.at"), None).endswith(": `at` differs in its time zone")


def test_every_kind_has_words() -> None:
    for kind in Kind:
        assert title(signature(kind, "body:$.a"), None).startswith("GET /orders/{id}: ")


def test_the_example_shown_is_of_this_signature_and_open() -> None:
    row = signature(
        Kind.value, "body:$.a",
        difference(Kind.value, "body:$.b", "other", "path"),
        difference(Kind.type, "body:$.a", "other", "kind"),
        difference(Kind.value, "body:$.a", "1", "2", disposition=Disposition.noise),
        difference(Kind.value, "body:$.a", "3", "4"),
    )  # fmt: skip
    assert title(row, None).endswith("(3 → 4)")


@pytest.mark.parametrize(
    ("kind", "new", "expected"),
    [(Kind.status, "500", True), (Kind.status, "503", True), (Kind.status, "499", False), (Kind.value, "500", False),
     (Kind.status, None, False), (Kind.status, "?", False)],
)  # fmt: skip
def test_server_errors(kind: Kind, new: str | None, expected: bool) -> None:
    assert is_server_error(signature(kind, "status", difference(kind, "status", "200", new))) is expected


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("a", "b", ("a", "b")),
        ("the same beginning, a", "the same beginning, b", ("the same beginning, a", "the same beginning, b")),
        ("x" * 100 + "left and more", "x" * 100, ("…" + "x" * 12 + "left and more", "…" + "x" * 12)),
        ("x" * 99, "y", ("x" * 59 + "…", "y")),
        ("ab" + "x" * 80, "ab" + "y" * 80, ("ab" + "x" * 57 + "…", "ab" + "y" * 57 + "…")),
    ],
)
def test_of_long_values_the_difference_is_shown(old: str, new: str, shown: tuple[str, str]) -> None:
    assert contrast(old, new) == shown


@pytest.mark.parametrize(
    ("group", "text"),
    [
        ("status", "`status`"), ("header:x-a", "header `x-a`"), ("body:$.a.b", "`a.b`"), ("body:$[*].a", "`[*].a`"),
        ("body:$", "the body"), ("body", "the body"), ("$.a", "`a`"),
        ("_overflow", "more than the ledger keeps apart"),
    ],
)  # fmt: skip
def test_places(group: str, text: str) -> None:
    assert place(group) == text
