"""Redaction: no secret survives, equal values stay visibly equal, different ones visibly different."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.config.model import Redact
from shadow.errors import ConfigError
from shadow.redact import MARK, Redactor, is_luhn

KEY = b"a key for tests"
redactor = Redactor(Redact(), KEY)
secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="&=;%+\\\"'"), min_size=6)


def masked(text: str) -> str:
    """Return text with the digests of marks blanked."""
    return re.sub(r"‹([a-z0-9_-]+):[0-9a-f]{8}›", r"‹\1›", text)


@pytest.mark.parametrize(
    ("name", "value", "want"),
    [
        (b"Authorization", b"Bearer abc.def", "Bearer ‹bearer›"),
        (b"authorization", b"justakey", "‹authorization›"),
        (b"Proxy-Authorization", b"Basic dXNlcjpwYXNz", "Basic ‹basic›"),
        (b"Cookie", b"sid=s3cr3t; theme=dark", "sid=‹cookie›; theme=‹cookie›"),
        (b"Cookie", b"bare", "‹cookie›"),
        (b"Set-Cookie", b"sid=s3cr3t; Path=/; HttpOnly", "sid=‹cookie›; Path=/; HttpOnly"),
        (b"Set-Cookie", b"sid=; Max-Age=0", "sid=; Max-Age=0"),
        (b"X-Api-Key", b"k", "‹api-key›"),
        (b"X-Customer-Token", b"k", "‹customer-token›"),
        (b"X-Contact", b"bob@example.com", "‹email›"),
        (b"Accept", b"application/json", "application/json"),
        (b"Location", b"/cb?token=abc123&x=1", "/cb?token=‹token›&x=1"),
        (b"X-Api-Key", b"", ""),
    ],
)
def test_headers(name: bytes, value: bytes, want: str) -> None:
    """Secret headers lose their value, names and attributes of cookies stay."""
    assert [(n, masked(v)) for n, v in redactor.headers(((name, value),))] == [(name.decode(), want)]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("mail bob@example.com now", "mail ‹email› now"),
        ("card 4111 1111 1111 1111.", "card ‹card›."),
        ("4111-1111-1111-1111", "‹card›"),
        ("4111111111111112", "4111111111111112"),  # fails Luhn
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_", "‹jwt›"),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer ‹token›"),
        ('{"password": "a b\\" c", "x": 1}', '{"password": "‹password›", "x": 1}'),
        ("password=hunter2&x=1", "password=‹password›&x=1"),
        ("{'cvv': 123, 'x': 1}", "{'cvv': ‹cvv›, 'x': 1}"),
        ("2026-01-31T10:00:00Z 42 plain", "2026-01-31T10:00:00Z 42 plain"),
        ("", ""),
    ],
)
def test_text(text: str, want: str) -> None:
    """Patterns find e-mails, cards, tokens and assignments, and nothing else."""
    assert masked(redactor.text(text)) == want


def test_json_by_key_at_any_depth() -> None:
    """Secret members are replaced whole, their shape stays visible; null and booleans are no secrets."""
    value = {
        "user": {"Password": "hunter2", "accessToken": ["a", {"b": 1}], "name": "Bob", "mail": "b@x.org"},
        "card_number": 4111111111111111,
        "cvv": None,
        "total_tokens": 5,
        "price": b"1.50",
    }
    clean = redactor.json("$", value)
    assert json.loads(masked(json.dumps({**clean, "price": "1.50"}, ensure_ascii=False))) == {
        "user": {
            "Password": "‹password›",
            "accessToken": ["‹accesstoken›", {"b": "‹accesstoken›"}],
            "name": "Bob",
            "mail": "‹email›",
        },
        "card_number": "‹card_number›",
        "cvv": None,
        "total_tokens": 5,
        "price": "1.50",
    }
    assert clean["price"] == b"1.50"


def test_json_below_a_secret_place_is_secret() -> None:
    """The place where a value stands counts, not only the keys inside it."""
    assert masked(redactor.json("body:$.user.password", "x")) == "‹password›"
    assert masked(redactor.value("body:$.user.password", '"x"')) == "‹password›"
    assert redactor.value("body:$.user.name", '"x"') == '"x"'
    assert masked(redactor.value("header:cookie", "a=1")) == "a=‹cookie›"


def test_configured_paths_patterns_and_headers() -> None:
    """Settings add to the defaults."""
    own = Redactor(Redact(headers=("X-Tenant",), paths=("$.users[*].phone", "$.**.note"), patterns=(r"C-\d+",)), KEY)
    assert masked(own.headers(((b"x-tenant", b"acme"),))[0][1]) == "‹tenant›"
    value = {"users": [{"phone": "1", "n": "C-17"}], "a": {"b": {"note": {"deep": "x"}}}}
    assert json.loads(masked(json.dumps(own.json("$", value), ensure_ascii=False))) == {
        "users": [{"phone": "‹path›", "n": "‹pattern›"}],
        "a": {"b": {"note": {"deep": "‹path›"}}},
    }
    assert own.has_paths and not redactor.has_paths


@pytest.mark.parametrize(
    ("target", "want"),
    [
        (b"/orders/7?full=1", "/orders/7?full=1"),
        (b"/x?token=abc&api_key=k&q=a", "/x?token=‹token›&api_key=‹api_key›&q=a"),
        (b"/x?q=bob%40example.com", "/x?q=‹email›"),
        (b"/users/bob%40example.com", "/users/‹email›"),
        (b"/x?token", "/x?token"),
        (b"*", "*"),
    ],
)
def test_target(target: bytes, want: str) -> None:
    """Query values go by the name of their parameter, everything else by patterns, encoded or not."""
    assert masked(redactor.target(target)) == want


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Redact(paths=("user.phone",)), "redact.paths: 'user.phone' begins with none of"),
        (Redact(patterns=("(",)), "redact.patterns: '(' is not a regular expression"),
    ],
)
def test_wrong_settings(settings: Redact, message: str) -> None:
    """A wrong setting is named."""
    with pytest.raises(ConfigError) as raised:
        Redactor(settings, KEY)
    assert raised.value.message.startswith(message) and raised.value.remedy


def test_key_never_shows() -> None:
    """The id depends on the key and tells nothing of it."""
    assert repr(redactor) == f"Redactor(key_id='{redactor.key_id}')"
    assert redactor.key_id != Redactor(Redact(), b"other").key_id
    assert KEY.decode() not in repr(redactor) and KEY.hex() not in redactor.key_id
    assert redactor.mark("x", "v") != Redactor(Redact(), b"other").mark("x", "v")


@given(secrets)
def test_no_secret_survives(secret: str) -> None:
    """Wherever a secret stands by name, the stored text does not contain it."""
    raw = secret.encode()
    texts = [
        *(value for _, value in redactor.headers(((b"authorization", b"Bearer " + raw), (b"cookie", b"a=" + raw)))),
        redactor.target(b"/x?access_token=" + raw.replace(b"#", b"")),
        json.dumps(redactor.json("$", {"a": [{"client_secret": secret}]}), ensure_ascii=False),
        redactor.value("body:$.ssn", secret),
    ]
    if not MARK.fullmatch(secret) and secret.lower() not in "bearer access_token client_secret authorization cookie":
        visible = [MARK.sub("", text) for text in texts]
        assert [secret in text for text in visible] == [False] * 5


@given(secrets, secrets)
def test_equal_stays_equal_and_different_different(a: str, b: str) -> None:
    """What two stored values say about equality is what the raw ones say."""
    assert (redactor.json("$.token", a) == redactor.json("$.token", b)) == (a == b)
    assert (redactor.mark("x", a) == redactor.mark("x", b)) == (a == b)


def test_number_and_text_are_told_apart() -> None:
    """A secret that became a number must not look unchanged."""
    assert redactor.json("$.pin", 1234) != redactor.json("$.pin", "1234")


@given(st.text())
def test_redacting_twice_changes_nothing(text: str) -> None:
    """Marks are no secrets."""
    once = redactor.text(text)
    assert redactor.text(once) == once


@given(st.integers(min_value=0, max_value=10**15))
def test_luhn_finds_its_own_check_digit(number: int) -> None:
    """Exactly one last digit makes a number valid."""
    assert sum(is_luhn(f"{number}{digit}") for digit in range(10)) == 1
