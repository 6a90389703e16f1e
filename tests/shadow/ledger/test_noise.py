"""What was learnt of noise survives in the ledger, place by place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shadow.config.model import Ledger
from shadow.learnt.book import Learnt
from shadow.learnt.seen import Seen
from shadow.learnt.spread import Spread
from shadow.ledger.noise import FAINT, read_noise
from shadow.ledger.writer import LedgerWriter


@pytest.fixture
def writer(path: Path, settings: Ledger) -> Iterator[LedgerWriter]:
    with LedgerWriter.open(path, settings) as opened:
        yield opened


def whole(build: str = "p1", endpoint: str = "GET /a", at: float = 5.0, **groups: Seen) -> Learnt:
    return Learnt(build=build, endpoint=endpoint, pairs=9.0, at=at, clock=1.5, groups=groups)


def test_it_comes_back_as_it_was(path: Path, writer: LedgerWriter) -> None:
    seen = Seen(varied=3, before=1, clock=1.5, up=2, kinds={"value": 3}, formats={"integer": 6})
    seen.spreads["number"] = Spread(1, 7, 3)
    seen.spreads["length"] = Spread()  # nothing yet: inf to -inf
    kept = whole(x=seen)
    writer.record_noise([kept, whole(endpoint="GET /quiet")], ["p1"])
    assert writer.noise() == read_noise(path) == [kept, whole(endpoint="GET /quiet")]


def test_an_endpoint_is_replaced_and_what_has_faded_is_forgotten(path: Path, writer: LedgerWriter) -> None:
    writer.record_noise([whole(x=Seen(varied=3, clock=1.5), y=Seen(varied=1, clock=1.5))], ["p1"])
    writer.record_noise([whole(x=Seen(varied=3, clock=1.5), faint=Seen(varied=FAINT, clock=0.4))], ["p1"])
    (held,) = read_noise(path)
    assert set(held.groups) == {"x"}


def test_builds_that_are_gone_are_forgotten(path: Path, writer: LedgerWriter) -> None:
    writer.record_noise([whole("p1", at=1.0), whole("p2", at=9.0), whole("p0", at=5.0)], ["p1", "p2", "p0"])
    assert [each.build for each in read_noise(path)] == ["p1", "p0", "p2"]
    writer.record_noise([], ["p0", "p2"])
    assert [each.build for each in read_noise(path)] == ["p0", "p2"]
