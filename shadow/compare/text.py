"""Compare bodies that are no JSON: text by lines, everything else by digest and length."""

from __future__ import annotations

import hashlib
from difflib import SequenceMatcher

from shadow.compare.found import ABSENT, Found
from shadow.compare.kinds import name_texts
from shadow.compare.media.sniff import sniff
from shadow.records import Kind

_AROUND = 2
_MAX_LINE = 300
_MOST_LINES = 1000


def compare_text(old: str, new: str) -> list[Found]:
    """Compare two texts; at most one difference, at `body`, with an excerpt from the first differing line on.

    The note counts the lines that came, went and changed, by the longest matching blocks (Ratcliff/Obershelp).
    Cannot see: how many differences there are in texts of more than a thousand lines.
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
    more = _count(a, b)
    if more:
        where += f", {more}"
    return [
        Found(
            kind=kind, area="body", old=_shown(_excerpt(a, first), kind), new=_shown(_excerpt(b, first), kind),
            note=f"{note}; {where}" if note else where,
        )
    ]  # fmt: skip


def _count(old: list[str], new: list[str]) -> str:
    """Say how many lines came, went and changed; nothing where one did, or where they are too many to align."""
    if max(len(old), len(new)) > _MOST_LINES:
        return ""
    gone = added = changed = 0
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            both = min(j - i, m - k)
            changed, gone, added = changed + both, gone + j - i - both, added + m - k - both
    if changed + gone + added < 2:
        return ""
    said = ((changed, "changed"), (gone, "gone"), (added, "added"))
    return ", ".join(f"{n} {word}" for n, word in said if n) + " in all"


def compare_binary(old: bytes, new: bytes) -> list[Found]:
    """Compare two binary bodies by their bytes; shown are length and digest, and what they look like."""
    if old == new:
        return []
    if not old or not new:
        return [presence(digest_of(old) if old else ABSENT, digest_of(new) if new else ABSENT)]
    first, second = sniff(old), sniff(new)
    note = "bytes differ" if first == second else f"{first or 'unknown bytes'} became {second or 'unknown bytes'}"
    kind = Kind.value if first == second else Kind.type
    return [Found(kind=kind, area="body", old=digest_of(old), new=digest_of(new), note=note)]


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
