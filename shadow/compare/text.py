"""Compare bodies that are no JSON: text by lines, everything else by digest and length."""

from __future__ import annotations

import hashlib

from shadow.compare.found import ABSENT, Found
from shadow.compare.kinds import name_texts
from shadow.records import Kind

_AROUND = 2
_MAX_LINE = 300


def compare_text(old: str, new: str) -> list[Found]:
    """Compare two texts; at most one difference, at `body`, with an excerpt from the first differing line on.

    Cannot see: how many differences there are; markup is compared as it is written.
    """
    if old == new:
        return []
    if not old or not new:
        return [presence(old or ABSENT, new or ABSENT)]
    kind, note = name_texts(old, new) or (Kind.value, "")
    a, b = old.split("\n"), new.split("\n")
    pairs = zip(a, b, strict=False)
    first = next((at for at, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))
    where = f"first differing line {first + 1} of {max(len(a), len(b))}"
    return [
        Found(
            kind=kind, area="body", old=_shown(_excerpt(a, first), kind), new=_shown(_excerpt(b, first), kind),
            note=f"{note}; {where}" if note else where,
        )
    ]  # fmt: skip


def compare_binary(old: bytes, new: bytes) -> list[Found]:
    """Compare two binary bodies by their bytes; shown are length and digest."""
    if old == new:
        return []
    if not old or not new:
        return [presence(digest_of(old) if old else ABSENT, digest_of(new) if new else ABSENT)]
    return [Found(kind=Kind.value, area="body", old=digest_of(old), new=digest_of(new), note="bytes differ")]


def presence(old: object, new: object) -> Found:
    """Return the difference of a body against none; one of both is ABSENT."""
    if old is ABSENT:
        return Found(kind=Kind.extra, area="body", old=old, new=new, note="only the new side has a body")
    return Found(kind=Kind.missing, area="body", old=old, new=new, note="the new side has no body")


def digest_of(body: bytes) -> str:
    """Return length and digest in words."""
    return f"{len(body)} bytes, sha256 {hashlib.sha256(body).hexdigest()[:16]}"


def _shown(excerpt: str, kind: Kind) -> str:
    """Make visible what the difference is about: two excerpts that look alike explain nothing."""
    if kind is not Kind.whitespace:
        return excerpt
    return excerpt.replace("\r", "\\r").replace("\t", "\\t").replace("\n", "\\n")


def _excerpt(lines: list[str], at: int) -> str:
    return "\n".join(line[:_MAX_LINE] for line in lines[at : at + _AROUND])
