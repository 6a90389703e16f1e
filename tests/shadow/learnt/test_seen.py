"""What was seen to vary at one place adds up and fades."""

from __future__ import annotations

import pytest

from shadow.learnt.seen import MAX_FORMATS, Seen


def test_merging_adds() -> None:
    one, other = Seen(varied=2, up=1, kinds={"value": 2}), Seen(varied=3, down=1, kinds={"value": 1, "type": 2})
    other.count_format("uuid", 5)
    other.spread("length").take(36)
    one.merge(other)
    assert (one.varied, one.up, one.down) == (5, 1, 1)
    assert (one.kinds, one.formats) == ({"value": 3, "type": 2}, {"uuid": 5})
    assert one.spreads["length"].count == 1


def test_fading_halves_with_every_tick_and_turns_the_spreads() -> None:
    seen = Seen(varied=8, before=4, up=2, kinds={"value": 8}, formats={"word": 8}, clock=0.5)
    seen.spread("length").take(3)
    seen.fade(2.5)
    assert (seen.varied, seen.before, seen.up, seen.kinds, seen.formats) == (2, 1, 0.5, {"value": 2}, {"word": 2})
    assert seen.spreads["length"].count == 0
    seen.fade(1.0)  # a clock never goes back
    assert seen.varied == 2


def test_formats_are_bounded_and_the_rare_ones_make_room() -> None:
    seen = Seen()
    for number in range(MAX_FORMATS):
        seen.count_format(f"hex{number}", 5.0)
    seen.count_format("rare", 1.0)
    assert "rare" not in seen.formats
    seen.count_format("often", 6.0)
    assert "often" in seen.formats and len(seen.formats) == MAX_FORMATS


@pytest.mark.parametrize("name", ["kinds", "formats", "spreads"])
def test_nothing_is_shared_between_places(name: str) -> None:
    assert getattr(Seen(), name) is not getattr(Seen(), name)
