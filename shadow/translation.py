"""What a comparer is told of the values that a shadow leg was asked with."""

from __future__ import annotations

import msgspec


class Translation(msgspec.Struct, frozen=True, kw_only=True):
    """How one shadow leg's values were put in place of the primary's: the pairs (kind, old, new) that its answer needs.

    `broken` has the places at which a pair contradicts another one, each with the words that say how. `unsure_who` and
    `unsure_what`: the request carried a session, or an id, for which the leg may have another one that is not known.
    """

    pairs: tuple[tuple[str, str, str], ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    unsure_who: bool = False
    unsure_what: bool = False

    def __repr__(self) -> str:
        return f"<Translation {len(self.pairs)} pairs, {len(self.broken)} broken>"
