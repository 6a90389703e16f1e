"""A line cut into pieces, so that what was redacted and what changed can be shown as such."""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec

# The stand-in of a secret: what it was and a keyed hash of it, `‹email:3f9a1c20›`. Equal hashes are equal values.
_MARK = re.compile(r"‹[a-z0-9_-]+:[0-9a-f]+›")


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a line. `look` names a CSS class: empty, `chg` (changed), `red` (redacted) or both."""

    text: str
    look: str


def pieces_of(line: str, begin: int = 0, end: int = 0) -> tuple[Piece, ...]:
    """Cut a line at placeholders and at the changed stretch [begin, end)."""
    cuts = {0, len(line)}
    if begin < end:
        cuts |= {begin, end}
    hidden = [match.span() for match in _MARK.finditer(line)]
    cuts |= {edge for span in hidden for edge in span}
    edges = sorted(cuts)
    return tuple(
        Piece(text=line[a:b], look=_look(begin <= a < end, any(x <= a < y for x, y in hidden)))
        for a, b in pairwise(edges)
    )


def _look(changed: bool, redacted: bool) -> str:
    return " ".join(name for name, holds in (("chg", changed), ("red", redacted)) if holds)
