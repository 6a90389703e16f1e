"""The bounds of a run in its checkpoint: how a pair was cut into ranges of keys, and which keys may be written down.

Text that is a key may be somebody's address: it is never written into a ledger.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import msgspec

from verify.checkpoint import Checkpoint
from verify.equality.values import ObjectKey
from verify.store import Key


class _Cut(msgspec.Struct, frozen=True):
    """What is kept of the plan: what is compared (hashed) and the bounds."""

    compared: bytes
    bounds: list[list[Any]]


def kept_bounds(checkpoint: Checkpoint, compared: str) -> tuple[Key, ...] | None:
    """Return the bounds of the run that was killed, None where none is kept or it compared something else."""
    plan = checkpoint.plan()
    if plan is None:
        return None
    cut = msgspec.msgpack.decode(plan, type=_Cut)
    return tuple(tuple(map(unpack_key, key)) for key in cut.bounds) if cut.compared == _mark(compared) else None


def keep_bounds(checkpoint: Checkpoint, compared: str, bounds: tuple[Key, ...]) -> bool:
    """Keep the bounds of a run that begins; return whether its keys can be kept."""
    packed = [[pack_key(part) for part in key] for key in bounds]
    if any(part is None for key in packed for part in key):
        return False
    checkpoint.begin(msgspec.msgpack.encode(_Cut(_mark(compared), packed)))
    return True


def _mark(compared: str) -> bytes:
    return hashlib.blake2b(compared.encode(), digest_size=16).digest()


def pack_key(part: Any) -> Any:
    """Return the form in which a part of a key is kept, None where it must not be kept."""
    if isinstance(part, uuid.UUID):
        return {"uuid": str(part)}
    if isinstance(part, ObjectKey):
        return {"key": part.binary}
    if type(part).__name__ == "ObjectId":  # BSON's, which is imported where it is needed only
        return {"oid": part.binary}
    return part if isinstance(part, int) else None


def unpack_key(part: Any) -> Any:
    """Return a part of a key from its kept form."""
    match part:
        case {"uuid": text}:
            return uuid.UUID(text)
        case {"key": binary}:
            return ObjectKey(binary)
        case {"oid": binary}:
            from bson import ObjectId

            return ObjectId(binary)
    return part
