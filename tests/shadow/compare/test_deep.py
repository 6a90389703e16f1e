"""The remainder: what DeepDiff finds, converted, and what it must not be asked."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.compare import deep
from shadow.compare.deep import compare_remainders
from shadow.compare.found import ABSENT, Found, LimitError
from shadow.records import Kind

items = st.lists(
    st.one_of(
        st.integers(0, 3),
        st.booleans(),
        st.none(),
        st.sampled_from([b"1.0", "1.0", "int:1"]),
        st.dictionaries(st.sampled_from(["a", "__b"]), st.integers(0, 2), max_size=2),
    ),
    max_size=6,
)


def rows(found: list[Found]) -> list[tuple[str, str, object, object]]:
    """Return what was found as short rows."""
    return [(each.kind.value, each.path.removeprefix("body:"), each.old, each.new) for each in found]


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        ([1, 2], [3], [("value", "$.l[5]", 1, 3), ("missing", "$.l[6]", 2, ABSENT)]),
        ([3], [1, 2], [("value", "$.l[5]", 3, 1), ("extra", "$.l[6]", ABSENT, 2)]),
        ([True, 5], [1], [("type", "$.l[5]", True, 1), ("missing", "$.l[6]", 5, ABSENT)]),
        ([b"1.0", 5], ["1.0"], [("type", "$.l[5]", b"1.0", "1.0"), ("missing", "$.l[6]", 5, ABSENT)]),
        (
            [{"__p": 1, "c": [1]}, 5],
            [{"__p": 2, "c": [2]}],
            [("value", "$.l[5].__p", 1, 2), ("value", "$.l[5].c[0]", 1, 2), ("missing", "$.l[6]", 5, ABSENT)],
        ),
        ([{"a": None}, 5], [{}], [("null-vs-missing", "$.l[5].a", None, ABSENT), ("missing", "$.l[6]", 5, ABSENT)]),
        (
            [{"a": 1, "b": 1, "c": 1, "d": 1}, 5],
            [{"a": 2, "x": 1, "y": 1, "z": 1}],
            [
                *[("missing", f"$.l[5].{name}", 1, ABSENT) for name in "bcd"],
                *[("extra", f"$.l[5].{name}", ABSENT, 1) for name in "xyz"],
                ("value", "$.l[5].a", 1, 2),
                ("missing", "$.l[6]", 5, ABSENT),
            ],
        ),
        ([{"a": 1}, 5], [[1]], [("type", "$.l[5]", {"a": 1}, [1]), ("missing", "$.l[6]", 5, ABSENT)]),
    ],
)
def test_conversion(old: list[object], new: list[object], want: list[tuple[str, str, object, object]]) -> None:
    """Types, private names and places survive."""
    assert sorted(rows(compare_remainders(("l",), 5, old, new)), key=repr) == sorted(want, key=repr)


@given(items, items)
@settings(deadline=None)
def test_symmetric_and_never_empty(old: list[object], new: list[object]) -> None:
    """Lists of different lengths always differ, and mirrored sides give mirrored findings."""
    if len(old) == len(new):
        return
    mirror = {Kind.missing: Kind.extra, Kind.extra: Kind.missing}
    forth, back = compare_remainders((), 0, old, new), compare_remainders((), 0, new, old)
    assert forth
    assert sorted((each.group, mirror.get(each.kind, each.kind)) for each in forth) == sorted(
        (each.group, each.kind) for each in back
    )


def test_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit it works, beyond it is a limit; so is DeepDiff giving up."""
    monkeypatch.setattr(deep, "MAX_ITEMS", 3)
    assert len(compare_remainders((), 0, [1, 2, 3], [4, 5])) == 3
    with pytest.raises(LimitError, match="more than 3 items"):
        compare_remainders((), 0, [1, 2, 3, 4], [4, 5])
    monkeypatch.setattr(deep, "MAX_LEAVES", 7)
    assert compare_remainders((), 0, [1, 2, 3], [4, 5])
    with pytest.raises(LimitError, match="more than 7 values"):
        compare_remainders((), 0, [1, 2, [3, 4]], [4, 5])


def test_giving_up_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A partial result of DeepDiff only logs a warning; here it is a limit."""
    monkeypatch.setattr(deep, "_DIFFS", 2)
    with pytest.raises(LimitError, match="too many steps"):
        compare_remainders((), 0, [{"a": n, "b": n} for n in range(5)], [{"a": -n, "b": 1} for n in range(7, 10)])


def test_loaded_only_when_needed() -> None:
    """Importing the pipeline does not load DeepDiff."""
    code = "import sys, shadow.compare.pipeline; print('deepdiff' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
