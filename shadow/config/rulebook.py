"""The rules in force as one record with a digest, so that evidence can name the rules it was recorded under. Pure."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from shadow.config.model import Compare, Rule
from shadow.config.section import Section

# What says who, why and where is no part of what a rule does.
_SAID = ("owner", "reason", "created", "ticket")
_encoder = msgspec.json.Encoder(order="deterministic")


class RulesFile(Section, frozen=True, kw_only=True):
    """The whole of a `rules.yaml`."""

    rules: tuple[Rule, ...] = ()


class Rulebook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All rules, in order, and the lists whose order means nothing."""

    rules: tuple[Rule, ...] = ()
    unordered: tuple[str, ...] = ()


def rulebook_of(compare: Compare) -> Rulebook:
    """Return the book of a configuration."""
    return Rulebook(rules=compare.rules, unordered=compare.unordered)


def rulebook_digest(book: Rulebook) -> str:
    """Return 16 hex digits of BLAKE2b over all that decides what the rules cover; owner, reason, ticket and day of
    creation may be corrected without changing it."""
    meant = [{k: v for k, v in msgspec.to_builtins(rule).items() if k not in _SAID} for rule in book.rules]
    return blake2b(_encoder.encode([meant, book.unordered]), digest_size=8).hexdigest()


def rulebook_text(book: Rulebook) -> str:
    """Return the book as the ledger keeps it."""
    return _encoder.encode(book).decode()


def parse_rulebook(text: str) -> Rulebook | None:
    """Return a book from the ledger, or None where another version of Shadow wrote what this one cannot read."""
    try:
        return msgspec.json.decode(text, type=Rulebook)
    except msgspec.DecodeError:
        return None
