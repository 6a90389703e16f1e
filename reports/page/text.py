"""Text from outside as it may be shown: every character visible, every length bounded.

Markup is not escaped here; the templates escape everything they print.
"""

from __future__ import annotations

from reports.words import count
from shadow.visible import visible as visible


def clip(text: str, limit: int) -> str:
    """The visible text, cut after `limit` characters with an ellipsis that says how many are missing."""
    shown = visible(text[: limit + 1])
    if len(text) <= limit and len(shown) <= limit * 2:
        return shown
    kept = shown[:limit]
    return f"{kept}… (+{len(text) - limit:,})" if len(text) > limit else f"{kept}…"


def one_line(text: str, limit: int) -> str:
    """As `clip`, with every run of white space made one space."""
    return clip(" ".join(text[: limit * 4].split()), limit)


def left_out(held: int, shown: int, total: int, noun: str) -> str:
    """What a list does not show: of `held` in the document `shown` are on the page, `total` were ever counted."""
    parts = []
    if held > shown:
        parts.append(f"and {count(held - shown, f'more {noun}')}, in the JSON document")
    if total > held > 0:
        parts.append(f"and {count(total - held, f'more {noun}')}, counted but not kept")
    return "; ".join(parts)
