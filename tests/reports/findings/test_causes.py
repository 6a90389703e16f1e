"""What the requests behind a difference have in common, on shapes as traffic has them."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reports.findings.causes import Cause, chi_square, find_causes
from reports.judge import judge
from shadow.compare.pipeline import Comparer
from shadow.config.model import Compare, Config, Ledger, Primary, ShadowLeg
from shadow.endpoints import build_endpoint_map
from shadow.ledger.evidence import Evidence, FeatureRow
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.records import Exchange, Leg, LegAnswer, LegResult, LegState, RequestCopy, ResponseCopy
from shadow.redact import Redactor

AT = 1_772_366_400.0
AGENTS = (b"okhttp/4.9", b"Mozilla/5.0 (X11)", b"curl/8.5", b"python-requests/2.31")
TENANTS = (b"acme-corp", b"globex", b"initech")


def leg(name: str, body: object) -> LegAnswer:
    raw = json.dumps(body).encode()
    headers = ((b"content-type", b"application/json"),)
    result = LegResult(leg=Leg(name), state=LegState.answered, status=200, duration_s=0.01, build="b")
    return LegAnswer(result=result, response=ResponseCopy(status=200, headers=headers, body=raw))


def traffic(wrong: Any, path: Path, n: int = 400) -> Evidence:
    """Orders as clients ask for them: with and without parameters, of several clients and tenants. `wrong` tells of a
    request (its parameters, agent, tenant) whether the candidate answers it wrong."""
    random = Random(7)
    config = Config(
        primary=Primary(url="http://old:1", build="p"), candidate=ShadowLeg(url="http://new:2", build="c"),
        compare=Compare(deadline_s=30.0, self_proof_ratio=0.0),
    )  # fmt: skip
    comparer = Comparer(config, build_endpoint_map(config), Redactor(config.redact, b"k"))
    observations = []
    for seq in range(1, n + 1):
        names = [name for name in ("expand", "page", "limit", "token") if random.random() < 0.4]
        agent, tenant = random.choice(AGENTS), random.choice(TENANTS)
        query = "&".join(f"{name}={random.randrange(10**6)}" for name in names)
        headers = [(b"User-Agent", agent), (b"X-Tenant-Id", tenant)]
        if random.random() < 0.5:
            headers.append((b"Authorization", b"Bearer s3cr3t-s3cr3t"))
        signed = len(headers) == 3
        body = {"id": seq, "total": 5, "lines": ["x" * random.choice((10, 3000))]}
        bad = wrong(names, agent, tenant, signed, len(body["lines"][0]))  # type: ignore[index]
        request = RequestCopy(
            method="GET", target=f"/orders/{seq}{'?' if query else ''}{query}".encode(), headers=tuple(headers)
        )
        observations.append(
            comparer.observe(
                Exchange(
                    lane="l", seq=seq, started_at=AT, client="c", request=request, primary=leg("primary", body),
                    candidate=leg("candidate", {**body, "total": 6} if bad else body),
                )
            )
        )  # fmt: skip
    with LedgerWriter.open(path, Ledger(), "k") as writer:
        writer.commit(observations, now=AT)
    return read_evidence(path, at=AT + 60)


@pytest.mark.parametrize(
    ("wrong", "feature", "is_absence"),
    [
        (lambda names, agent, tenant, signed, size: "expand" in names, "parameter expand", False),
        (lambda names, agent, tenant, signed, size: "page" not in names, "parameter page", True),
        (lambda names, agent, tenant, signed, size: agent.startswith(b"okhttp"), "agent okhttp", False),
        (lambda names, agent, tenant, signed, size: not signed, "header authorization", True),
        (lambda names, agent, tenant, signed, size: size > 1000, "answer <16KiB", False),
    ],
)
def test_the_feature_that_makes_the_difference(wrong: Any, feature: str, is_absence: bool, tmp_path: Path) -> None:
    (cause,) = find_causes(traffic(wrong, tmp_path / "l.db")).values()
    assert (cause.feature, cause.is_absence, cause.strength) == (feature, is_absence, 1.0) or (
        feature.startswith("answer") and cause.feature.startswith("answer") and cause.strength == 1.0
    )


def test_one_tenant(tmp_path: Path) -> None:
    """A tenant is told apart and never named."""
    evidence = traffic(lambda names, agent, tenant, signed, size: tenant == b"globex", tmp_path / "l.db")
    (cause,) = find_causes(evidence).values()
    assert cause.feature.startswith("tenant ‹tenant:") and cause.strength == 1.0
    raw = (tmp_path / "l.db").read_bytes()
    assert b"globex" not in repr(evidence.features).encode() and b"s3cr3t" not in raw


def test_most_of_it(tmp_path: Path) -> None:
    """The cause need not be perfect."""
    random = Random(3)
    evidence = traffic(
        lambda names, agent, tenant, signed, size: "limit" in names and random.random() < 0.7, tmp_path / "l.db"
    )
    (cause,) = find_causes(evidence).values()
    assert (cause.feature, cause.hits) == ("parameter limit", cause.n)
    assert 0.6 < cause.strength < 1.0
    assert cause.sentence().startswith("100 % of the requests that show it are with parameter limit")


def test_no_cause_is_made_up(tmp_path: Path) -> None:
    """Where it hits at random, or always, nothing is said."""
    random = Random(5)
    evidence = traffic(lambda *_: random.random() < 0.3, tmp_path / "a.db")
    assert find_causes(evidence) == {}
    assert find_causes(traffic(lambda *_: True, tmp_path / "b.db")) == {}


def test_the_finding_tells_it(config_of: Any, tmp_path: Path) -> None:
    evidence = traffic(lambda names, agent, tenant, signed, size: "expand" in names, tmp_path / "l.db")
    result = judge(evidence, config_of(), at=AT + 60, tool_version="1")
    (finding,) = [each for each in result.findings if each.path == "body:$.total"]
    assert "are with parameter expand" in finding.cause
    assert finding.smallest is not None and "expand=" in finding.smallest.start
    assert finding.first_at == finding.last_at == AT
    assert finding.share is not None and 0.2 < finding.share < 0.6
    assert finding.smallest_bytes > 0


def test_chi_square() -> None:
    """Against a table worked out by hand: 30 of 40 and 10 of 60 give 34.03 (Pearson, without correction)."""
    assert chi_square(30, 40, 10, 60) == pytest.approx(34.0278, abs=1e-3)
    assert chi_square(0, 40, 0, 60) == chi_square(40, 40, 60, 60) == 0.0


def test_in_words() -> None:
    cause = Cause(feature="parameter full", is_absence=False, hits=36, n=36, others_hits=4, others_n=1000)
    assert cause.sentence() == (
        "100 % of the requests that show it are with parameter full (36 of 36), 0.4 % of those that agree (4 of 1,000)."
    )


@pytest.mark.parametrize(("times", "found"), [(1, False), (10, True)])
def test_few_requests_are_no_cause(evidence_of: Any, times: int, found: bool) -> None:
    """Three of five against one of six may well be chance; thirty of fifty against ten of sixty are not."""
    counts = {("s", ""): 5, ("s", "parameter full"): 3, ("", ""): 6, ("", "parameter full"): 1}
    features = tuple(
        FeatureRow(endpoint="GET /a", signature=signature, name=name, n=n * times)
        for (signature, name), n in counts.items()
    )
    assert bool(find_causes(evidence_of({}, features=features))) is found
