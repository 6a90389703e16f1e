"""The digest that binds a judgement to its evidence: SHA-256 over canonical JSON."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from shadow.ledger.evidence import Evidence

ENCODER = msgspec.json.Encoder(order="deterministic")

CHUNK = 4096
"""Lines hashed at once."""

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
        if isinstance(value, tuple):
            # One line a row, since JSON escapes line ends; a million rows take a second.
            lines = ENCODER.encode_lines(value).split(b"\n")
            lines.sort()
            for start in range(0, len(lines), CHUNK):
                found.update(b"\n".join(lines[start : start + CHUNK]) + b"\n")
        else:
            found.update(ENCODER.encode(value))
        found.update(b"\0")
    return found.hexdigest()
