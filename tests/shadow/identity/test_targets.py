from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.config.contract import Identity
from shadow.identity.kinds import Names
from shadow.identity.targets import swap_fields, swap_link, swap_target

NAMES = Names(Identity(learn="inferred"))
PAIRS = {("order", "17"): 93, ("user", "17"): "u/9", ("", "0123456789abcdef"): "f" * 16}


def swap(kind: str, value: str) -> str | int | None:
    return PAIRS.get((kind, value), PAIRS.get(("", value)))


@pytest.mark.parametrize(
    ("endpoint", "before", "after"),
    [
        ("GET /orders/{id}", b"/orders/17", b"/orders/93"),
        ("GET /orders/{id}", b"/orders/17/", b"/orders/93/"),
        ("GET /orders/{id}", b"/orders/18?x=17", b"/orders/18?x=17"),
        ("GET /users/{id}/orders/{order_id}", b"/users/17/orders/17", b"/users/u%2F9/orders/93"),
        ("GET /orders/{id}/parts/{n}", b"/orders/17/parts/17", b"/orders/93/parts/17"),
        ("GET /report/{id}", b"/report/17", b"/report/17"),
        ("GET /x", b"/x?order_id=17&a=%7e&userId=17", b"/x?order_id=93&a=%7e&userId=u%2F9"),
        ("GET _other", b"/a/b/orders/17", b"/a/b/orders/93"),
        ("GET /a/*", b"/a/orders/17", b"/a/orders/93"),
        ("GET /x/{y}", b"/x/0123456789abcdef", b"/x/" + b"f" * 16),
        ("GET /orders/{id}", b"/orders/../17", b"/orders/../17"),
        ("OPTIONS _other", b"*", b"*"),
    ],
)
def test_targets(endpoint: str, before: bytes, after: bytes) -> None:
    assert swap_target(before, endpoint, NAMES, swap) == after


def test_forms() -> None:
    assert swap_fields(b"order_id=17&&note=17&order_id=1%37", NAMES, swap) == b"order_id=93&&note=17&order_id=93"


def endpoint_of(target: bytes) -> str:
    return "GET /orders/{id}" if target.startswith(b"/orders/") else "GET _other"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("/orders/17", "/orders/93"),
        ("http://shop/orders/17?a=1#x", "http://shop/orders/93?a=1#x"),
        ("/orders/17 and more", "/orders/17 and more"),
        ("orders/17", "orders/17"),
        ("/\u00fc/orders/17", "/\u00fc/orders/17"),
        ("ftp://shop/orders/17", "ftp://shop/orders/17"),
    ],
)
def test_links(before: str, after: str) -> None:
    assert swap_link(before, endpoint_of, NAMES, swap) == after


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=40))
def test_without_pairs_nothing_changes(text: str) -> None:
    seen: list[Any] = []
    target = f"/{text}".encode()
    assert swap_target(target, "GET _other", NAMES, lambda kind, value: seen.append((kind, value))) == target
    assert swap_link(text, endpoint_of, NAMES, lambda kind, value: None) == text


@given(st.text(max_size=10), st.text(max_size=10))
def test_any_value_leaves_a_valid_target(old: str, new: str) -> None:
    found = swap_target(b"/orders/17?order_id=17&a=b", "GET /orders/{id}", NAMES, lambda kind, value: new or "x")
    assert all(0x21 <= byte <= 0x7E for byte in found)
