"""Names and tokens."""

from __future__ import annotations

import pytest

from shadow.control.guard import is_authorized, is_own_name


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost", True),
        ("LOCALHOST:9900", True),
        ("localhost.:9900", True),
        ("127.0.0.1:9900", True),
        ("10.1.2.3", True),
        ("[::1]:9900", True),
        ("[::1]", True),
        ("shadow.internal:9900", True),
        ("Shadow.Internal", True),
        ("evil.example", False),
        ("evil.example:9900", False),
        ("127.0.0.1.evil.example:9900", False),
        ("localhost.evil.example", False),
        ("notlocalhost", False),
        ("", False),
        (":9900", False),
        ("[evil.example]:80", False),
        ("0x7f000001", False),
    ],
)
def test_own_names(host: str, own: bool) -> None:
    assert is_own_name(host, frozenset({"shadow.internal"})) is own


@pytest.mark.parametrize(
    ("header", "good"),
    [
        ("Bearer s3cret-token-0000", True),
        ("bearer s3cret-token-0000", True),
        ("Bearer  s3cret-token-0000 ", True),
        ("Bearer s3cret-token-000", False),
        ("Bearer s3cret-token-00000", False),
        ("Basic s3cret-token-0000", False),
        ("s3cret-token-0000", False),
        ("Bearer", False),
        ("Bearer \u00e9", False),
        ("", False),
    ],
)
def test_tokens(header: str, good: bool) -> None:
    assert is_authorized(header, "s3cret-token-0000") is good
