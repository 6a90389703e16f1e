"""What two second looks make of a mismatch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.compare.found import ABSENT, Found
from shadow.compare.triage import Look, decide
from shadow.records import Kind, Triage

X, Y = "body:$.x", "body:$.y"


def value(old: object = 1, new: object = 2, *place: str | int, kind: Kind = Kind.value) -> Found:
    return Found(kind=kind, area="body", segments=place or ("x",), old=old, new=new)


def status() -> Found:
    return Found(kind=Kind.status, area="status", old=200, new=500)


GONE: list[Found] = []
TYPE = value("7", 7, kind=Kind.type)
MISSING = value(1, ABSENT, kind=Kind.missing)


@pytest.mark.parametrize(
    ("first", "soon", "later", "moved", "old", "new", "want"),
    [
        # The same field is wrong each time, and both backends say what they said before.
        ([value()], [value()], [value()], (), (), (), "confirmed"),
        # The data changed between the looks, and at the end both backends are steady and differ still.
        ([value(1, 2)], [value(5, 6)], [value(5, 6)], (X,), (), (), "confirmed"),
        # It went away, and the old backend's own answer is another now: a write fell between the two answers.
        ([value()], GONE, GONE, (X,), (), (), "transient"),
        ([value()], [value()], GONE, (X,), (), (), "transient"),
        ([value(1, 2, "l", 3, "x")], GONE, GONE, ("body:$.l",), (), (), "transient"),
        # It went away, though the old backend never changed its mind: the candidate did.
        ([value()], GONE, GONE, (), (), (), "unstable"),
        ([value()], [value()], GONE, (Y,), (), (X,), "unstable"),
        # It came back.
        ([value()], GONE, [value()], (X,), (), (), "unstable"),
        # One of the two contradicts itself there.
        ([value()], [value()], [value(1, 3)], (), (), (X,), "unstable"),
        ([value()], [value()], [value(2, 3)], (X,), (X,), (), "unstable"),
        # What moves elsewhere does not matter.
        ([value()], [value()], [value()], (), (Y,), (Y,), "confirmed"),
        # Another difference each time.
        ([value()], [value(1, 2, "y")], [value(1, 2, "z")], (), (), (), "unstable"),
        # A difference that is none of the moment.
        ([TYPE], [TYPE], [value("9", 9, kind=Kind.type)], (X,), (X,), (X,), "confirmed"),
        ([MISSING], [MISSING], [MISSING], (X,), (X,), (), "confirmed"),
        ([status()], [status()], [status()], (), (), ("status",), "confirmed"),
        ([status()], GONE, [status()], (), (), ("status",), "unstable"),
        # Values that move on both sides, written in one way on the old and in another on the new.
        ([value("ab1", "a b")], [value("cd2", "c d")], [value("ef3", "e f")], (X,), (X,), (X,), "confirmed"),
        # One steady difference beside an unsteady one is enough.
        ([value(), value(1, 2, "y")], [value(), value(3, 4, "y")], [value(), value(5, 6, "y")], (), (Y,), (Y,),
         "confirmed"),
    ],
)  # fmt: skip
def test_decisions(
    first: list[Found], soon: list[Found], later: list[Found], moved: tuple[str, ...], old: tuple[str, ...],
    new: tuple[str, ...], want: str,
) -> None:  # fmt: skip
    assert decide(first, Look(soon, moved), Look(later, moved), old, new) == want


GROUPS = st.lists(st.sampled_from([X, Y, "status"]), max_size=3)
FOUND = st.lists(st.sampled_from([value(), value(1, 2, "y"), TYPE, MISSING, status()]), max_size=3)


@given(FOUND, FOUND, FOUND, GROUPS, GROUPS, GROUPS)
def test_nothing_is_excused_that_stays(
    first: list[Found], soon: list[Found], later: list[Found], moved: list[str], old: list[str], new: list[str]
) -> None:
    """Transient is only what was gone at the end; confirmed only what was there each time; never pending."""
    triage = decide(first, Look(soon, moved), Look(later, moved), old, new)
    assert triage is not Triage.pending
    if triage is Triage.transient:
        assert not later and moved
    if triage is Triage.confirmed:
        assert first and soon and later
    if first == soon == later and first and not old and not new:
        assert triage is Triage.confirmed
