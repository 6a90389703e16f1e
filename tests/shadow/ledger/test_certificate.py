"""What the comparison says about two answers of the old build, by build and not by epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shadow.config.model import Ledger
from shadow.ledger import certificate
from shadow.ledger.certificate import Alarm, Judged, read_certificate
from shadow.ledger.reader import read_evidence
from shadow.ledger.writer import LedgerWriter
from shadow.records import LegResult, Observation

Observe = Callable[..., Observation]


@pytest.fixture
def writer(path: Path, settings: Ledger) -> Iterator[LedgerWriter]:
    with LedgerWriter.open(path, settings) as opened:
        yield opened


def test_counts_and_what_was_found(path: Path, writer: LedgerWriter, observe: Observe) -> None:
    writer.commit([
        observe(1, 1000.0, itself=()),
        observe(2, 1001.0, itself=("value body:$.a", "value body:$.a", "order body:$.l")),
        observe(3, 5000.0, itself=("value body:$.a",), endpoint="GET /y"),
        observe(4, 6000.0),
    ])  # fmt: skip
    writer.commit([observe(5, 1002.0, itself=("value body:$.a",)), observe(5, 1002.0, itself=("value body:$.a",))])
    held = read_certificate(path, "p1")
    assert held is not None
    assert (held.build, held.n, held.alarms) == ("p1", 4, 3)
    assert (held.first_at, held.last_at) == (900.0, 5100.0)
    assert held.endpoints == (
        Judged(endpoint="GET /x", n=3, alarms=2), Judged(endpoint="GET /y", n=1, alarms=1),
    )  # fmt: skip
    assert held.found[0] == Alarm(
        endpoint="GET /x", difference="value body:$.a", n=2, first_at=1001.0, last_at=1002.0
    )
    assert [(one.endpoint, one.difference, one.n) for one in held.found[1:]] == [
        ("GET /x", "order body:$.l", 1), ("GET /y", "value body:$.a", 1),
    ]  # fmt: skip
    later = read_certificate(path, "p1", since=4000.0)
    assert later is not None and later.n == 1
    assert read_evidence(path, at=9000.0).certificate == held


def test_it_belongs_to_the_primarys_build(path: Path, writer: LedgerWriter, observe: Observe) -> None:
    """A new candidate inherits it, a new primary does not; a run that never calls the candidate names it, too."""
    writer.commit([observe(1, itself=()), observe(2, itself=(), builds=("p1", "c2")), observe(3, builds=("p2", "c2"))])
    held = read_certificate(path, "p1")
    assert held is not None and held.n == 2
    assert read_certificate(path, "p2") is None
    assert read_evidence(path, at=2000.0).certificate is None


def test_a_run_without_a_candidate_names_the_build(
    path: Path, writer: LedgerWriter, observe: Observe, leg: Callable[..., LegResult]
) -> None:
    legs = (leg("primary", build="p1"), leg("candidate", state="not_called"))
    writer.commit([observe(1, itself=(), outcome="skipped", legs=legs)])
    held = read_certificate(path, "p1")
    assert held is not None and held.n == 1


def test_what_is_found_is_bounded(
    path: Path, writer: LedgerWriter, observe: Observe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate, "MAX_FOUND", 3)
    for number in range(6):
        writer.commit([observe(number + 1, itself=(f"value body:$.{number}", "value body:$.0"))])
    held = read_certificate(path, "p1")
    assert held is not None
    assert [(one.difference, one.n) for one in held.found] == [
        ("value body:$.0", 6), ("_overflow", 3), ("value body:$.1", 1), ("value body:$.2", 1),
    ]  # fmt: skip
