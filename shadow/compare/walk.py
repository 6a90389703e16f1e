"""Walk two documents in lockstep, type-strictly; prune what is equal, report what differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shadow.bodies.parse import Doubled
from shadow.compare.align import Alignment, align_as_multisets, align_by, align_by_key, is_same_item
from shadow.compare.equal import same_booleans
from shadow.compare.found import ABSENT, Found, LimitError
from shadow.compare.kinds import name_presence, name_scalars
from shadow.compare.lists import Lists
from shadow.paths import Segments
from shadow.records import Kind

Rest = Callable[[Segments, int, list[object], list[object]], list[Found]]
NO_LISTS = Lists()
_SHOWN_KEYS = 20


class FullError(Exception):
    """Raised when there is more than can be kept; what was found so far is in the walk."""



class Walk:
    """One comparison of two parsed documents.

    `rest` compares the remainders of two lists that no cheaper way could align; it gets the place, how many items
    were taken off in front, and both remainders. Raises LimitError beyond `max_depth`; visiting and settling raise
    FullError beyond `max_found`.
    """

    def __init__(self, *, max_depth: int, max_found: int, rest: Rest, lists: Lists = NO_LISTS) -> None:
        self.found: list[Found] = []
        self.full = False
        self._max_depth = max_depth
        self._max_found = max_found
        self._rest = rest
        self.lists = lists
        self._pending: list[tuple[Segments, int | None, object, object]] = []

    def run(self, old: object, new: object) -> list[Found]:
        """Compare; the result is empty exactly when the documents are strictly equal."""
        try:
            self.visit((), old, new)
            return self.settle()
        except FullError:
            self.full = True
            return self.found

    def settle(self) -> list[Found]:
        """Ask what was put off while visiting, and return all that was found."""
        # Most subtrees are equal; whether True stands for 1 in one of them is asked once for all of them.
        while self._pending:
            batch, self._pending = self._pending, []
            if same_booleans([each[2] for each in batch], [each[3] for each in batch]):
                break
            for place, start, a, b in batch:
                if start is None:
                    self._confirm(place, a, b)
                elif isinstance(a, list) and isinstance(b, list):  # a run of items of the list at this place
                    for at in range(len(a)):
                        self._confirm((*place, start + at), a[at], b[at])
        return self.found

    def _confirm(self, place: Segments, old: object, new: object) -> None:
        """Compare two values that are equal by `==`, booleans included."""
        if type(old) is not type(new):
            self._leaf(place, old, new)
        elif isinstance(old, dict | list) and not same_booleans(old, new):
            self._open(place, old, new)

    def visit(self, place: Segments, old: object, new: object) -> None:
        """Compare two values at one place, equal ones included."""
        if old == new:
            if type(old) is not type(new):
                self._leaf(place, old, new)
            elif isinstance(old, dict | list):
                self._pending.append((place, None, old, new))
        else:
            self._open(place, old, new)

    def _open(self, place: Segments, old: object, new: object) -> None:
        """Compare two values that are known to differ, if only by a boolean."""
        self.check_depth(place)
        if isinstance(old, dict) and isinstance(new, dict):
            self._members(place, old, new)
        elif isinstance(old, list) and isinstance(new, list):
            self._items(place, old, new)
        else:
            self._leaf(place, old, new)

    def check_depth(self, place: Segments) -> None:
        """Raise LimitError where a place lies too deep."""
        if len(place) > self._max_depth:
            raise LimitError(f"nested deeper than {self._max_depth}")

    def _members(self, place: Segments, old: dict[str, object], new: dict[str, object]) -> None:
        for key, value in old.items():
            other = new.get(key, ABSENT)
            if other is ABSENT:
                self.presence((*place, key), value, ABSENT)
            elif type(value) is not type(other) or isinstance(value, dict | list):
                self.visit((*place, key), value, other)
            elif value != other:
                self._leaf((*place, key), value, other)
        for key, value in new.items():
            if key not in old:
                self.presence((*place, key), ABSENT, value)
        if isinstance(old, Doubled) or isinstance(new, Doubled):
            self._doubled(place, old, new)

    def _doubled(self, place: Segments, old: dict[str, object], new: dict[str, object]) -> None:
        lost_old = old.lost if isinstance(old, Doubled) else ()
        lost_new = new.lost if isinstance(new, Doubled) else ()
        if repr(lost_old) == repr(lost_new):
            return
        for key in dict.fromkeys(key for key, _ in (*lost_old, *lost_new)):
            a = [value for name, value in lost_old if name == key]
            b = [value for name, value in lost_new if name == key]
            if repr(a) != repr(b):
                note = "duplicate key, earlier values differ"
                self._add(Kind.encoding, (*place, key), a or ABSENT, b or ABSENT, note)

    def _items(self, place: Segments, old: list[object], new: list[object]) -> None:
        if self.lists and self._declared(place, old, new):
            return
        unequal: list[int] = []
        if len(old) == len(new):
            unequal = [at for at, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
            if all(is_same_item(old[at], new[at]) for at in unequal):
                self._by_position(place, old, new, unequal)
                return
        alignment = align_by_key(old, new)
        if alignment is not None:
            self._aligned(place, old, new, alignment)
        elif len(old) != len(new):
            self._remainder(place, old, new)
        elif not self._only_moved(place, old, new):
            self._by_position(place, old, new, unequal)

    def _declared(self, place: Segments, old: list[object], new: list[object]) -> bool:
        """Pair the items as it is declared for this place; False where nothing is, or it does not fit."""
        key = self.lists.key_at(place)
        alignment = align_by(key, old, new) if key else None
        if alignment is None and self.lists.is_unordered_at(place):
            alignment = align_by_key(old, new) or align_as_multisets(old, new)
        if alignment is None:
            return False
        self._aligned(place, old, new, alignment)
        return True

    def _by_position(self, place: Segments, old: list[object], new: list[object], unequal: list[int]) -> None:
        start = 0
        for at in (*unequal, len(old)):
            if at > start:
                self._pending.append((place, start, old[start:at], new[start:at]))
            if at < len(old):
                self._open((*place, at), old[at], new[at])
            start = at + 1

    def _aligned(self, place: Segments, old: list[object], new: list[object], alignment: Alignment) -> None:
        if alignment.moved:
            self._order(place, old, new, alignment)
        for at, partner in alignment.pairs:
            self.visit((*place, at), old[at], new[partner])
        for at in alignment.gone:
            self.presence((*place, at), old[at], ABSENT)
        for at in alignment.added:
            self.presence((*place, at), ABSENT, new[at])

    def _only_moved(self, place: Segments, old: list[object], new: list[object]) -> bool:
        alignment = align_as_multisets(old, new)
        if alignment.gone or alignment.added:
            return False
        # Not moved, and yet they differ: then some item is written otherwise, which the positions will tell.
        if alignment.moved:
            self._order(place, old, new, alignment)
        return alignment.moved

    def _remainder(self, place: Segments, old: list[object], new: list[object]) -> None:
        front, back = _shared_ends(old, new)
        middle_old, middle_new = old[front : len(old) - back], new[front : len(new) - back]
        if middle_old and middle_new:
            for each in self._rest(place, front, middle_old, middle_new):
                self._append(each)
            return
        for at, item in enumerate(middle_old, front):
            self.presence((*place, at), item, ABSENT)
        for at, item in enumerate(middle_new, front):
            self.presence((*place, at), ABSENT, item)

    def _order(self, place: Segments, old: list[object], new: list[object], alignment: Alignment) -> None:
        keyed = alignment.name
        a = [_key_of(old[at], keyed) for at, _ in alignment.pairs]
        b = [_key_of(new[at], keyed) for at in sorted(at for _, at in alignment.pairs)]
        first = next((at for at, (x, y) in enumerate(zip(a, b, strict=True)) if x != y), 0)
        note = f"same items in another order{f', by {keyed!r}' if keyed else ''}, from position {first} on"
        shown = slice(max(0, first - 2), max(0, first - 2) + _SHOWN_KEYS)
        self._add(Kind.order, place, a[shown], b[shown], note)

    def presence(self, place: Segments, old: object, new: object) -> None:
        """Report a value that only one side has; the other is ABSENT."""
        kind, note = name_presence(old, new)
        self._add(kind, place, old, new, note)

    def _leaf(self, place: Segments, old: object, new: object) -> None:
        named = name_scalars(old, new)
        if named is not None:
            self._add(named[0], place, old, new, named[1])

    def _add(self, kind: Kind, place: Segments, old: object, new: object, note: str) -> None:
        self._append(Found(kind=kind, area="body", segments=place, old=old, new=new, note=note))

    def _append(self, found: Found) -> None:
        if len(self.found) >= self._max_found:
            raise FullError
        self.found.append(found)


def _key_of(item: object, name: str) -> object:
    return item.get(name) if name and isinstance(item, dict) else item


def _shared_ends(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    shorter = min(len(old), len(new))
    front = 0
    while front < shorter and _same(old[front], new[front]):
        front += 1
    back = 0
    while back < shorter - front and _same(old[-1 - back], new[-1 - back]):
        back += 1
    return front, back


def _same(old: object, new: object) -> bool:
    if type(old) is not type(new) or old != new:
        return False
    return not isinstance(old, dict | list) or same_booleans(old, new)

