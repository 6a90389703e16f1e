from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shadow.bodies.parse import parse
from shadow.config.contract import Identity
from shadow.identity.bodies import hidden_fields, leaves, swap_json, swap_text
from shadow.identity.kinds import Names

NAMES = Names(Identity(learn="inferred"))


def kinds(document: object, owner: str = "order") -> dict[str, str]:
    return {
        ".".join(map(str, place)): kind for place, _, kind, _, _ in leaves(document, owner, NAMES) if kind
    }


def test_kinds_by_place() -> None:
    document = {
        "id": 17, "customer": {"id": 3}, "customer_id": 3, "tag_ids": [1, 2], "items": [{"id": 5, "product_id": 7}],
        "name": "x", "total": 1, "data": {"id": 17},
    }  # fmt: skip
    assert kinds(document) == {
        "id": "order", "customer.id": "customer", "customer_id": "customer", "tag_ids.0": "tag", "tag_ids.1": "tag",
        "items.0.id": "item", "items.0.product_id": "product", "data.id": "order",
    }  # fmt: skip
    assert kinds({"items": [{"id": 5}]}) == {"items.0.id": "order"}  # a list of what was asked for
    assert kinds([{"id": 5}]) == {"0.id": "order"}


def swap(kind: str, value: str) -> str | int | None:
    return {("order", "17"): "u9", ("order", "18"): 94, ("item", "x"): 7}.get((kind, value))


def nothing(kind: str, value: str) -> None:
    return None


def test_requests_take_the_new_type_and_answers_keep_theirs() -> None:
    document: Any = {"id": 17, "order_id": "18", "items": [{"id": "x"}], "quantity": 17}
    asked = swap_json(copy.deepcopy(document), "order", NAMES, swap, nothing, keep_types=False)
    assert asked == {"id": "u9", "order_id": 94, "items": [{"id": 7}], "quantity": 17}
    read = swap_json(copy.deepcopy(document), "order", NAMES, swap, nothing, keep_types=True)
    assert read == {"id": "u9", "order_id": "94", "items": [{"id": "7"}], "quantity": 17}


def test_booleans_and_doubled_keys_are_left_alone() -> None:
    document: Any = parse(b'{"id": true, "a": {"id": 17, "id": 18}}')
    assert list(leaves(document, "order", NAMES)) == []


def test_markup() -> None:
    page = (
        "<form action='/orders/17'><input type=hidden value=\"abc123def\" name=csrf_token>"
        '<meta name="csrf-param" content="authenticity_token"><a href="/orders/17">17</a></form>'
    )
    assert hidden_fields(page) == {}  # unquoted names are not read
    page = page.replace("name=csrf_token", 'name="csrf_token"')
    assert hidden_fields(page) == {"csrf_token": "abc123def"}
    found = swap_text(page, lambda kind, value: "Z" if kind == "csrf_token" else None, lambda link: link + "!")
    assert found.count("/orders/17!") == 2
    assert 'value="Z"' in found
    assert ">17</a>" in found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "a_id", "data"]), inner),
    max_leaves=20,
)


@given(JSON)
def test_without_pairs_a_document_stays(document: Any) -> None:
    before = copy.deepcopy(document)
    assert swap_json(document, "order", NAMES, nothing, nothing, keep_types=True) is None
    assert document == before


@given(st.integers(1, 10_000))
def test_any_depth_ends(depth: int) -> None:
    document: Any = {"id": 1}
    for _ in range(depth):
        document = [document]
    assert len(list(leaves(document, "order", NAMES))) == (1 if depth <= 64 else 0)
