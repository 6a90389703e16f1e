"""Noise: what two answers of one build excuse, and what they never do."""

from __future__ import annotations

import pytest

from shadow.compare.formats import format_of
from shadow.compare.found import ABSENT, Found
from shadow.compare.kinds import name_presence, name_scalars
from shadow.compare.noise import MAX_GROUPS, Here, NoiseMemory
from shadow.compare.parse import NonFinite
from shadow.records import Kind

E = "GET /a"
T1, T2, T3 = (f"2026-01-01T10:00:0{n}Z" for n in (1, 2, 3))
U1, U2, U3 = (f"550e8400-e29b-41d4-a716-44665544000{n}" for n in (1, 2, 3))


def at(old: object, new: object, *place: str | int) -> Found:
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
    here = memory.learn(E, [at(primary, secondary)])
    assert memory.cover(E, at(primary, candidate), here) == noise


def test_what_did_not_vary_is_no_noise() -> None:
    """Another place is not excused."""
    memory = NoiseMemory()
    here = memory.learn(E, [at(T1, T2, "x")])
    assert memory.cover(E, at(T1, T3, "y"), here) == ""


def test_a_value_that_agreed_once_is_still_masked() -> None:
    """The memory holds the group, whatever index, for its endpoint only."""
    memory = NoiseMemory()
    memory.learn(E, [at(T1, T2, "items", 0, "t")])
    here = memory.learn(E, [])
    assert memory.cover(E, at(T1, T3, "items", 7, "t"), here) == "timestamp iso T 8 0 Z"
    assert memory.cover(E, at(T1, None, "items", 7, "t"), here) == ""
    assert memory.cover("GET /b", at(T1, T3, "items", 7, "t"), here) == ""


def test_a_rare_variation_excuses_nothing_for_long() -> None:
    """One write between two answers: after four quiet pairs it still counts, after five no more."""
    memory = NoiseMemory()
    memory.learn(E, [])
    memory.learn(E, [at(1, 2)])
    covered = []
    for _ in range(6):
        here = memory.learn(E, [])
        covered.append(bool(memory.cover(E, at(1, 7), here)))
    assert covered == [True, True, True, True, False, False]


def test_order() -> None:
    """Order is excused by order only."""
    moved = Found(kind=Kind.order, area="body", segments=("l",), old=[1, 2], new=[2, 1])
    memory = NoiseMemory()
    here = memory.learn(E, [moved])
    other = Found(kind=Kind.order, area="body", segments=("l",), old=[1, 2, 3], new=[3, 2, 1])
    assert memory.cover(E, other, here) == "order"
    assert NoiseMemory().cover(E, other, Here()) == ""


@pytest.mark.parametrize("area", ["status", "body"])
def test_whole_answers_are_excused_by_the_same_answer_only(area: str) -> None:
    """A status or a text that varied does not make every status or text right."""
    memory = NoiseMemory()
    here = memory.learn(E, [Found(kind=Kind.value, area=area, old="a b", new="c d")])
    assert memory.cover(E, Found(kind=Kind.value, area=area, old="a b", new="c d"), here) == "secondary agrees"
    assert memory.cover(E, Found(kind=Kind.value, area=area, old="a b", new="e f"), here) == ""
    assert memory.cover(E, Found(kind=Kind.value, area=area, old="a b", new="e f"), memory.learn(E, [])) == ""


def test_memory_is_bounded() -> None:
    """Endless groups do not grow it."""
    memory = NoiseMemory()
    for number in range(MAX_GROUPS // 100 + 10):
        memory.learn(E, [at(1, 2, f"k{number}x{inner}") for inner in range(100)])
    assert len(memory._seen) == MAX_GROUPS


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
