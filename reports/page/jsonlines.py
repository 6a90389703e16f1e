"""JSON text laid out one value a line, every literal kept as it was sent (`1.10` stays `1.10`).

Works on tokens, so that a body that was cut, or that is only nearly JSON, still gets lines.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_INDENT = "  "
_DEEPEST = 32
_OPEN = frozenset("{[")
_CLOSE = frozenset("}]")


def is_json(text: str) -> bool:
    """Whether the text is laid out as JSON: it begins like an object or an array."""
    return text.lstrip()[:1] in ("{", "[")


def lines_of(text: str) -> list[str]:
    """The text as lines: laid out when it looks like a JSON object or array, else split at its own newlines."""
    return _laid_out(text.strip()) if is_json(text) else text.split("\n") if text else []


def _laid_out(text: str) -> list[str]:
    lines: list[str] = []
    current = ""
    depth = 0
    before = ""
    found: list[str] = _TOKEN.findall(text)
    for part, after in zip(found, [*found[1:], ""], strict=True):
        if part in _OPEN and after not in _CLOSE:
            lines.append(current + part)
            depth += 1
            current = _pad(depth)
        elif part in _OPEN or (part in _CLOSE and before in _OPEN):
            current += part
        elif part in _CLOSE:
            if current.strip():
                lines.append(current)
            depth = max(depth - 1, 0)
            current = _pad(depth) + part
        elif part == ",":
            lines.append(current + part)
            current = _pad(depth)
        elif part == ":":
            current += ": "
        else:
            # Two values side by side are not JSON; keep them apart rather than glue them.
            current += part if not current.strip() or current.endswith(": ") else f" {part}"
        before = part
    if current.strip():
        lines.append(current)
    return lines


def _pad(depth: int) -> str:
    return _INDENT * min(depth, _DEEPEST)
