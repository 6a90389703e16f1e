"""What the report is about: builds, window, digests, version; and who may approve it."""

from __future__ import annotations

import msgspec

from reports.document import Identity
from reports.page.text import one_line
from reports.page.times import between, duration, instant, machine

UNKNOWN = "unknown"


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """A digest, short for reading and whole for copying."""

    short: str
    whole: str


class IdentityBlock(msgspec.Struct, frozen=True, kw_only=True):
    """The identity as text. `is_whole` is False where a build is unknown."""

    primary_build: str
    candidate_build: str
    is_whole: bool
    window: str
    window_length: str
    judged_at: str
    judged_machine: str
    tool_version: str
    ledger_id: str
    config_digest: Digest
    evidence_digest: Digest
    schema_version: str
    profile: str


def identity_of(identity: Identity, schema_version: int, profile: str = "") -> IdentityBlock:
    """Build the identity block; an empty build is said to be unknown."""
    return IdentityBlock(
        primary_build=one_line(identity.primary_build, 60) or UNKNOWN,
        candidate_build=one_line(identity.candidate_build, 60) or UNKNOWN,
        is_whole=bool(identity.primary_build and identity.candidate_build),
        window=between(identity.since, identity.until),
        window_length=duration(max(identity.until - identity.since, 0.0)),
        judged_at=instant(identity.at),
        judged_machine=machine(identity.at),
        tool_version=one_line(identity.tool_version, 40) or UNKNOWN,
        ledger_id=one_line(identity.ledger_id, 80) or UNKNOWN,
        config_digest=_digest(identity.config_digest),
        evidence_digest=_digest(identity.evidence_digest),
        schema_version=str(schema_version),
        profile=one_line(profile, 60) or "none",
    )


def _digest(text: str) -> Digest:
    whole = one_line(text, 160) or UNKNOWN
    algorithm, colon, value = whole.rpartition(":")
    short = value if len(value) <= 16 else f"{value[:12]}…"
    return Digest(short=f"{algorithm}{colon}{short}", whole=whole)
