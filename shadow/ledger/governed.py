"""What a block knows about the rules: which were in force, which had something to cover, what blinded a self-proof."""

from __future__ import annotations

from collections.abc import Iterable

from shadow.ledger.caps import OTHER
from shadow.ledger.signature import Member
from shadow.records import Disposition, Observation

BY_RULE = frozenset({Disposition.ignored.value, Disposition.tolerated.value, Disposition.expected.value})
MAX_RULES = 2_000
"""Rule ids, digests of rule books and names of proofs that one commit may bring; further ones become `_other`."""


class Governed:
    """Counts of one epoch, block and endpoint.

    `rules`: exchanges with an outcome of the comparison, by the digest of the rules in force. `hits`: exchanges in
    which a rule covered something, by rule. `proofs`: mutations by name, whether they were noticed, and what blinded
    the comparison.
    """

    __slots__ = ("hits", "proofs", "rules")

    def __init__(self) -> None:
        self.rules: dict[str, int] = {}
        self.hits: dict[str, int] = {}
        self.proofs: dict[tuple[str, bool, str], int] = {}

    def see(self, observation: Observation) -> None:
        """Count what one observation says of itself."""
        if observation.rules:
            _add(self.rules, observation.rules)
        for proof in observation.proofs:
            key = (proof.mutation, proof.detected, proof.by)
            if key not in self.proofs and len(self.proofs) >= MAX_RULES:
                key = (proof.mutation, proof.detected, OTHER)
            self.proofs[key] = self.proofs.get(key, 0) + 1

    def cover(self, members: Iterable[Member]) -> None:
        """Count each rule that covered something in one exchange, once."""
        for rule in {by for _, disposition, by in members if by and disposition in BY_RULE}:
            _add(self.hits, rule)


def _add(counts: dict[str, int], key: str) -> None:
    if key not in counts and len(counts) >= MAX_RULES:
        key = OTHER
    counts[key] = counts.get(key, 0) + 1
