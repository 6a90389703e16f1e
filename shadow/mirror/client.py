"""Whose request it is: the key under which requests stay in order and share an identity.

The key travels between our processes only, and only as a hash: a session cookie is a secret.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b
from http.cookies import CookieError, SimpleCookie

import msgspec

from shadow.wire.head import HeaderList

KINDS = ("cookie", "header", "bearer")


class ClientKey:
    """Finds the key of a request as configured: `cookie:NAME`, `header:NAME`, `bearer:CLAIM` (of a JSON Web Token,
    not verified: it only groups), or empty for the connection."""

    def __init__(self, setting: str) -> None:
        """Take the setting apart. Raises ValueError with a reason."""
        self._kind, _, self._name = setting.partition(":")
        if setting and (self._kind not in KINDS or not self._name):
            raise ValueError(f"expected cookie:NAME, header:NAME or bearer:CLAIM, got {setting!r}")

    def of(self, headers: HeaderList, connection: str) -> str:
        """Return the hashed key of a request; where it carries none, that of its connection."""
        if not self._kind:
            return connection
        value = self._value(headers)
        if not value:
            return connection
        return blake2b(value, digest_size=8).hexdigest()

    def _value(self, headers: HeaderList) -> bytes:
        if self._kind == "header":
            return _first(headers, self._name.lower().encode("latin-1"))
        if self._kind == "cookie":
            try:
                cookies = SimpleCookie(_first(headers, b"cookie").decode("latin-1"))
            except CookieError:
                return b""
            return cookies[self._name].value.encode() if self._name in cookies else b""
        return _claim(_first(headers, b"authorization"), self._name)


def _first(headers: HeaderList, name: bytes) -> bytes:
    for key, value in headers:
        if key.lower() == name:
            return value
    return b""


def _claim(authorization: bytes, claim: str) -> bytes:
    scheme, _, token = authorization.partition(b" ")
    parts = token.split(b".")
    if scheme.lower() != b"bearer" or len(parts) != 3:
        return b""
    try:
        payload = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return b""
    value = payload.get(claim) if isinstance(payload, dict) else None
    return str(value).encode() if value is not None else b""
