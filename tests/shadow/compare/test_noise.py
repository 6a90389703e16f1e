"""Noise: what two answers of one build excuse, and what they never do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.bodies.parse import NonFinite
from shadow.compare.formats import format_of
from shadow.compare.found import ABSENT, Found
from shadow.compare.kinds import name_presence, name_scalars
from shadow.compare.noise import Here, NoiseMemory
from shadow.config.again import Noise
from shadow.learnt.book import MAX_GROUPS
from shadow.records import Kind

E = "GET /a"
T1, T2, T3 = (f"2026-01-01T10:00:0{n}Z" for n in (1, 2, 3))
U1, U2, U3 = (f"550e8400-e29b-41d4-a716-44665544000{n}" for n in (1, 2, 3))


NOW = datetime(2026, 1, 1, 10, 0, 0, tzinfo=UTC).timestamp()


def stamp(seconds: float) -> str:
    """Return an instant so many seconds from now, as it is written in answers."""
    return datetime.fromtimestamp(NOW + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def at_(old: object, new: object, *place: str | int) -> Found:
    """Return the difference of two values at a place."""
    named = name_presence(old, new) if ABSENT in (old, new) else name_scalars(old, new)
    assert named is not None
    return Found(kind=named[0], area="body", segments=place or ("x",), old=old, new=new, note=named[1])


@pytest.mark.parametrize(
    ("primary", "secondary", "candidate", "noise"),
    [
        (T1, T2, T3, "timestamp iso T 8 0 Z"),
        (T1, T2, "2026-01-01T10:00:03.5Z", ""),  # another precision
        (T1, T2, "2026-01-01T10:00:03", ""),  # no zone
        (T1, T2, 1767261603, ""),  # another type
        (T1, T2, None, ""),
        (T1, T2, ABSENT, ""),
        (T1, T2, "", ""),
        (U1, U2, U3, "uuid"),
        (U1, U2, U3.upper(), ""),
        (U1, U2, "42", ""),
        (1, 2, 3, "integer"),
        (1, 2, b"3.0", ""),
        (1, 2, "3", ""),
        (b"1.5", b"1.6", b"1.7", "decimal"),
        ("Abc", "xyz", "abc", ""),  # a departure in case is none of the noise
        (None, 1, 2, "integer"),
        (1, ABSENT, ABSENT, "secondary agrees"),
        (1, ABSENT, 2, "integer"),
        (ABSENT, 1, 2, "presence"),
        (ABSENT, 1, "2", ""),
    ],
)
def test_within_one_exchange(primary: object, secondary: object, candidate: object, noise: str) -> None:
    """Masked is what varies, as long as the candidate keeps type and format."""
    memory = NoiseMemory()
    here = memory.learn(E, [at_(primary, secondary)])
    assert memory.cover(E, at_(primary, candidate), here) == noise


def test_what_did_not_vary_is_no_noise() -> None:
    """Another place is not excused."""
    memory = NoiseMemory()
    here = memory.learn(E, [at_(T1, T2, "x")])
    assert memory.cover(E, at_(T1, T3, "y"), here) == ""


def pairs(memory: NoiseMemory, *values: tuple[object, object], build: str = "", at: float = NOW) -> Here:
    """Teach pairs of values at one place, one pair after the other; return the last."""
    here = Here(at=NOW)
    for old, new in values:
        here = memory.learn(E, [at_(old, new)] if old != new else [], build=build, at=at)
    return here


def test_a_value_that_agreed_once_is_still_masked() -> None:
    """The memory holds the group, whatever index, for its endpoint only."""
    memory = NoiseMemory()
    for _ in range(3):
        memory.learn(E, [at_(T1, T2, "items", 0, "t")])
    here = memory.learn(E, [], at=NOW)
    assert memory.cover(E, at_(T1, T3, "items", 7, "t"), here) == "timestamp iso T 8 0 Z"
    assert memory.cover(E, at_(T1, None, "items", 7, "t"), here) == ""
    assert memory.cover("GET /b", at_(T1, T3, "items", 7, "t"), here) == ""


@pytest.mark.parametrize(
    ("varied", "quiet", "noisy"),
    [(1, 0, False), (2, 0, True), (2, 1, False), (3, 2, False), (3, 1, True), (10, 15, True), (10, 30, False)],
)
def test_noisy_is_what_is_shown_to_vary(varied: int, quiet: int, noisy: bool) -> None:
    """Decided by the exact lower bound of the share: one write between two answers excuses nothing, however early."""
    memory = NoiseMemory()
    pairs(memory, *[("a", "b")] * varied, *[("a", "a")] * quiet)
    assert bool(memory.cover(E, at_("a", "c"), Here(at=NOW))) is noisy


def test_quiet_pairs_before_the_first_variation_do_not_count() -> None:
    memory = NoiseMemory()
    pairs(memory, *[("a", "a")] * 100, ("a", "b"), ("a", "b"), ("a", "b"))
    assert memory.cover(E, at_("a", "c"), Here(at=NOW)) == "word"


def test_it_fades_with_pairs_and_with_time() -> None:
    """What no longer varies is no longer masked; a long quiet night alone does not make it certain either."""
    settings = Noise(half_life_pairs=10, half_life_s=100.0)
    memory = NoiseMemory(settings)
    pairs(memory, *[("a", "b")] * 30)
    assert memory.cover(E, at_("a", "c"), Here(at=NOW)) == "word"
    pairs(memory, *[("a", "a")] * 60)
    assert memory.cover(E, at_("a", "c"), Here(at=NOW)) == ""
    memory = NoiseMemory(settings)
    pairs(memory, *[("a", "b")] * 30)
    pairs(memory, ("a", "a"), at=NOW + 2000)
    assert memory.cover(E, at_("a", "c"), Here(at=NOW)) == ""


def test_a_new_build_begins_anew_and_the_old_one_is_not_forgotten_while_both_answer() -> None:
    memory = NoiseMemory()
    pairs(memory, *[("a", "b")] * 9, build="p1")
    here = memory.learn(E, [], build="p2", at=NOW)
    assert memory.cover(E, at_("a", "c"), here) == ""
    here = memory.learn(E, [], build="p1", at=NOW)
    assert memory.cover(E, at_("a", "c"), here) == "word"


def numbers(low: int, high: int, n: int = 40) -> list[tuple[object, object]]:
    """Pairs that go up and down between two numbers."""
    return [(low + k * (high - low) // (n - 1), high - k * (high - low) // (n - 1)) for k in range(n)]


TOKENS: list[tuple[object, object]] = [(f"tok{k:05d}x", f"tok{k + 1:05d}x") for k in range(20)]


@pytest.mark.parametrize(
    ("taught", "old", "new", "beyond"),
    [
        # A number within a spread.
        (numbers(100, 200), 150, 180, ""),
        (numbers(100, 200), 150, 290, ""),  # as far outside as the spread is wide
        (numbers(100, 200), 150, 310, "310 is out of range, learnt 100 to 200"),
        (numbers(100, 200), 150, -50, "-50 is out of range"),
        (numbers(100, 200, 6), 150, 10**9, ""),  # too little was seen to say how far it goes
        (numbers(100, 200), 150, "150", "noise of another format was learnt here: integer"),
        # A counter.
        ([(k, k + 1 + k % 3) for k in range(20)], 50, 52, ""),
        ([(k, k + 1 + k % 3) for k in range(20)], 50, 49, "a counter that went back by 1"),
        ([(k, k + 1 + k % 3) for k in range(20)], 50, 100, "50 ahead, learnt steps up to 3"),
        ([(k, k + 1 + k % 3) for k in range(13)], 50, 49, ""),  # thirteen times up shows no counter
        ([*[(k, k + 1) for k in range(40)], (9, 8)], 50, 49, ""),  # it went back once
        # An instant near now, and epoch numbers.
        ([(stamp(k), stamp(k + 1)) for k in range(10)], stamp(3), stamp(5), ""),
        ([(stamp(k), stamp(k + 1)) for k in range(10)], stamp(3), stamp(7200), "+7,200 s from now, learnt +0 to +10 s"),
        ([(stamp(k), stamp(k + 1)) for k in range(10)], stamp(3), stamp(-86400), "-86,400 s from now"),
        ([(stamp(k), stamp(k + 1)) for k in range(3)], stamp(3), stamp(7200), ""),
        ([(int(NOW) + k, int(NOW) + k + 1) for k in range(10)], int(NOW), int(NOW) + 3600, "+3,600 s from now"),
        ([(int(NOW) * 1000 + k, int(NOW) * 1000 + k + 7) for k in range(10)], 5, int(NOW) * 1000 + 9, ""),
        ([(int(NOW) * 1000 + k, int(NOW) * 1000 + k + 7) for k in range(40)], 5, 99, "out of range|went|format|s from"),
        # Lengths.
        (TOKENS, "tok00000x", "tok99999x", ""),
        (TOKENS, "tok00000x", "tok9x", "5 characters long, learnt 9"),
        # Identifiers.
        ([(U1, U2)] * 3, U1, U3, ""),
        ([(U1, U2)] * 3, U1, "none", "noise of another format was learnt here: uuid"),
    ],
)
def test_only_what_was_learnt_is_masked(
    taught: list[tuple[object, object]], old: object, new: object, beyond: str
) -> None:
    """The same place in an exchange whose secondary agreed by chance."""
    memory = NoiseMemory()
    pairs(memory, *taught)
    judged = memory.judge(E, at_(old, new), memory.learn(E, [], at=NOW))
    if beyond.startswith("out of range|"):
        assert judged.by == "integer" or judged.beyond  # an epoch number among others is no instant any more
        return
    assert bool(judged.by) is not bool(beyond), judged
    assert beyond in judged.beyond


def test_of_secrets_only_the_format_is_learnt() -> None:
    """What is learnt is stored and told: the spread of a salary would be."""
    memory = NoiseMemory()
    memory.use(Noise(), is_secret=lambda names: "x" in names)
    pairs(memory, *numbers(100, 200))
    assert [seen.spreads for each in memory.take_new() for seen in each.groups.values()] == [{}]
    assert memory.judge(E, at_(150, 10_000), Here(at=NOW)) == ("integer", "")
    assert memory.judge(E, at_(150, "10000"), Here(at=NOW)).by == ""


def test_a_value_beyond_is_a_mismatch_even_where_the_secondary_varies_right_here() -> None:
    memory = NoiseMemory()
    here = pairs(memory, *numbers(100, 200))
    assert memory.judge(E, at_(150, 170), here).by == "integer"
    assert memory.judge(E, at_(150, 10_000), here) == ("", "10,000 is out of range, learnt 100 to 200")
    assert memory.judge(E, at_(150, 100), here).by == "secondary agrees"


def test_a_clock_that_ticks_rarely_between_two_answers_is_masked() -> None:
    """Two answers a millisecond apart differ in one of hundreds; what is left to check is strict."""
    memory = NoiseMemory()
    pairs(memory, *[("a", "a")] * 50, (stamp(0), stamp(1)), *[("a", "a")] * 200, (stamp(1), stamp(2)))
    assert memory.cover(E, at_(stamp(3), stamp(4)), Here(at=NOW)).startswith("timestamp")
    pairs(memory, (stamp(-90_000), stamp(1)))  # not near now: something was written, and may have been written wrong
    assert memory.cover(E, at_(stamp(3), stamp(4)), Here(at=NOW)) == ""


@given(
    taught=st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=80),
    candidate=st.one_of(st.integers(-5000, 5000), st.none(), st.text(max_size=3), st.just(b"1.5")),
)
def test_learning_from_two_comparers_is_learning_from_one(
    taught: list[tuple[int, int]], candidate: object
) -> None:
    """Half of the pairs each, told to each other through increments: both know what one alone would."""
    alone, first, second = NoiseMemory(), NoiseMemory(), NoiseMemory()
    for number, (old, new) in enumerate(taught):
        found = [at_(old, new)] if old != new else []
        alone.learn(E, found, at=NOW)
        (first if number % 2 else second).learn(E, found, at=NOW)
    for_second, for_first = first.take_new(), second.take_new()
    for each in for_first:
        first.add(each)
    for each in for_second:
        second.add(each)
    assert first.take_new() == []
    if candidate == 7:
        return
    question = at_(7, candidate)
    if len(taught) > 20 or all(old != new for old, new in taught):
        # How many quiet pairs came before the first that varied is known to one comparer only; it matters little.
        told = [memory.judge(E, question, Here(at=NOW)) for memory in (alone, first, second)]
        assert all(old != new for old, new in taught) is False or told[0] == told[1] == told[2]


@given(st.integers(0, 10**6), st.sampled_from([None, "x", True, b"1.25", ABSENT, []]))
def test_another_type_is_never_masked_by_numbers(old: int, new: object) -> None:
    memory = NoiseMemory()
    pairs(memory, *[(k, k + 1) for k in range(30)])
    assert not memory.cover(E, at_(old, new), Here(at=NOW))


def test_order() -> None:
    """Order is excused by order only."""
    moved = Found(kind=Kind.order, area="body", segments=("l",), old=[1, 2], new=[2, 1])
    memory = NoiseMemory()
    here = memory.learn(E, [moved])
    other = Found(kind=Kind.order, area="body", segments=("l",), old=[1, 2, 3], new=[3, 2, 1])
    assert memory.cover(E, other, here) == "order"
    assert NoiseMemory().cover(E, other, Here(at=NOW)) == ""


@pytest.mark.parametrize("area", ["status", "body"])
def test_whole_answers_are_excused_by_the_same_answer_only(area: str) -> None:
    """A status or a text that varied does not make every status or text right."""
    memory = NoiseMemory()
    here = memory.learn(E, [Found(kind=Kind.value, area=area, old="a b", new="c d")])
    assert memory.cover(E, Found(kind=Kind.value, area=area, old="a b", new="c d"), here) == "secondary agrees"
    assert memory.cover(E, Found(kind=Kind.value, area=area, old="a b", new="e f"), here) == ""
    assert memory.cover(E, Found(kind=Kind.value, area=area, old="a b", new="e f"), memory.learn(E, [], at=NOW)) == ""


def test_memory_is_bounded() -> None:
    """Endless groups do not grow it."""
    memory = NoiseMemory()
    for number in range(MAX_GROUPS // 100 + 10):
        memory.learn(E, [at_(1, 2, f"k{number}x{inner}") for inner in range(100)])
    assert len(memory) == MAX_GROUPS


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (ABSENT, "absent"),
        (None, "null"),
        (True, "boolean"),
        (1, "integer"),
        (b"1.0", "decimal"),
        ([], "list"),
        ({}, "object"),
        (NonFinite("NaN"), "not-a-number"),
        ("", "empty"),
        ("12", "digits"),
        ("2026-01-01", "date"),
        (T1, "timestamp iso T 8 0 Z"),
        ("2026-01-01 10:00:00.123+02:00", "timestamp iso   8 3 offset6"),
        ("Sat, 31 Jan 2026 10:00:00 GMT", "timestamp http"),
        (U1, "uuid"),
        (U1.upper(), "uuid upper"),
        ("3f9a1c2b", "hex8"),
        ("3F9A1C2B", "hex8 upper"),
        ("3f9a1c2b3f", "hex10"),
        ("http://a/b", "url"),
        ("dGhpcyBpcyBh1", "token"),
        ("word", "word"),
        ("two words", "text"),
    ],
)
def test_formats(value: object, want: str) -> None:
    """Type, and for text how it is written."""
    assert format_of(value) == want
