from __future__ import annotations

from typing import Any

import pytest

from shadow.export.case import NotExportableError, case_of
from shadow.records import Kind, Message


def test_the_request_without_what_belongs_to_a_connection(group: Any) -> None:
    case = case_of(group(), mapped=False)
    assert (case.method, case.target, case.headers, case.body) == ("GET", "/orders/7?full=1", (("X-A", "1"),), "")
    assert case.name == "test_get_orders_id_body_total_value_a1b2c3d4"
    assert case.about == "GET /orders/{id}: value at body:$.total, in 7 exchanges"


def test_what_the_candidate_was_asked_wins(group: Any) -> None:
    case = case_of(group(asked=Message(start="PUT /v2/orders/93", body="{}")), mapped=False)
    assert (case.method, case.target, case.body) == ("PUT", "/v2/orders/93", "{}")


@pytest.mark.parametrize(
    ("given", "function", "arguments"),
    [
        ({}, "check_json", (["total"], "19.50")),
        ({"kind": Kind.status, "path": "status", "old": "200"}, "check_status", (200,)),
        ({"kind": Kind.header, "path": "header:vary", "old": "accept"}, "check_header", (["vary"], "accept")),
        ({"kind": Kind.header, "path": "header:set-cookie.sid.samesite", "old": None},
         "check_header", (["set-cookie", "sid", "samesite"], None)),
        ({"kind": Kind.extra, "old": None}, "check_json", (["total"], None)),
        ({"kind": Kind.missing, "path": "body:$.a[1]", "old": "{…", "body": '{"a": [1, {"b": 1.0, "c": "\\""}]}'},
         "check_json", (["a", 1], '{"b": 1.0, "c": "\\""}')),
        ({"kind": Kind.order, "path": "body:$.a", "old": "[2, 1]", "note": "same items in another order, by 'id', from",
          "body": '{"a": [{"id": 2}, {"id": 1}]}'}, "check_json", (["a"], "[2, 1]", "id")),
        ({"kind": Kind.value, "path": "body", "old": "hello", "body": "hello"}, "check_text", ("hello",)),
        ({"old": "19.50", "body": "{"}, "check_json", (["total"], "19.50")),
    ],
)  # fmt: skip
def test_what_the_answer_has_to_be(group: Any, given: dict[str, Any], function: str, arguments: Any) -> None:
    (check,) = case_of(group(**given), mapped=False).checks
    assert (check.function, check.arguments) == (function, arguments)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"request": Message(start="POST /a", body="x", cut=True)}, "too long to be kept whole"),
        ({"request": Message(start="POST /a", body="[12 bytes, sha256 ab]")}, "is not text"),
        ({"request": Message(start="OPTIONS *")}, "is no path"),
        ({"old": "[1, …", "body": "{"}, "old value was too long"),
        ({"kind": Kind.compare_error, "path": "compare", "old": None}, "nothing that an answer can be asked for"),
        ({"path": "body", "body": "[12 bytes, sha256 ab]"}, "not kept whole as text"),
    ],
)
def test_what_cannot_become_a_test(group: Any, given: dict[str, Any], why: str) -> None:
    with pytest.raises(NotExportableError, match=why):
        case_of(group(**given), mapped=False)


def test_what_has_no_example_or_is_mapped(group: Any) -> None:
    import msgspec

    with pytest.raises(NotExportableError, match="no example"):
        case_of(msgspec.structs.replace(group(), examples=()), mapped=False)
    with pytest.raises(NotExportableError, match="mapping"):
        case_of(group(), mapped=True)
