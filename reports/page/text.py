"""Text from outside as it may be shown: every character visible, every length bounded.

Markup is not escaped here; the templates escape everything they print.
"""

from __future__ import annotations

import re

# Controls (but for newline and tab), lone surrogates, and what reorders or hides its surroundings: a reviewer must
# see that they are there.
_UNSEEN = re.compile(
    "([\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f])\\1*"
)


def visible(text: str) -> str:
    """Replace control, surrogate, direction and zero-width characters by names such as `⟦U+202E⟧`, `⟦U+0000 ×9⟧`."""
    return _UNSEEN.sub(_named, text)


def _named(match: re.Match[str]) -> str:
    times = len(match[0])
    return f"⟦U+{ord(match[1]):04X}⟧" if times == 1 else f"⟦U+{ord(match[1]):04X} ×{times:,}⟧"


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
        parts.append(f"and {plural(held - shown, f'more {noun}')}, in the JSON document")
    if total > held > 0:
        parts.append(f"and {plural(total - held, f'more {noun}')}, counted but not kept")
    return "; ".join(parts)


def plural(n: int, one: str, many: str = "") -> str:
    """`1 gap`, `2 gaps`, `1,204 gaps`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
