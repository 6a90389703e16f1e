from __future__ import annotations

import msgspec

from reports.earlier.changes import changes_between
from reports.earlier.entry import Divergence, Entry
from reports.page.since import since_of


def entry(at: float, build: str = "b", total: int | None = None, **shares: float | None) -> Entry:
    divergences = tuple(Divergence(key=key, title=key.upper(), n=7, share=share) for key, share in shares.items())
    return Entry(
        at=at, candidate_build=build, divergences=divergences,
        divergences_total=len(divergences) if total is None else total,
    )  # fmt: skip


def test_new_gone_and_changed() -> None:
    changes = changes_between(
        entry(1, a=0.1, b=0.1, c=0.1, d=0.1, e=None), entry(2, b=0.2, c=0.21, d=0.04, e=None, f=0.5)
    )
    assert [item.key for item in changes.new] == ["f"]
    assert [item.key for item in changes.gone] == ["a"]
    assert [item.now.key for item in changes.changed] == ["c", "d"]
    assert (changes.kept, changes.is_same_build, changes.is_whole) == (4, True, True)


def test_what_is_not_certain_is_said() -> None:
    changes = changes_between(entry(1, "old", total=9, a=0.1), entry(2, "new", a=0.1))
    assert (changes.is_same_build, changes.is_whole) == (False, False)
    since = since_of(changes)
    assert since is not None
    assert "another candidate: old." in since.note
    assert "not certain" in since.note


def test_the_block_lists_what_came_first() -> None:
    since = since_of(changes_between(entry(1_764_000_000, a=0.1, c=0.1), entry(1_764_086_400, b=None, c=0.3)))
    assert since is not None
    assert [(row.mark, row.what, row.title) for row in since.rows] == [
        ("+", "new", "B"), ("−", "gone", "A"), ("↑", "more frequent", "C"),
    ]  # fmt: skip
    assert (since.rows[0].before, since.rows[0].now) == ("–", "7")
    assert since.summary == "1 new, 1 gone, 1 much more or less frequent; 1 is in both"
    assert since_of(None) is None


def test_turned_round_new_and_gone_change_places() -> None:
    one, other = entry(1, a=0.1, b=0.4), entry(1, b=0.1, c=0.2)
    there, back = changes_between(one, other), changes_between(other, one)
    assert (there.new, there.gone) == (back.gone, back.new)
    assert [msgspec.structs.replace(item, before=item.now, now=item.before) for item in there.changed] == list(
        back.changed
    )
