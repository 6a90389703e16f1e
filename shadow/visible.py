"""Text from outside with every character visible: what reorders or hides its surroundings is named instead."""

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
