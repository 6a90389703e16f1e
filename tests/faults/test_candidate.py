"""Whatever the candidate does: the clients get the primary's bytes, the counts add up, and it is compared again
as soon as it behaves."""

from __future__ import annotations

from typing import Any

import fault_backends as does
import pytest
from fault_traffic import MB, assert_adds_up, memory_bytes, recover

pytestmark = pytest.mark.e2e

# What a fault is counted as. Where it fails, the breaker opens and the rest is shed.
FAULTS = [
    (does.hang_on_accept, "candidate_failed(timeout)"),
    (does.hang_before_the_head, "candidate_failed(timeout)"),
    (does.hang_after_the_head, "candidate_failed(timeout)"),
    (does.hang_in_the_body, "candidate_failed(timeout)"),
    (does.drip, "candidate_failed(timeout)"),
    (does.reset, "candidate_failed(reset)"),
    (does.reset_in_the_body, "candidate_failed(reset)"),
    (does.garbage, "candidate_failed(protocol)"),
    (does.flood, "not_comparable(too_large)"),
    (does.flood_of_headers, "candidate_failed(protocol)"),
    (does.flood_of_interim, "candidate_failed(timeout)"),
]


@pytest.mark.parametrize(("fault", "counted"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_a_fault_costs_evidence_only(faulty: Any, candidate: does.Backend, fault: Any, counted: str) -> None:
    running, live = faulty()
    live.send(40)
    running.wait_for(lambda: running.counts().get("match", 0) == 40)
    listener = running.pids_by_role()["listener"]
    before = memory_bytes(listener)

    candidate.behave(fault)
    live.send(400)
    running.wait_for(lambda: counted in running.counts())
    # The tee and what the allocator keeps of it; nothing grows with the number of requests.
    assert memory_bytes(listener, "VmHWM") - before < 24 * MB

    candidate.behave(does.good)
    recover(running, live)
    pids = running.pids_by_role()
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)
    assert pids["listener"] == listener
    assert not [row for row in evidence.outcomes if row.outcome in ("primary_failed", "shed") and
                row.reason not in ("breaker_open", "tee_full")]
    assert not evidence.gaps


def test_the_second_of_two_answers_is_nobodys(faulty: Any, candidate: does.Backend) -> None:
    """Were it taken for the next request's answer, that one would be a mismatch."""
    candidate.behave(does.twice)
    running, live = faulty()
    live.send(200)
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)
    assert running.counts() == {"match": 200}


def test_a_bomb_is_never_unpacked(faulty: Any, candidate: does.Backend) -> None:
    """The whole bomb reaches the comparer, which stops at its bound."""
    assert len(does.gzip_bomb()) < 11 * MB
    running, live = faulty(candidate={"timeout_s": 5, "connections": 2},
                           mirror={"max_body_bytes": 16 << 20, "tee_bytes": 64 << 20},
                           compare={"deadline_s": 10})
    recover(running, live)
    candidate.behave(does.bomb)
    asked = live.asked
    pids = running.pids_by_role()
    listener, comparer = (memory_bytes(pids[role]) for role in ("listener", "comparer"))
    live.send(12)
    running.wait_for(lambda: sum(running.counts().values()) == live.asked)
    assert running.counts() == {"match": asked, "not_comparable(too_large)": 12}
    assert memory_bytes(pids["listener"], "VmHWM") - listener < 24 * MB
    assert memory_bytes(pids["comparer"], "VmHWM") - comparer < 200 * MB

    candidate.behave(does.good)
    recover(running, live)
    assert running.pids_by_role() == pids
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)


def test_a_candidate_whose_name_is_unknown(faulty: Any) -> None:
    """Names are reserved for this (RFC 6761): nobody answers for `.invalid`."""
    running, live = faulty(candidate={"url": "http://candidate.invalid:8000", "connect_timeout_s": 3})
    live.send(200)
    running.wait_for(lambda: running.evidence().outcomes_total == 200)
    counts = running.counts()
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, 200)
    # Nothing has ever answered, but what was shed is evidence about these builds all the same.
    assert [(epoch.primary_build, epoch.candidate_build) for epoch in evidence.epochs] == [("old", "new")]
    assert sum(counts.values()) == 200
    # Without any resolver the question is not answered with "no", but not at all.
    assert set(counts) <= {"candidate_failed(dns)", "candidate_failed(connect_timeout)", "shed(breaker_open)"}
    assert counts.get("candidate_failed(dns)", 0) + counts.get("candidate_failed(connect_timeout)", 0) > 0


def test_a_candidate_that_is_not_there_yet(faulty: Any, candidate: does.Backend, backends: Any) -> None:
    candidate.close()
    running, live = faulty()
    live.send(100)
    running.wait_for(lambda: "candidate_failed(refused)" in running.counts())
    backends(port=candidate.port)
    recover(running, live)
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)


@pytest.mark.parametrize(
    "fault", [does.hang_on_accept, does.hang_in_the_body, does.reset, does.flood, does.garbage],
    ids=lambda fault: fault.__name__,
)
def test_a_faulty_secondary_costs_less_still(faulty: Any, backends: Any, fault: Any) -> None:
    """The candidate is compared all the while; only what the secondary would have told is missing."""
    secondary = backends()
    running, live = faulty(secondary={"url": secondary.url})
    live.send(40)
    running.wait_for(lambda: running.counts().get("match", 0) == 40)

    secondary.behave(fault)
    live.send(100)
    running.wait_for(lambda: running.counts().get("match", 0) == 140)

    secondary.behave(does.good)
    seen = secondary.requests
    running.wait_for(lambda: secondary.requests > seen + 10 or live.send(4))
    evidence = running.stop()
    assert live.wrong == []
    assert_adds_up(evidence, live.asked)
    assert {row.outcome for row in evidence.outcomes} == {"match"}
