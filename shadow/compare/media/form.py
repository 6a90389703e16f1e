"""Urlencoded forms."""

from __future__ import annotations

from urllib.parse import unquote_plus

from shadow.bodies.decode import Decoded
from shadow.compare.media.charset import text_of
from shadow.compare.media.unreadable import UnreadableError


def read(body: Decoded) -> object:
    """Return the fields by name: a text, or the list of texts of a name that occurs more than once.

    Raises UnreadableError for bytes that are no text.
    Cannot see: the order of different names, and which characters were escaped.
    """
    text = text_of(body).strip()
    if "\0" in text:
        raise UnreadableError("a zero byte in a form")
    fields: dict[str, list[str]] = {}
    for pair in text.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            fields.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}
