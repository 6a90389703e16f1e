"""Column defaults in one spelling, so that `(0)`, `0` and `CAST('0' AS INTEGER)` are one default."""

from __future__ import annotations

import re

from verify.classes import TypeClass

_CAST = re.compile(r"CAST\s*\((.*)\s+AS\s+[\w\s(),]+\)", re.IGNORECASE | re.DOTALL)
_POSTFIX_CAST = re.compile(r"::[\w\s\"]+(\(\d+(,\s*\d+)?\))?$")
_QUOTED = re.compile(r"'((?:[^']|'')*)'", re.DOTALL)
_NOW = frozenset({"current_timestamp", "current_timestamp()", "now()", "get_current_timestamp()", "datetime('now')"})
_NUMERIC = frozenset({TypeClass.integer, TypeClass.decimal, TypeClass.float})


def normal_default(default: str | None, kind: TypeClass) -> str | None:
    """Return a default in one spelling for columns of this class; None for none, and for NULL, which is the same."""
    if default is None:
        return None
    text = default.strip()
    while True:
        shorter = _unwrapped(text)
        if shorter == text:
            break
        text = shorter
    lower = text.lower()
    if lower == "null":
        return None
    if lower in _NOW:
        return "now"
    quoted = _QUOTED.fullmatch(text)
    literal = quoted[1].replace("''", "'") if quoted else text
    if kind is TypeClass.boolean:
        return {"1": "true", "t": "true", "0": "false", "f": "false"}.get(literal.lower(), literal.lower())
    if kind in _NUMERIC:
        try:
            return repr(float(literal))
        except ValueError:
            return lower
    return f"'{literal}'" if quoted else lower


def _unwrapped(text: str) -> str:
    """Return the text without one pair of outer parentheses or one cast."""
    if text.startswith("(") and text.endswith(")") and _closes_at_end(text):
        return text[1:-1].strip()
    if found := _CAST.fullmatch(text):
        return found[1].strip()
    return _POSTFIX_CAST.sub("", text).strip() if not text.startswith("'") or text.count("'") > 1 else text


def _closes_at_end(text: str) -> bool:
    depth = 0
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return at == len(text) - 1
    return False
