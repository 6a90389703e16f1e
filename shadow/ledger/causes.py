"""What requests were like, counted beside the signatures they led to, and the smallest request of each. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from shadow.ledger.caps import Cap
from shadow.ledger.epochs import Builds
from shadow.ledger.evidence import Smallest
from shadow.ledger.signature import Member
from shadow.records import Disposition, Message, Observation, Outcome

MAX_FEATURES = 20_000
MAX_FEATURES_PER_ENDPOINT = 60
MAX_FEATURES_PER_REQUEST = 24

COMPARED = frozenset({Outcome.mismatch, Outcome.expected, Outcome.noise_only, Outcome.match})

FeatureKey = tuple[Builds, str, str, str]
"""Builds, endpoint, signature (empty: exchanges that did not fail, a sample of them), feature (empty: any)."""

SmallestKey = tuple[Builds, str]
"""Builds and signature."""


class Memory(msgspec.Struct, kw_only=True):
    """What the writer remembers: the names it knows, and how small the smallest requests are."""

    names: Cap
    smallest: dict[SmallestKey, int]


def new_memory(
    names: Iterable[tuple[str, str]] = (), smallest: dict[SmallestKey, int] | None = None
) -> Memory:
    """Return a memory of (endpoint + NUL + feature, endpoint) and sizes."""
    return Memory(names=Cap(MAX_FEATURES, MAX_FEATURES_PER_ENDPOINT, names), smallest=smallest or {})


class Causes:
    """What one commit adds."""

    __slots__ = ("counts", "smallest")

    def __init__(self) -> None:
        self.counts: dict[FeatureKey, int] = {}
        self.smallest: dict[SmallestKey, Smallest] = {}

    def see(
        self, observation: Observation, members: Iterable[Member], memory: Memory, builds: Builds, endpoint: str
    ) -> None:
        """Count the features of one compared exchange: of a failing one for each signature left open in it, of others
        for the endpoint."""
        if observation.outcome not in COMPARED or not observation.features:
            return
        opened: set[str] = set()
        if observation.outcome is Outcome.mismatch:
            opened = {signature for signature, disposition, _ in members if disposition == Disposition.open.value}
        given = observation.features[:MAX_FEATURES_PER_REQUEST]
        names = ["", *(name for name in given if memory.names.admit(f"{endpoint}\0{name}", endpoint))]
        for signature in opened if observation.outcome is Outcome.mismatch else ("",):
            for name in names:
                key = (builds, endpoint, signature, name)
                self.counts[key] = self.counts.get(key, 0) + 1
        example = observation.example
        if example is not None:
            for signature in opened:
                self._offer((builds, signature), observation, example.request, memory)

    def _offer(self, key: SmallestKey, observation: Observation, request: Message, memory: Memory) -> None:
        size = observation.request_bytes
        if size > 0 and size < memory.smallest.get(key, size + 1):
            memory.smallest[key] = size
            self.smallest[key] = Smallest(bytes=size, seen_at=observation.started_at, request=request)
