"""The keys by which differences and sets of differences are grouped: short hashes that never change. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

from shadow.ledger.evidence import SetMember

Member = tuple[str, str, str]  # signature id, disposition, by


@lru_cache(maxsize=65536)
def signature_id(endpoint: str, group: str, kind: str) -> str:
    """Return the id of a signature: 16 hex digits of BLAKE2b over the three length-prefixed texts."""
    return _digest((endpoint, group, kind))


def set_id(members: Iterable[SetMember]) -> str:
    """Return the id of a set of signatures with what covered each; the order of the members does not matter."""
    return set_id_of(tuple(sorted((member.signature, member.disposition.value, member.by) for member in members)))


@lru_cache(maxsize=16384)
def set_id_of(members: tuple[Member, ...]) -> str:
    """Return the id of sorted members; `set_id` without the records."""
    return _digest(text for member in members for text in member)


def _digest(texts: Iterable[str]) -> str:
    hashed = blake2b(digest_size=8)
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass")
        hashed.update(len(raw).to_bytes(4, "big") + raw)
    return hashed.hexdigest()
