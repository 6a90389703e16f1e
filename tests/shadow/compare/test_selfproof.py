"""Self-proof: mistakes are noticed, and what is not is put down to what blinded the comparison."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from shadow.compare.mutations import BODY_MUTATIONS, OTHER_MUTATIONS
from shadow.compare.selfproof import SelfProof
from shadow.config.model import Compare, Rule
from shadow.records import Exchange, Observation, Outcome, Proof
from tests.shadow.compare.made import JSON, answer, exchange

ORDER = {
    "id": 7, "state": "Open", "total": 19.99, "paid": True, "note": None, "at": "2026-03-01T10:00:00Z",
    "items": [{"id": 1, "sku": "A-1", "n": 2}, {"id": 2, "sku": "B-2", "n": 5}], "tags": ["x", "y"],
}  # fmt: skip


def ruled(path: str, **fields: Any) -> Rule:
    return Rule(
        id="r1", endpoint="*", path=path, owner="ann", reason="agreed", created="2026-01-01", expires="2027-01-01",
        **fields,
    )  # fmt: skip


def proofs(comparer: Any, one: Exchange, n: int = 400) -> list[Proof]:
    """Compare the same exchange under many numbers; every one of them is sampled."""
    found: list[Proof] = []
    for seq in range(1, n + 1):
        found += comparer.observe(msgspec.structs.replace(one, seq=seq)).proofs
    return found


def same(one: Exchange) -> Exchange:
    return one


def both(body: object, **more: Any) -> Exchange:
    headers = (*JSON, (b"X-Plan", b"gold"), (b"Date", b"now"))
    return exchange(answer("primary", 200, body, headers), answer("candidate", 200, body, headers), **more)


@pytest.fixture(autouse=True)
def _no_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shadow.compare.selfproof.CPU_SHARE_RATIO", 1.0)


def test_every_mistake_in_an_answer_is_noticed(build: Any) -> None:
    found = proofs(build(self_proof_ratio=1.0), both(ORDER))
    assert len(found) == 400
    assert [each for each in found if not each.detected] == []
    assert {each.mutation for each in found} == {*BODY_MUTATIONS, *OTHER_MUTATIONS} - {"wrong_bytes"}


def test_compressed_and_other_bodies(build: Any) -> None:
    import gzip

    headers = ((b"Content-Type", b"application/json"), (b"Content-Encoding", b"gzip"))
    zipped = gzip.compress(b'{"a": [1, 2, {"b": "text"}]}')
    one = exchange(answer("primary", 200, zipped, headers), answer("candidate", 200, zipped, headers))
    found = proofs(build(self_proof_ratio=1.0), one, 60)
    assert len(found) == 60 and all(each.detected for each in found)
    text = ((b"Content-Type", b"text/plain"),)
    one = exchange(answer("primary", 200, b"hello, world", text), answer("candidate", 200, b"hello, world", text))
    found = proofs(build(self_proof_ratio=1.0), one, 60)
    assert {each.mutation for each in found} == {"change_status", "wrong_bytes", "wrong_text", "empty"}
    assert all(each.detected for each in found)


def test_a_rule_blinds(build: Any) -> None:
    rules = (ruled("$.items.**"),)
    found = proofs(build(self_proof_ratio=1.0, rules=rules), both({"items": ORDER["items"]}))
    missed = Counter(each.by for each in found if not each.detected)
    assert set(missed) == {"rule:r1"}
    assert 0 < len([each for each in found if each.detected]) < len(found)


def test_a_tolerance_blinds_to_small_steps_only(build: Any) -> None:
    rules = (ruled("$.n", what="tolerate", absolute=1.0),)
    found = proofs(build(self_proof_ratio=1.0, rules=rules), both({"n": 5}))
    assert {each.mutation for each in found if not each.detected} == {"off_by_one"}


def test_noise_blinds(build: Any) -> None:
    """A uuid that varies is masked as a uuid: another type is noticed, other letters are not."""
    comparer = build(self_proof_ratio=1.0, unordered=("$.tags",))
    found: list[Proof] = []
    for seq in range(1, 400):
        ids = [f"{seq + k:08x}-0000-4000-8000-{seq * 7919 + k:012x}" for k in (0, 1000, 2000)]
        old, second, new = ({"id": each, "tags": [1, 2]} for each in ids)
        one = exchange(answer("primary", 200, old), answer("candidate", 200, new), answer("secondary", 200, second))
        found += comparer.observe(msgspec.structs.replace(one, seq=seq)).proofs
    missed = Counter((each.mutation, each.by.partition(":")[0]) for each in found if not each.detected)
    assert ("wrong_text", "noise") in missed
    assert ("reorder", "rule") in missed  # `rule:unordered`
    assert not [each for each in found if each.mutation in ("change_type", "null", "drop_field") and not each.detected]


def test_what_already_differs_is_no_proof(build: Any) -> None:
    """Where the answer is wrong already, a second mistake of the same kind proves nothing; elsewhere it does."""
    one = exchange(answer("primary", 200, {"n": 5, "m": 5}), answer("candidate", 200, {"n": 9, "m": 5}))
    found = proofs(build(self_proof_ratio=1.0), one, 400)
    assert all(each.detected for each in found)
    off = [each for each in found if each.mutation == "off_by_one"]
    others = [each for each in found if each.mutation == "null"]
    assert 0 < len(off) < 0.8 * len(others)


def test_the_sample_is_a_share(build: Any) -> None:
    one = both(ORDER)
    assert proofs(build(self_proof_ratio=0.0), one, 100) == []
    assert 60 <= len(proofs(build(self_proof_ratio=0.1), one, 1000)) <= 140


@pytest.mark.parametrize("outcome", [Outcome.candidate_failed, Outcome.not_comparable, Outcome.skipped])
def test_only_what_was_compared(outcome: Outcome) -> None:
    observation = Observation(lane="l", seq=1, started_at=1.0, endpoint="GET /x", outcome=outcome)

    def never(*_: object) -> Any:
        raise AssertionError

    assert SelfProof(Compare(self_proof_ratio=1.0)).prove(both(ORDER), observation, same, never) is observation


def test_the_budget_of_cpu(build: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where proving takes more than its share, it stops until there is room again."""
    monkeypatch.setattr("shadow.compare.selfproof.CPU_SHARE_RATIO", 0.05)
    clock = [0.0]

    def tick() -> float:
        clock[0] += 0.2
        return clock[0]

    prover = SelfProof(Compare(self_proof_ratio=1.0), cpu=tick)
    comparer = build(self_proof_ratio=0.0)
    one = both(ORDER)
    observation = comparer.observe(one)

    def again(old: Any, new: Any) -> Any:
        return comparer._again(one, observation.endpoint, old, new)

    proved = [bool(prover.prove(one, observation, same, again).proofs) for _ in range(40)]
    assert proved[:2] == [True, True]
    assert sum(proved) < 10
    clock[0] += 1000.0
    assert prover.prove(one, observation, same, again).proofs


def test_what_breaks_is_a_miss_of_the_proof_alone() -> None:
    observation = Observation(lane="l", seq=1, started_at=1.0, endpoint="GET /x", outcome=Outcome.match)

    def broken(*_: object) -> Any:
        raise RuntimeError("broken")

    found = SelfProof(Compare(self_proof_ratio=1.0)).prove(both(ORDER), observation, same, broken)
    assert found.outcome is Outcome.match
    assert found.proofs == (Proof(mutation="self_proof", by="limit:self_proof_failed"),)
