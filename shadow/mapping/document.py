"""The steps that change a JSON body: drop, map values, convert, move, set. Documents are changed in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from shadow.bodies.parse import Doubled, NotJsonError, parse, scalar_text
from shadow.config.contract import BodyStep
from shadow.mapping.convert import convert_json
from shadow.paths import Segments, Wild, parse_pattern

_Pattern = tuple[str | int | Wild, ...]
_MOST_MATCHES = 100_000


class Step:
    """A compiled step."""

    __slots__ = ("_convert", "_drop", "_path", "_set", "_to", "_values")

    def __init__(self, step: BodyStep) -> None:
        """Compile it. Raises ValueError with the reason where it cannot be read or says two things."""
        self._path = _place(step.path)
        self._to = _place(step.to) if step.to else None
        self._drop = step.drop
        self._values = step.values
        self._convert = step.convert
        self._set = (_constant(step.set),) if step.set else ()
        said = [bool(step.set), step.drop, bool(step.to or step.convert or step.values)]
        if sum(said) == 0:
            raise ValueError("it changes nothing: say drop, values, convert, to or set")
        if sum(said) > 1:
            raise ValueError("it says two things: drop and set stand alone")
        if (step.drop or step.set) and not self._path:
            raise ValueError("`$` is the whole body: name a place in it")
        if self._set and self._path[-1] in (Wild.one, Wild.index):
            raise ValueError("what is set has to have a name")
        if self._to is not None:
            if _wildcards(self._path) != _wildcards(self._to):
                raise ValueError("`path` and `to` need the same wildcards, in the same order")
            if self._to == self._path:
                raise ValueError("`to` is where it is already")

    def apply(self, document: Any) -> Any:
        """Return the document with this change made wherever `path` leads to something."""
        # In a list of its own, so that the document as a whole can be taken away and put back, too.
        holder = [document]
        if self._set:
            for place in [place for place, _ in _matches(holder, (0, *self._path[:-1]))]:
                _put(holder, (*place, _plain(self._path[-1])), self._set[0]())
            return holder[0]
        found = list(_matches(holder, (0, *self._path)))
        if self._drop:
            _take_all(holder, [place for place, _ in found])
        elif self._to is None:
            for place, _ in found:
                _put(holder, place, self._changed(_at(holder, place)))
        else:
            self._move(holder, found, self._to)
        return holder[0]

    def _changed(self, value: object) -> object:
        if self._values and not isinstance(value, dict | list):
            name = value if isinstance(value, str) else scalar_text(value)
            value = self._values.get(name, value)
        return convert_json(value, self._convert) if self._convert else value

    def _move(self, holder: list[Any], found: list[tuple[Segments, Segments]], to: _Pattern) -> None:
        values = [_at(holder, place) for place, _ in found]
        _take_all(holder, [place for place, _ in found])
        for (place, bound), value in zip(found, values, strict=True):
            if not _put(holder, (0, *_filled(to, bound)), self._changed(value)):
                _put(holder, place, value)


def _place(text: str) -> _Pattern:
    pattern = parse_pattern(text)
    if pattern.area != "body" or pattern.segments is None:
        raise ValueError(f"{text!r} is not a place in a JSON body such as $.items[*].qty")
    if Wild.many in pattern.segments:
        raise ValueError("`**` is too broad for a change: name the places")
    return pattern.segments


def _constant(text: str) -> Any:
    try:
        parse(text.encode())
    except NotJsonError as error:
        raise ValueError(f"`set` is not JSON: {error}; texts need quotes of their own") from error
    return lambda: parse(text.encode())


def _wildcards(pattern: _Pattern) -> list[Wild]:
    return [each for each in pattern if isinstance(each, Wild)]


def _plain(segment: str | int | Wild) -> str | int:
    assert not isinstance(segment, Wild)
    return segment


def _matches(value: Any, pattern: _Pattern) -> Iterator[tuple[Segments, Segments]]:
    """Yield every place that a pattern leads to, with what its wildcards stood for."""
    pending: list[tuple[Segments, Segments, Any]] = [((), (), value)]
    for want in pattern:
        reached: list[tuple[Segments, Segments, Any]] = []
        for place, bound, inside in pending:
            for key, item in _members(inside, want):
                below = (*bound, key) if isinstance(want, Wild) else bound
                reached.append(((*place, key), below, item))
        pending = reached[:_MOST_MATCHES]
    for place, bound, _ in pending:
        yield place, bound


def _members(value: Any, want: str | int | Wild) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, list):
        if isinstance(want, Wild):
            yield from enumerate(value)
        elif isinstance(want, int) and want < len(value):
            yield want, value[want]
    elif isinstance(value, dict) and not isinstance(value, Doubled):
        if want is Wild.one:
            yield from value.items()
        elif isinstance(want, str) and want in value:
            yield want, value[want]


def _filled(pattern: _Pattern, bound: Segments) -> Segments:
    given = iter(bound)
    return tuple(next(given) if isinstance(each, Wild) else each for each in pattern)


def _at(value: Any, place: Segments) -> Any:
    for key in place:
        value = value[key]
    return value


def _take_all(holder: list[Any], places: Sequence[Segments]) -> None:
    """Remove what is at these places, the last items of a list first. What the whole document leaves is an object."""
    for place in reversed(places):
        if place == (0,):
            holder[0] = {}
        else:
            del _at(holder, place[:-1])[place[-1]]


def _put(holder: list[Any], place: Segments, value: object) -> bool:
    """Put a value at a place, making the objects on the way; return whether that could be done."""
    inside: Any = holder
    for key, following in pairwise(place):
        if isinstance(inside, list) and isinstance(key, int) and key < len(inside):
            inside = inside[key]
        elif isinstance(inside, dict) and isinstance(key, str) and isinstance(following, str | int):
            if key not in inside and isinstance(following, int):
                inside[key] = []
            inside = inside.setdefault(key, {})
        else:
            return False
    last = place[-1]
    if isinstance(inside, dict) and isinstance(last, str):
        inside[last] = value
        return True
    if not isinstance(inside, list) or not isinstance(last, int) or last > len(inside):
        return False
    inside[last : last + 1] = [value]
    return True
