"""Write parsed values as redacted, bounded text, without touching more of them than is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shadow.bodies.parse import scalar_text
from shadow.paths import Segments
from shadow.redact import Redactor

_MARGIN_CHARS = 2000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _Full(Exception):
    """Raised inside when the room is used up."""


def write_json(
    redactor: Redactor, segments: Segments, value: object, limit_chars: int, *, pretty: bool = False
) -> str:
    """Return a value that stands at `segments` as redacted JSON text, at most a little longer than `limit_chars`."""
    writer = _Writer(redactor, limit_chars, pretty)
    try:
        writer.write(segments, value, redactor.label_at(segments), "\n")
    except _Full:
        pass
    return "".join(writer.pieces)


def write_text(redactor: Redactor, text: str, limit_chars: int) -> str:
    """Return free text redacted; only what is shown, and a margin in which a secret could end, is looked at."""
    return redactor.text(clean(text[: limit_chars + _MARGIN_CHARS]))


def shorten(text: str, limit_chars: int) -> str:
    """Return text of at most `limit_chars` characters, with an ellipsis where it was cut."""
    return text if len(text) <= limit_chars else text[: limit_chars - 1] + "…"


def clean(text: str) -> str:
    """Return text that any store and page can hold: no control characters, no lone surrogates."""
    text = _CONTROL.sub("\ufffd", text)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class _Writer:
    def __init__(self, redactor: Redactor, limit: int, pretty: bool) -> None:
        self.pieces: list[str] = []
        self._redactor = redactor
        self._room = limit
        self._limit = limit
        self._pretty = pretty

    def write(self, segments: Segments, value: object, label: str, newline: str) -> None:
        if isinstance(value, dict):
            self._container(segments, value.items(), label, newline, "{}")
        elif isinstance(value, list):
            self._container(segments, enumerate(value), label, newline, "[]")
        else:
            if isinstance(value, str) and not label:
                value = value[: self._limit + _MARGIN_CHARS]
            self._put(scalar_text(self._redactor.leaf(value, label)))

    def _container(
        self, segments: Segments, items: Iterable[tuple[str | int, object]], label: str, newline: str, brackets: str
    ) -> None:
        inner, position = newline + "  ", -1
        self._put(brackets[0])
        for position, (key, item) in enumerate(items):
            before = ("," if position else "") + inner if self._pretty else ", " if position else ""
            below = (*segments, key)
            inner_label = label
            if isinstance(key, str):
                text, own = self._redactor.key(key)
                before += scalar_text(text) + ": "
                inner_label = label or own
            self._put(before)
            if not inner_label and self._redactor.has_paths:
                inner_label = self._redactor.label_at(below)
            self.write(below, item, inner_label, inner)
        self._put(newline if self._pretty and position >= 0 else "")
        self._put(brackets[1])

    def _put(self, text: str) -> None:
        self.pieces.append(text)
        self._room -= len(text)
        if self._room < 0:
            raise _Full
