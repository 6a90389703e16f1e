"""What is rendered: the worst first, up to the limit, in full or by signature."""

from __future__ import annotations

from shadow.compare.found import Found
from shadow.compare.outcome import Ending
from shadow.compare.showing import Judged, Showing
from shadow.config.model import Compare, Redact
from shadow.records import Disposition, Kind
from shadow.redact import Redactor


def judged(name: str, at: int, disposition: Disposition = Disposition.open) -> Judged:
    found = Found(kind=Kind.value, area="body", segments=("rows", at, name), old=1, new=2, note="n")
    return Judged(found, disposition, "" if disposition is Disposition.open else "r1")


def showing(limit: int = 200) -> Showing:
    return Showing(Redactor(Redact(), b"k"), Compare(max_differences=limit))


def test_in_full_or_by_signature() -> None:
    """What counts is the same either way."""
    given = [judged("a", 1), judged("b", 2, Disposition.ignored)]
    full, lean = (showing().differences(given, shown=shown) for shown in (True, False))
    assert [(one.path, one.old, one.new, one.note) for one in full] == [
        ("body:$.rows[1].a", "1", "2", "n"), ("body:$.rows[2].b", "1", "2", "n")
    ]  # fmt: skip
    assert [(one.path, one.old, one.new, one.note) for one in lean] == [
        ("body:$.rows[*].a", None, None, ""), ("body:$.rows[*].b", None, None, "")
    ]  # fmt: skip
    assert [(a.kind, a.group, a.disposition, a.by) for a in full] == [
        (b.kind, b.group, b.disposition, b.by) for b in lean
    ]


def test_the_limit_keeps_one_of_each_signature() -> None:
    """Open ones before covered ones, new signatures before more of the same."""
    given = [*(judged("a", at, Disposition.ignored) for at in range(5)), *(judged("b", at) for at in range(5))]
    kept = showing(3).differences(given, shown=True)
    assert [one.path for one in kept] == ["body:$.rows[0].b", "body:$.rows[0].a", "body:$.rows[1].b"]
    assert kept[-1].note == "n; 7 more differences are not kept"
    assert [one.group for one in showing(3).differences(given, shown=False)] == [one.group for one in kept]


def test_granted_by_signature() -> None:
    """Another path, kind or disposition is another; an ending without differences is one, too."""
    one = showing()
    while one.grants("GET /a", Ending(), [judged("a", 1)], 5.0):
        pass
    assert not one.grants("GET /a", Ending(), [judged("a", 9)], 5.0)
    assert one.grants("GET /a", Ending(), [judged("b", 1)], 5.0)
    assert one.grants("GET /a", Ending(), [judged("a", 1, Disposition.noise)], 5.0)
    assert one.grants("GET /b", Ending(), [judged("a", 1)], 5.0)
    assert one.grants("GET /a", Ending(reason="timeout"), [], 5.0)
