"""All places of the builds that run now."""

from __future__ import annotations

import msgspec
import pytest

from shadow.learnt import book as module
from shadow.learnt.book import MAX_BUILDS, Book, Learnt
from shadow.learnt.seen import Seen


def make() -> Book:
    return Book(half_life_pairs=10, half_life_s=100.0)


def increment(build: str = "p", endpoint: str = "GET /a", pairs: float = 1, at: float = 0.0, **groups: Seen) -> Learnt:
    return Learnt(build=build, endpoint=endpoint, pairs=pairs, at=at, groups=groups)


def test_the_clock_counts_half_lives_of_pairs_and_of_time() -> None:
    book = make()
    for _ in range(10):
        place = book.pass_time("p", "GET /a", 50.0, 1)
    assert place.clock == pytest.approx(1.0)
    book.pass_time("p", "GET /a", 150.0, 0)
    assert place.clock == pytest.approx(2.0)
    book.pass_time("p", "GET /a", 10.0, 0)  # an exchange that arrives late turns no clock back
    assert (place.clock, place.at) == (pytest.approx(2.0), 150.0)


def test_pairs_before_the_first_variation_are_remembered() -> None:
    book = make()
    for _ in range(4):
        book.pass_time("p", "GET /a", 0.0, 1)
    place = book.pass_time("p", "GET /a", 0.0, 1)
    assert book.group(place, "$.x").before == pytest.approx(place.pairs - 1)


def test_an_increment_adds_and_a_whole_replaces() -> None:
    book = make()
    book.add(increment(pairs=3, x=Seen(varied=2)))
    book.add(increment(pairs=1, x=Seen(varied=1), y=Seen(varied=1)))
    whole = book.whole("p", "GET /a")
    assert whole is not None and set(whole.groups) == {"x", "y"} and len(book) == 2
    assert 2.5 < whole.groups["x"].varied < 3
    other = make()
    other.add(increment(z=Seen(varied=9)))
    decoder = msgspec.msgpack.Decoder(Learnt)
    other.replace(decoder.decode(msgspec.msgpack.encode(whole)))
    assert other.whole("p", "GET /a") == whole and len(other) == 2
    assert list(other) == [whole]


def test_builds_are_few_and_the_one_seen_last_stays() -> None:
    book = make()
    for number in range(MAX_BUILDS):
        book.add(increment(build=f"p{number}", x=Seen(varied=1)))
    book.add(increment(build="p0"))
    book.add(increment(build="new", x=Seen(varied=1)))
    assert book.builds == (*[f"p{number}" for number in range(2, MAX_BUILDS)], "p0", "new")
    assert len(book) == MAX_BUILDS
    assert book.place("p1", "GET /a") is None


def test_endpoints_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ENDPOINTS", 5)
    book = make()
    for number in range(9):
        book.add(increment(endpoint=f"GET /{number}", x=Seen(varied=1)))
    assert len(book) == 5 and book.place("p", "GET /8") is not None and book.place("p", "GET /3") is None


def test_groups_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_GROUPS", 5)
    book = make()
    for number in range(4):
        book.add(increment(endpoint="GET /old", **{f"g{number}": Seen(varied=1)}))
    for number in range(9):
        book.add(increment(**{f"g{number}": Seen(varied=1)}))
    assert len(book) == sum(len(each.groups) for each in book) == 5
