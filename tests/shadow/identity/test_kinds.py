from __future__ import annotations

import pytest

from shadow.config.contract import Identity, IdentityValue
from shadow.identity.kinds import (
    Names,
    is_id,
    is_secret,
    is_soft_id,
    kind_of_words,
    looks_random,
    parse_source,
    words_of,
)

INFERRED = Names(Identity(learn="inferred"))


@pytest.mark.parametrize(
    ("name", "owner", "kind"),
    [
        ("order_id", "x", "order"), ("orderId", "x", "order"), ("OrderID", "x", "order"),
        ("X-Order-Id", "x", "x_order"), ("order_number", "x", "order#"), ("number", "", ""),
        ("order_ids", "x", "order"), ("orderLineUuid", "x", "order_line"), ("id", "order", "order"), ("_id", "o", "o"),
        ("id", "", ""), ("order_no", "x", "order#"), ("reference", "order", "order#"), ("name", "order", ""),
        ("paid", "x", ""), ("idea", "x", ""), ("", "x", ""), ("addresses_id", "", "address"),
        ("companies_id", "", "company"),
    ],
)  # fmt: skip
def test_names_of_members(name: str, owner: str, kind: str) -> None:
    assert INFERRED.of_member(name, owner) == kind


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        ("GET /orders/{id}", "order"), ("POST /orders/{id}/items", "item"), ("GET /api/v2/order-lines", "order_line"),
        ("GET /", ""), ("GET _other", ""), ("GET /api/v1", ""), ("GET /boxes/{id}", "box"), ("GET /status", "status"),
    ],
)  # fmt: skip
def test_what_endpoints_are_about(endpoint: str, kind: str) -> None:
    assert INFERRED.of_endpoint(endpoint) == kind


def test_what_is_declared_comes_first() -> None:
    names = Names(Identity(learn="declared", values=(
        IdentityValue(kind="Orders", learn=("POST /checkout $.receipt.nr",), names=("receipt", "cart-no"),
                      scope="client"),
    )))  # fmt: skip
    assert names.of_member("receipt", "x") == "Orders"
    assert names.of_member("cartNo", "x") == "Orders"
    assert names.of_member("order_id", "x") == "Orders"  # the same kind, however it is written
    assert names.of_parameter("id", "orders") == "Orders"
    assert names.private == {"Orders"}
    assert not names.inferred


def test_parameters() -> None:
    assert INFERRED.of_parameter("id", "orders") == "order"
    assert INFERRED.of_parameter("user_id", "orders") == "user"
    assert INFERRED.of_parameter("slug", "orders") == "order"


def test_ids_and_secrets() -> None:
    assert [name for name in ("id", "user_id", "orderNumber", "ref", "void") if is_id(name)] == ["id", "user_id"]
    assert [name for name in ("number", "invoice_no", "id", "notes") if is_soft_id(name)] == ["number", "invoice_no"]
    secret = ("csrf_token", "accessToken", "accesstoken", "X-CSRF-Token", "_csrf", "csrfmiddlewaretoken", "next_cursor",
              "sid", "session_id", "authenticity_token")  # fmt: skip
    assert [name for name in secret if not is_secret(name)] == []
    assert [name for name in ("inside", "token_type", "csrf-param", "tokens", "", "sessions") if is_secret(name)] == []


def test_what_looks_drawn() -> None:
    drawn = ("a8f0c3d2", "eyJhbGciOi", "aBcDeFgH", "x" * 24)
    assert [value for value in drawn if not looks_random(value)] == []
    assert [value for value in ("open", "completed", "a1", "not drawn 7", "PENDING-NOW") if looks_random(value)] == []


@pytest.mark.parametrize("text", ["POST /orders", "POST /orders body", "POST /orders x", "POST orders $.id", "$.id"])
def test_sources_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_source(text)


def test_words() -> None:
    assert words_of("HTMLPageID2") == ["html", "page", "id", "2"]
    assert [kind_of_words([word]) for word in ("orders", "boxes", "glass", "bus", "ies", "entries", "analysis")] == [
        "order", "box", "glass", "bus", "ie", "entry", "analysis",
    ]  # fmt: skip
