"""Values as bounded, redacted text for findings.

Text is quoted and escaped as in JSON, NULL is bare, so that NULL, "NULL" and "" look different.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal

from verify.equality.canonical import MISSING
from verify.store import Row, Value

Redact = Callable[[str, str], str]
"""Gives for a column's name and a text what may be stored of that text."""

SHOWN = 160
"""Characters of one value shown at most."""
_SCANNED = 4096
"""Characters of one value that are rendered and redacted before it is cut."""
_ZEROS = 40
"""An exponent up to here is written out as so many zeros."""
_LEAD = 24


def keep(_column: str, text: str) -> str:
    """Return the text as it is: the redaction of tests."""
    return text


def render(column: str, value: Value, redact: Redact = keep) -> str:
    """Return one value of a column as bounded text."""
    return _cut(_redacted(column, value, 0, redact))


def render_pair(column: str, old: Value, new: Value, redact: Redact = keep) -> tuple[str, str]:
    """Return two values of a column as bounded text; long ones from shortly before their first difference."""
    start = 0
    if isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) > SHOWN:
        same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        # Whole words before the difference are kept, so that the redaction still recognises what it must hide.
        start = max(0, old.rfind(" ", 0, max(0, same - _LEAD)) + 1) if same > SHOWN - _LEAD else 0
    return _cut(_redacted(column, old, start, redact)), _cut(_redacted(column, new, start, redact))


def render_key(names: tuple[str, ...], key: Row, redact: Redact = keep) -> str:
    """Return a key as `id=7, region="eu"`."""
    return ", ".join(f"{name}={render(name, part, redact)}" for name, part in zip(names, key, strict=True))


def render_row(names: tuple[str, ...], row: Row, redact: Redact = keep) -> str:
    """Return a row as `id=7, name="x"`, cut like a value."""
    return _cut(render_key(names[:40], row[:40], redact))


def _redacted(column: str, value: Value, start: int, redact: Redact) -> str:
    match value:
        case None:
            return "NULL"
        case str():
            text = redact(column, value[start : start + _SCANNED])
            lead = "…" if start else ""
            note = f" ({len(value):,} characters)" if len(value) > SHOWN else ""
            quoted = json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)
            return f"{lead}{_cut(quoted)}{note}"
        case bool():
            return "true" if value else "false"
        case bytes():
            # Text in a blob must not slip past the redaction in hexadecimal.
            text = value[:_SCANNED].decode("latin-1")
            if (clean := redact(column, text)) != text:
                return f"{clean} ({len(value):,} bytes)"
            return f"0x{value[:40].hex()}{'…' if len(value) > 40 else ''} ({len(value):,} bytes)"
        case datetime() | date() | time():
            return redact(column, value.isoformat())
        case _ if value is MISSING:
            return "missing"
        case Decimal() if value.is_finite() and 0 < int(value.as_tuple().exponent) <= _ZEROS:
            # Engines hand 20000000000 over as 2E+10: the other side's digits stand beside it.
            return redact(column, f"{value:f}")
        case _:
            return redact(column, str(value)[:_SCANNED])


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN + 40 else f"{text[:SHOWN]}…"
