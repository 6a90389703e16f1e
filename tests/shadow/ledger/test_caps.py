"""At the limit, one under, one over."""

from __future__ import annotations

import pytest

from shadow.ledger.caps import Cap, other_endpoint


def test_limit() -> None:
    cap = Cap(2)
    assert [cap.admit(name) for name in ("a", "b", "c", "a", "b", "c")] == [True, True, False, True, True, False]


def test_limit_per_group() -> None:
    cap = Cap(4, 2, known=[("a", "x")])
    assert [cap.admit(*pair) for pair in (("b", "x"), ("c", "x"), ("d", "y"), ("e", "y"), ("f", "z"))] == [
        True, False, True, True, False
    ]  # fmt: skip


def test_what_is_learnt_stays_whatever_the_limit() -> None:
    cap = Cap(1, known=[("a", ""), ("b", "")])
    cap.learn("c")
    cap.learn("c")
    assert [cap.admit(name) for name in "abcd"] == [True, True, True, False]


@pytest.mark.parametrize(
    ("endpoint", "other"),
    [("GET /a/{id}", "GET _other"), ("POST /", "POST _other"), ("BREW /pot", "* _other"), ("", "* _other")],
)
def test_other_endpoint(endpoint: str, other: str) -> None:
    assert other_endpoint(endpoint) == other
