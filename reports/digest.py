"""The digest that binds a judgement to its evidence: SHA-256 over canonical JSON."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from shadow.ledger.evidence import Evidence

ENCODER = msgspec.json.Encoder(order="deterministic")

UNBOUND = frozenset({"path", "read_at", "since", "until"})
"""Where and when the evidence was read is no part of what it says."""


def evidence_digest(evidence: Evidence) -> str:
    """Return the digest of the evidence, the same in whatever order its rows were read."""
    found = sha256()
    for name in sorted(evidence.__struct_fields__):
        if name in UNBOUND:
            continue
        value = getattr(evidence, name)
        found.update(name.encode() + b"\0")
        parts = sorted(map(ENCODER.encode, value)) if isinstance(value, tuple) else [ENCODER.encode(value)]
        for part in parts:
            found.update(part + b"\0")
    return found.hexdigest()
