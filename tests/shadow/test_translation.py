from __future__ import annotations

import msgspec

from shadow.translation import Translation


def test_it_travels_and_shows_no_value() -> None:
    pairs = (("token", "old-secret", "new-secret"),)
    told = Translation(pairs=pairs, broken=(("body:$.id", "words"),), unsure_who=True)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(told), type=Translation) == told
    assert repr(told) == "<Translation 1 pairs, 1 broken>"
