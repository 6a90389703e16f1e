"""Will the evidence be able to decide? Pure: looks at the configuration and the given day only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from shadow.config import Config
from shadow.doctor.check import Check, ok, warn

SOON = timedelta(days=7)
MIN_KEY_CHARACTERS = 16


def evidence_checks(config: Config, today: date) -> Iterator[Check]:
    """Yield what the configuration means for the evidence: builds, noise, redaction, rules, thresholds.

    Cannot see: what the legs really run, and whether any traffic will come.
    """
    yield from _builds(config)
    yield _secondary(config)
    yield _redaction_key(config)
    yield from _rules(config, today)
    if config.gate.parity is not None and config.gate.parity.min_ratio == 1:
        yield warn(
            "gate parity",
            "gate.parity.min_ratio is 1: no amount of evidence can show that nothing ever differs.",
            "Use 0.999 or less.",
        )
    if config.gate.data is not None and config.verify is None:
        yield warn(
            "gate data",
            "the gate asks for data checks, but nothing is configured to verify.",
            "Add a `verify` section, or set `gate: {data: null}`.",
        )


def _builds(config: Config) -> Iterator[Check]:
    for name in ("primary", "candidate"):
        leg = getattr(config, name)
        if leg.build_header:
            yield ok(f"{name} build", f"is told by the response header {leg.build_header}.")
        elif leg.build:
            yield ok(f"{name} build", f"is configured: {leg.build}.")
        else:
            yield warn(
                f"{name} build",
                "is unknown, and evidence without a build makes the gate inconclusive.",
                f"Set {name}.build or {name}.build_header.",
            )
    primary, candidate = config.primary, config.candidate
    if primary.build and primary.build == candidate.build and not (primary.build_header or candidate.build_header):
        yield warn(
            "builds differ", f"primary and candidate both claim the build {primary.build}.", "Correct one of them."
        )


def _secondary(config: Config) -> Check:
    if config.secondary is not None:
        return ok("secondary", "noise is measured, and latency is compared like for like.")
    lost = "noise cannot be told from differences"
    if config.gate.latency is not None and config.gate.latency.against == "secondary":
        lost += ", and the latency criterion will be inconclusive"
    return warn("secondary", f"there is none: {lost}.", "Run a second copy of the old build and name it.")


def _redaction_key(config: Config) -> Check:
    key = config.redact.key
    remedy = "Set redact.key to ${SHADOW_REDACTION_KEY}, a secret made with `openssl rand -hex 32`."
    if not key:
        return warn("redaction key", "is not set: one is kept in a file beside the ledger it protects.", remedy)
    if len(key) < MIN_KEY_CHARACTERS:
        return warn("redaction key", f"is short ({len(key)} characters), so hashes could be guessed.", remedy)
    return ok("redaction key", "is set.")


def _rules(config: Config, today: date) -> Iterator[Check]:
    for rule in config.compare.rules:
        expires = date.fromisoformat(rule.expires)
        remedy = f"Ask {rule.owner} to renew or to remove it."
        if expires < today:
            yield warn(f"rule {rule.id}", f"expired on {rule.expires} and covers nothing any more.", remedy)
        elif expires - today <= SOON:
            yield warn(f"rule {rule.id}", f"expires on {rule.expires}.", remedy)
