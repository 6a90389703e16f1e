"""Compare two JSON texts by the bytes of their members first: what is written alike on both sides is never parsed.

A text is split into the spans of its members or items without building a value for any of them; spans of equal bytes
are equal values, and only the others are parsed, exactly, and walked. Where two services write JSON alike this is
most of a document. Where they do not, or anything is out of the ordinary, both texts are parsed as a whole instead.
"""

from __future__ import annotations

import msgspec

from shadow.bodies.parse import BOM, parse
from shadow.compare.align import is_same_item
from shadow.compare.found import ABSENT
from shadow.compare.walk import FullError, Walk
from shadow.paths import Segments

Spans = dict[str, msgspec.Raw]

# Below this a container costs less to parse than to split.
_SMALL_BYTES = 600
_UTF8 = ("", "utf-8", "utf8", "us-ascii", "ascii")
_STYLE_BYTES = 200
_SPACE = b" \t\r\n"
_PROBED = 4
_COMPACT = ((b",", b":"), (b", ", b":"))
_SPACED = ((b", ", b": "), (b",", b": "))
_members = msgspec.json.Decoder(Spans)
_items = msgspec.json.Decoder(list[msgspec.Raw])


class Document:
    """A JSON text whose spans and values are found at most once, so that two comparisons share them."""

    __slots__ = ("_charset", "_kept", "_whole", "data")

    def __init__(self, data: bytes, charset: str = "") -> None:
        self.data = data
        self._charset = charset
        self._whole: list[object] = []
        self._kept: dict[tuple[type, Segments], object] = {}

    def value(self) -> object:
        """Return the whole document, parsed exactly. Raises what `parse` raises."""
        if not self._whole:
            self._whole.append(parse(self.data, self._charset))
        return self._whole[0]

    @property
    def is_plain(self) -> bool:
        """True for UTF-8 without byte order mark that is large enough to be split."""
        if len(self.data) < _SMALL_BYTES or self._charset not in _UTF8 or self.data.startswith(BOM):
            return False
        if self.data.isascii():
            return True
        try:
            self.data.decode()
        except UnicodeDecodeError:
            return False
        return True

    def members(self, place: Segments, text: bytes) -> Spans | None:
        """Return the members of the object at `place`; None where one might be lost as a duplicate."""
        known = self._kept.get((dict, place))
        if known is None:
            known = self._kept[(dict, place)] = _split_members(text) or ()
        return known if isinstance(known, dict) else None

    def items(self, place: Segments, text: bytes) -> list[msgspec.Raw] | None:
        """Return the items of the list at `place`; None where they cannot be told."""
        known = self._kept.get((list, place))
        if known is None:
            known = self._kept[(list, place)] = _split_items(text)
        return known if isinstance(known, list) else None

    def part(self, place: Segments, text: msgspec.Raw) -> object:
        """Return the value that is written at `place`, parsed exactly."""
        key = (object, place)
        if key not in self._kept:
            self._kept[key] = parse(bytes(text))
        return self._kept[key]


def compare_documents(old: Document, new: Document, walk: Walk) -> None:
    """Compare two documents; what differs is in `walk`, as if both had been parsed and walked as a whole.

    Raises NotJsonError, LimitError and RecursionError.
    """
    try:
        if not _compare_spans(old, new, walk):
            walk.visit((), old.value(), new.value())
        walk.settle()
    except FullError:
        walk.full = True


def _compare_spans(old: Document, new: Document, walk: Walk) -> bool:
    """Compare by spans; False, and nothing done, where these texts have to be parsed as a whole."""
    if not (_written_alike(old.data, new.data) and old.is_plain and new.is_plain):
        return False
    try:
        _Pair(old, new, walk).compare((), msgspec.Raw(old.data), msgspec.Raw(new.data))
    except _Whole:
        return False
    return True


class _Whole(Exception):
    """Raised before anything was reported, where the documents have to be parsed as a whole."""


class _Pair:
    def __init__(self, old: Document, new: Document, walk: Walk) -> None:
        self._old = old
        self._new = new
        self._walk = walk

    def compare(self, place: Segments, old: msgspec.Raw, new: msgspec.Raw) -> None:
        """Compare two spans that are not written alike. Raises _Whole, for the root only, before it reports."""
        a, b = bytes(old).strip(_SPACE), bytes(new).strip(_SPACE)
        if min(len(a), len(b)) >= _SMALL_BYTES and a[:1] == b[:1]:
            self._walk.check_depth(place)
            if (a[:1] == b"{" and self._by_member(place, a, b)) or (a[:1] == b"[" and self._by_item(place, a, b)):
                return
        if not place:
            raise _Whole
        self._walk.visit(place, self._old.part(place, old), self._new.part(place, new))

    def _by_member(self, place: Segments, a: bytes, b: bytes) -> bool:
        old, new = self._old.members(place, a), self._new.members(place, b)
        if old is None or new is None:
            return False
        for key, text in old.items():
            other = new.get(key)
            if other is None:
                self._walk.presence((*place, key), self._old.part((*place, key), text), ABSENT)
            elif text != other:
                self.compare((*place, key), text, other)
        for key, text in new.items():
            if key not in old:
                self._walk.presence((*place, key), ABSENT, self._new.part((*place, key), text))
        return True

    def _by_item(self, place: Segments, a: bytes, b: bytes) -> bool:
        """Compare two lists of equal length in which few items differ, each with the same key as its partner."""
        lists = self._walk.lists
        if lists and (lists.key_at(place) or lists.is_unordered_at(place)):
            return False
        old, new = self._old.items(place, a), self._new.items(place, b)
        if old is None or new is None:
            return False
        if len(old) != len(new) or (len(old) > 2 * _PROBED and all(map(_differ, old[:_PROBED], new[:_PROBED]))):
            return False
        unequal = [at for at, (x, y) in enumerate(zip(old, new, strict=True)) if x != y]
        if len(old) > 2 * _PROBED and 2 * len(unequal) > len(old):
            return False
        pairs = [
            ((*place, at), self._old.part((*place, at), old[at]), self._new.part((*place, at), new[at]))
            for at in unequal
        ]
        if not all(x == y or is_same_item(x, y) for _, x, y in pairs):
            return False
        for pair in pairs:
            self._walk.visit(*pair)
        return True


def _differ(old: msgspec.Raw, new: msgspec.Raw) -> bool:
    return old != new


def _written_alike(old: bytes, new: bytes) -> bool:
    """Tell whether both beginnings have white space in the same places, so that spans have a chance to be equal."""
    a, b = old[:_STYLE_BYTES], new[:_STYLE_BYTES]
    return a == b or ((b'": ' in a) == (b'": ' in b) and (b"\n" in a) == (b"\n" in b) and (b", " in a) == (b", " in b))


def _split_members(text: bytes) -> Spans | None:
    try:
        members = _members.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):  # the exact parser knows more, or says why not
        return None
    # The decoder keeps the last of equal keys: only a text that can be put together again lost none.
    for comma, colon in _SPACED if b'": ' in text[:_STYLE_BYTES] else _COMPACT:
        pieces = [b'"%b"%b%b' % (key.encode(), colon, bytes(span)) for key, span in members.items()]
        if b"{" + comma.join(pieces) + b"}" == text:
            return members
    return None


def _split_items(text: bytes) -> list[msgspec.Raw] | tuple[()]:
    try:
        return _items.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
