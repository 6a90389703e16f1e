"""Replace secrets by keyed hashes before anything is stored, so that equal values stay visibly equal.

A secret becomes `‹email:3f9a1c20›`: what it was, and a truncated HMAC-SHA256 of it. The key is given by the caller
and never stored, shown or logged; only its id is. Comparing uses raw values, storing uses redacted ones.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from shadow.config.model import Redact
from shadow.errors import ConfigError
from shadow.paths import Pattern, parse_pattern
from shadow.records import Headers
from shadow.redact_words import SECRET_HEADERS, SECRET_NAMES, SECRET_SUFFIXES

HASH_CHARS = 8
_MAX_KEYS = 4096
_MAX_KEY_CHARS = 100
MARK = re.compile(r"‹[a-z0-9_-]+:[0-9a-f]+›")
_MARKS = re.compile(f"({MARK.pattern})")
_MIN_CARD_CHARS = 13  # also the least that a scheme with a credential takes: "basic 12345678"

_SQUEEZE = re.compile(r"[^a-z0-9]")

_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+'-])[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}")
_BEARER = re.compile(r"(?i)\b(bearer|basic|digest|token)(\s+)([A-Za-z0-9._~+/=-]{8,})")
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d])")
_ASSIGNED = re.compile(
    r"""(?ix)(?<![a-z0-9_-])([a-z0-9_-]*(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|private[_-]?key|signature
    |card[_-]?number|account[_-]?number|session[_-]?id|credentials?|ssn|iban)|pin|otp|pan|cvv2?|cvc2?|sig|jwt)
    (["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s&;,<>"'‹›]+)"""
)


class Redactor:
    """Redacts headers, targets, JSON values and text with one key.

    Cannot see: secrets with no telling name, place or pattern; name them in `redact.paths` or `redact.patterns`.
    """

    __slots__ = ("_base", "_headers", "_keys", "_paths", "_patterns", "key_id")

    def __init__(self, settings: Redact, key: bytes) -> None:
        """Compile the settings. Raises ConfigError for a path or a pattern that cannot be read."""
        self.key_id = hashlib.sha256(b"shadow redaction key id\0" + key).hexdigest()[:12]
        self._base = hmac.new(key, digestmod=hashlib.sha256)
        self._keys: dict[str, tuple[str, str]] = {}
        self._headers = SECRET_HEADERS | {name.lower() for name in settings.headers}
        self._paths = tuple(_compile_path(path) for path in settings.paths)
        self._patterns = tuple(_compile_pattern(pattern) for pattern in settings.patterns)

    def __repr__(self) -> str:
        return f"Redactor(key_id={self.key_id!r})"

    @property
    def has_paths(self) -> bool:
        """Tell whether places in bodies are configured as secret, so that an unparsed body must not be shown."""
        return bool(self._paths)

    def mark(self, label: str, secret: str) -> str:
        """Return the stand-in of a secret. Marks themselves are returned as they are: redacting twice is harmless."""
        if MARK.fullmatch(secret):
            return secret
        digest = self._base.copy()
        digest.update(secret.encode("utf-8", "surrogatepass"))
        return f"‹{label}:{digest.hexdigest()[:HASH_CHARS]}›"

    def headers(self, headers: Headers) -> tuple[tuple[str, str], ...]:
        """Return the headers as text; cookie names and attributes and the scheme of a credential stay visible."""
        return tuple((name.decode("latin-1"), self.header(name, value)) for name, value in headers)

    def header(self, name: bytes, value: bytes) -> str:
        """Return one header's value as it may be stored."""
        low, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if low in ("cookie", "set-cookie"):
            return self._cookies(text, attributes=low == "set-cookie")
        if low in self._headers or _is_secret(low):
            scheme, space, rest = text.partition(" ")
            if space and low.endswith("authorization") and scheme.isalpha():
                return f"{scheme} {self.mark(scheme.lower(), rest)}"
            return self.mark(_label(low), text) if text else ""
        return self.text(text)

    def text(self, text: str) -> str:
        """Replace what the patterns find in free text: e-mails, cards, tokens, `password=...`."""
        for label, pattern in self._patterns:
            text = _replace(pattern, self._marking(label), text)
        # Each pattern is tried only where a cheap look says that it could find something.
        if "@" in text:
            text = _replace(_EMAIL, self._marking("email"), text)
        if "eyJ" in text:
            text = _replace(_JWT, self._marking("jwt"), text)
        is_long = len(text) >= _MIN_CARD_CHARS
        if is_long and (" " in text or "\t" in text or "\n" in text):
            text = _replace(_BEARER, lambda m: m[1] + m[2] + self.mark("token", m[3]), text)
        if "=" in text or ":" in text:
            text = _replace(_ASSIGNED, self._assigned, text)
        return _replace(_CARD, self._card, text) if is_long else text

    def json(self, path: str, value: object) -> Any:
        """Return a redacted copy of a JSON value that stands at `path` (`$`, `body:$.user`).

        Raises ValueError where the path is not in the dialect.
        """
        pattern = parse_pattern(path)
        segments = tuple(s for s in pattern.segments or () if isinstance(s, str | int))
        return self.member(segments, value)

    def member(self, segments: tuple[str | int, ...], value: object) -> Any:
        """Return a redacted copy of a JSON value at a place given as segments."""
        return self._walk(segments, value, self.label_at(segments))

    def label_at(self, segments: tuple[str | int, ...]) -> str:
        """Return the label under which everything at this place is secret, or an empty string."""
        for segment in segments:
            if isinstance(segment, str) and _is_secret(segment):
                return _label(segment)
        for pattern in self._paths:
            for end in range(len(segments) + 1):
                if pattern.matches("body", segments[:end]):
                    return "path"
        return ""

    def target(self, target: bytes) -> str:
        """Return a request target as text, with secrets in path and query replaced; names of parameters stay."""
        path, mark, query = target.decode("latin-1").partition("?")
        clean = "/".join(self._decoded(segment) for segment in path.split("/"))
        if not mark:
            return clean
        return clean + "?" + self.form(query)

    def form(self, text: str) -> str:
        """Return a query or an urlencoded form with secret values replaced by the names of their fields."""
        pairs = []
        for pair in text.split("&"):
            name, equals, value = pair.partition("=")
            plain = unquote_plus(name)
            if equals and value and _is_secret(plain):
                pairs.append(f"{name}={self.mark(_label(plain), unquote_plus(value))}")
            else:
                pairs.append(self._decoded(name) + equals + self._decoded(value))
        return "&".join(pairs)

    def value(self, path: str, rendered: str) -> str:
        """Return a rendered value at `path` (of any area) as it may be stored."""
        pattern = parse_pattern(path)
        segments = tuple(s for s in pattern.segments or () if isinstance(s, str | int))
        if pattern.area == "header" and segments:
            return self.header(str(segments[0]).encode("latin-1", "replace"), rendered.encode("latin-1", "replace"))
        label = self.label_at(segments)
        return self.mark(label, rendered) if label else self.text(rendered)

    def _walk(self, segments: tuple[str | int, ...], value: object, label: str) -> Any:
        if isinstance(value, dict):
            members = {}
            for key, item in value.items():
                text, own = self.key(key)
                below = (*segments, key)
                members[text] = self._walk(below, item, label or own or (self.label_at(below) if self._paths else ""))
            return members
        if isinstance(value, list):
            return [
                self._walk(below, item, label or (self.label_at(below) if self._paths else ""))
                for index, item in enumerate(value)
                for below in ((*segments, index),)
            ]
        return self.leaf(value, label)

    def key(self, key: str) -> tuple[str, str]:
        """Return the name of a member as it may be stored, and its label where it names a secret, else ""."""
        known = self._keys.get(key)
        if known is None:
            known = (self.text(key), _label(key) if _is_secret(key) else "")
            if len(self._keys) >= _MAX_KEYS:
                self._keys.clear()
            if len(key) <= _MAX_KEY_CHARS:
                self._keys[key] = known
        return known

    def leaf(self, value: object, label: str) -> object:
        """Return a scalar as it may be stored; null and booleans are no secrets, number and text are told apart."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.mark(label, value) if label else self.text(value)
        number = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if label:
            return self.mark(label, "\0number:" + number)
        clean = self.text(number)
        return value if clean == number else clean

    def _decoded(self, text: str) -> str:
        plain = unquote_plus(text)
        clean = self.text(plain)
        return text if clean == plain else clean

    def _cookies(self, text: str, attributes: bool) -> str:
        parts = []
        for position, part in enumerate(text.split(";")):
            name, equals, value = part.partition("=")
            if attributes and position:
                parts.append(self.text(part))
            elif equals:
                parts.append(f"{name}={self.mark('cookie', value)}" if value else part)
            else:
                parts.append(self.mark("cookie", part) if part.strip() else part)
        return ";".join(parts)

    def _marking(self, label: str) -> Callable[[re.Match[str]], str]:
        return lambda match: self.mark(label, match[0]) if match[0] else ""

    def _assigned(self, match: re.Match[str]) -> str:
        secret = match[3]
        quote = secret[0] if secret[0] in "\"'" else ""
        inner = secret.strip(quote) if quote else secret
        if not inner:
            return match[0]
        return f"{match[1]}{match[2]}{quote}{self.mark(_label(match[1]), inner)}{quote}"

    def _card(self, match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match[0])
        return self.mark("card", digits) if is_luhn(digits) else match[0]


def _replace(pattern: re.Pattern[str], change: Callable[[re.Match[str]], str], text: str) -> str:
    """Substitute outside of marks, so that what was replaced is not replaced again."""
    if "‹" not in text:
        return pattern.sub(change, text)
    pieces = _MARKS.split(text)
    pieces[::2] = [pattern.sub(change, piece) for piece in pieces[::2]]
    return "".join(pieces)


def is_luhn(digits: str) -> bool:
    """Tell whether decimal digits carry a valid Luhn check digit (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + position % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _is_secret(name: str) -> bool:
    low = _SQUEEZE.sub("", name.lower())
    return low in SECRET_NAMES or low.endswith(SECRET_SUFFIXES)


def _label(name: str) -> str:
    low = re.sub(r"[^a-z0-9_-]", "", name.lower().removeprefix("x-"))
    return low[:24] or "secret"


def _compile_path(path: str) -> Pattern:
    try:
        return parse_pattern(path)
    except ValueError as error:
        raise ConfigError(f"redact.paths: {error}.", "Write paths such as '$.user.phone' or '$.**.phone'.") from error


def _compile_pattern(pattern: str) -> tuple[str, re.Pattern[str]]:
    try:
        return "pattern", re.compile(pattern)
    except re.error as error:
        raise ConfigError(
            f"redact.patterns: {pattern!r} is not a regular expression: {error}.", "Correct or remove it."
        ) from error
