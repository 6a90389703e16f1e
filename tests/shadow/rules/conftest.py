"""History for the tests of rules: exchanges through the real comparer into a real ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from shadow.compare.pipeline import Comparer
from shadow.config.model import Compare, Config, Ledger, Primary, Rule, ShadowLeg
from shadow.config.rulebook import rulebook_digest, rulebook_of, rulebook_text
from shadow.endpoints import build_endpoint_map
from shadow.ledger.evidence import Evidence
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.records import Exchange, Leg, LegAnswer, LegResult, LegState, RequestCopy, ResponseCopy
from shadow.redact import Redactor

START = 1_772_366_400.0  # 2026-03-01, noon UTC
HOUR = 3600.0

Pair = tuple[Any, ...]
"""Old and new body, then optionally the secondary's body, then the target."""


def rule_of(name: str = "r1", path: str = "$.note", **fields: Any) -> Rule:
    """Return a rule for every endpoint that is in force in March 2026."""
    given: dict[str, Any] = {
        "endpoint": "*", "owner": "ann", "reason": "agreed", "created": "2026-01-01", "expires": "2026-06-30"
    }  # fmt: skip
    return Rule(id=name, path=path, **(given | fields))


def compare_of(*rules: Rule, unordered: tuple[str, ...] = (), **fields: Any) -> Compare:
    """Return the settings with these rules."""
    return Compare(**{"deadline_s": 30.0, "self_proof_ratio": 0.0, **fields}, rules=rules, unordered=unordered)


def leg_of(leg: str, body: object, status: int = 200) -> LegAnswer:
    """Return an answer; a body that is a tuple is (status, body)."""
    if isinstance(body, tuple):
        status, body = body
    raw = json.dumps(body).encode()
    response = ResponseCopy(status=status, headers=((b"content-type", b"application/json"),), body=raw)
    result = LegResult(
        leg=Leg(leg), state=LegState.answered, status=status, duration_s=0.01, body_bytes=len(raw), build="b"
    )
    return LegAnswer(result=result, response=response)


def exchange_of(seq: int, at: float, pair: Pair, **request: Any) -> Exchange:
    """Return one exchange."""
    old, new, *more = pair
    secondary = more[0] if more else None
    target = more[1] if len(more) > 1 else b"/orders/7"
    return Exchange(
        lane="l", seq=seq, started_at=at, client="c", request=RequestCopy(method="GET", target=target, **request),
        primary=leg_of("primary", old), candidate=leg_of("candidate", new),
        secondary=None if secondary is None else leg_of("secondary", secondary),
    )  # fmt: skip


class History:
    """A ledger that grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seq = 0

    def record(self, compare: Compare, pairs: Iterable[Pair], at: float = START + 600, **request: Any) -> None:
        """Compare under these rules, and store what came out."""
        config = Config(
            primary=Primary(url="http://old:1", build="p"), candidate=ShadowLeg(url="http://new:2", build="c"),
            secondary=ShadowLeg(url="http://old:3", build="p"), compare=compare,
        )  # fmt: skip
        comparer = Comparer(config, build_endpoint_map(config), Redactor(config.redact, b"k"))
        observations = []
        for pair in pairs:
            self.seq += 1
            observations.append(comparer.observe(exchange_of(self.seq, at, pair, **request)))
        book = rulebook_of(compare)
        with LedgerWriter.open(self.path, Ledger(), "k") as writer:
            writer.record_rulebook(rulebook_digest(book), rulebook_text(book), at)
            writer.commit(observations, now=at)

    def read(self) -> Evidence:
        """Return all of it."""
        return read_evidence(self.path, at=START + 86400)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "ledger.db")


@pytest.fixture
def rule() -> Callable[..., Rule]:
    return rule_of


@pytest.fixture
def compare() -> Callable[..., Compare]:
    return compare_of


@pytest.fixture
def start() -> float:
    return START
