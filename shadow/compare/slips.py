"""Mistakes to put into bodies that are no JSON: what `mutations` does to a document, done to the bytes of other media.

Each takes the candidate's body and returns another one that is still of its media type, so that it is the comparison
and not the reader that has to notice, and that means something else: no comment, no default, no event that is not
complete is touched. Pure, given the random numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import msgspec

from shadow.bodies.decode import Decoded
from shadow.bodies.parse import NotJsonError, parse, to_text
from shadow.compare.media.protobuf import MEDIA as PROTOBUF
from shadow.compare.mutations import BODY_MUTATIONS, UNCHANGED, mutate

Slip = Callable[[bytes, Random], bytes | None]
"""From a body to a wrong one, None where there is no place for this mistake."""

MAX_BYTES = 256 * 1024
"""Larger bodies are left alone: nothing ends a search through them."""

# Linear in the size of what they look at, whatever that is.
_LEAF = re.compile(rb"<([A-Za-z][\w:.-]*)(?:\s[^<>]*)?>([^<>]+)</\1\s*>")
_TAG = re.compile(rb"<[A-Za-z][^<>]*>")
_COMMENT = re.compile(rb"<!--(?:[^-]|-(?!->))*-->")
_DATA = re.compile(rb"(?m)^data:(.*)$")
_ATTRIBUTE = re.compile(rb"""\s[A-Za-z][\w:.-]*=("[^"]*"|'[^']*')""")
_LETTER = re.compile(rb"[0-9A-Za-z]")
_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines",
          "application/jsonlines", "application/json-lines", "text/plain", "text/csv", "application/csv",
          "text/tab-separated-values", "text/markdown")  # fmt: skip
_MSGPACK = ("application/msgpack", "application/x-msgpack", "application/vnd.msgpack")
_LOOSE = frozenset(("text/html", "application/xml", "text/xml", "text/event-stream", *_MSGPACK, *PROTOBUF))
_RECORDS = frozenset(name for name in _LINES if "json" in name)


def slip(name: str, body: Decoded, random: Random) -> bytes | None:
    """Return the body with one mistake of this name in it; None where none fits.

    Cannot see: what a schema says (a number that is sent with its default is left alone, whether or not it has one).
    """
    made = _of_media(body).get(name) if len(body.data) <= MAX_BYTES else None
    wrong = made(body.data, random) if made is not None else None
    return None if wrong == body.data else wrong


def is_loose(media: str) -> bool:
    """Tell whether a byte of a body of this media type may mean nothing (white space, a comment, a boundary), so that
    any byte is no place for a mistake."""
    if media.startswith("multipart/") or media.endswith(("+xml", "+msgpack")):
        return True
    return media in _RECORDS or media in _LOOSE


def _of_media(body: Decoded) -> dict[str, Slip]:
    media = body.media
    if media in _RECORDS:
        return {**{name: _in_record(name) for name in BODY_MUTATIONS}, "drop_item": _drop_line, "reorder": _swap_lines}
    if media in _LINES:
        return {"drop_item": _drop_line, "reorder": _swap_lines, "wrong_text": _wrong_letter, "empty": _nothing}
    if media == "text/event-stream":
        return {"drop_item": _drop_event, "reorder": _swap_events, "wrong_text": _wrong_in_event, "empty": _nothing}
    if media == "application/x-www-form-urlencoded":
        return {"drop_field": _drop_pair, "wrong_text": _wrong_letter, "extra_field": lambda data, _: data + b"&new=1"}
    if media.startswith("multipart/") and body.boundary:
        mark = b"--" + body.boundary.encode("latin-1", "replace")
        return {"drop_item": _without_part(mark), "wrong_text": _in_part(mark)}
    if media in ("text/html", "application/xml", "text/xml") or media.endswith("+xml"):
        return {"drop_item": _drop_element, "wrong_text": _wrong_in_element, "drop_field": _drop_attribute}
    if media in _MSGPACK or media.endswith("+msgpack"):
        return {name: _in_msgpack(name) for name in BODY_MUTATIONS}
    if media in PROTOBUF:
        return {"drop_field": _drop_wire_field, "off_by_one": _wrong_varint}
    return {"empty": _nothing, "drop_item": lambda data, _: data[: len(data) // 2]}


def _nothing(data: bytes, _: Random) -> bytes:
    return b""


def _wrong_letter(data: bytes, random: Random) -> bytes | None:
    found = [each.start() for each in _LETTER.finditer(data)]
    return _changed(data, random.choice(found)) if found else None


def _changed(data: bytes, at: int) -> bytes:
    old = data[at : at + 1]
    other = b"%d" % ((int(old) + 1) % 10) if old.isdigit() else b"y" if old in b"xX" else b"x"
    return data[:at] + other + data[at + 1 :]


def _drop(separator: bytes, mark: bytes = b"") -> Slip:
    def drop(parts: list[bytes], found: list[int], random: Random) -> bool:
        parts.pop(random.choice(found))
        return True

    return _of_parts(drop, separator, mark)


def _swap(separator: bytes, mark: bytes = b"") -> Slip:
    def swap(parts: list[bytes], found: list[int], random: Random) -> bool:
        at = random.randrange(len(found) - 1)
        one, other = found[at], found[at + 1]
        parts[one], parts[other] = parts[other], parts[one]
        return _says(parts[one]) != _says(parts[other])

    return _of_parts(swap, separator, mark)


def _of_parts(change: Callable[[list[bytes], list[int], Random], bool], separator: bytes, mark: bytes) -> Slip:
    """Return the slip of bodies in parts; `change` is given where those are that say something, two at least, and tells
    whether it changed what they mean."""

    def slip(data: bytes, random: Random) -> bytes | None:
        parts = data.split(separator)
        found = _parts(parts, mark)
        return separator.join(parts) if len(found) > 1 and change(parts, found, random) else None

    return slip


def _says(part: bytes) -> object:
    """Return what a line or an event means, so that two that mean the same are not exchanged: no comments, a record
    whatever the order of its members."""
    try:
        return parse(part.strip())
    except (NotJsonError, RecursionError):
        return [line.strip() for line in part.strip().split(b"\n") if line[:1] != b":"]


def _parts(parts: list[bytes], mark: bytes) -> list[int]:
    """Return where the parts are that say something; with a mark those that carry it, the last one not: it is open."""
    if mark:
        return [at for at, part in enumerate(parts[:-1]) if part.startswith(mark) or b"\n" + mark in part]
    return [at for at, part in enumerate(parts) if part.strip()]


_drop_line, _swap_lines = _drop(b"\n"), _swap(b"\n")
_drop_event, _swap_events = _drop(b"\n\n", b"data:"), _swap(b"\n\n", b"data:")
_drop_pair = _drop(b"&")


def _wrong_in_event(data: bytes, random: Random) -> bytes | None:
    whole = data[: data.rfind(b"\n\n") + 1]
    places = [each.start(1) + letter.start() for each in _DATA.finditer(whole) for letter in _LETTER.finditer(each[1])]
    return _changed(data, random.choice(places)) if places else None


def _in_record(name: str) -> Slip:
    def change(data: bytes, random: Random) -> bytes | None:
        lines = data.split(b"\n")
        at = random.choice([n for n, line in enumerate(lines) if line.strip()] or [0])
        try:
            found = mutate(name, parse(lines[at]), UNCHANGED, random)
        except (NotJsonError, RecursionError, ArithmeticError):
            return None
        if found is None:
            return None
        return b"\n".join([*lines[:at], to_text(found[0]).encode("utf-8", "surrogatepass"), *lines[at + 1 :]])

    return change


def _in_msgpack(name: str) -> Slip:
    def change(data: bytes, random: Random) -> bytes | None:
        try:
            found = mutate(name, msgspec.msgpack.decode(data), UNCHANGED, random)
            return None if found is None else msgspec.msgpack.encode(found[0])
        except (msgspec.DecodeError, ValueError, TypeError, ArithmeticError, RecursionError):
            return None

    return change


def _without_part(mark: bytes) -> Slip:
    def drop(data: bytes, random: Random) -> bytes | None:
        before, *parts = data.split(mark)
        if len(parts) < 3:  # the last one only closes
            return None
        parts.pop(random.randrange(len(parts) - 1))
        return mark.join([before, *parts])

    return drop


def _in_part(mark: bytes) -> Slip:
    def change(data: bytes, random: Random) -> bytes | None:
        before, *parts = data.split(mark)
        if len(parts) < 2:
            return None
        at = random.randrange(len(parts) - 1)
        head, gap, content = parts[at].partition(b"\r\n\r\n")
        wrong = _wrong_letter(content, random)
        if wrong is None:
            return None
        parts[at] = head + gap + wrong
        return mark.join([before, *parts])

    return change


def _drop_element(data: bytes, random: Random) -> bytes | None:
    data = _COMMENT.sub(b"", data)
    found = [each for each in _LEAF.finditer(data) if each[2].strip()]
    return _without(data, random.choice(found)) if found else None


def _without(data: bytes, gone: re.Match[bytes]) -> bytes:
    return data[: gone.start()] + data[gone.end() :]


def _wrong_in_element(data: bytes, random: Random) -> bytes | None:
    data = _COMMENT.sub(b"", data)
    places = [each.start(2) + letter.start() for each in _LEAF.finditer(data) for letter in _LETTER.finditer(each[2])]
    return _changed(data, random.choice(places)) if places else None


def _drop_attribute(data: bytes, random: Random) -> bytes | None:
    data = _COMMENT.sub(b"", data)
    found = [each for each in _TAG.finditer(data) if _ATTRIBUTE.search(each[0])]
    if not found:
        return None
    tag = random.choice(found)
    return data[: tag.start()] + _without(tag[0], random.choice(list(_ATTRIBUTE.finditer(tag[0])))) + data[tag.end() :]


def _wire_fields(data: bytes) -> list[tuple[int, int, int, int]]:
    """Return the fields of a protobuf message as they were sent (https://protobuf.dev/programming-guides/encoding/),
    of each number the last one: wire type, where it begins, where its value begins, and its end. Those that hold
    nothing but zeros are left out, and nothing is returned where these bytes are no message."""
    found: dict[int, tuple[int, int, int, int]] = {}
    at = 0
    while at < len(data):
        start = at
        key, at = _varint(data, at)
        wire, value = key & 7, at
        if wire == 0:
            _, at = _varint(data, at)
        elif wire == 2:
            length, at = _varint(data, at)
            at += length
        else:
            at += {1: 8, 5: 4}.get(wire, len(data) + 1)
        if not key >> 3 or at > len(data):
            return []
        found[key >> 3] = (wire, start, value, at)
    return [each for each in found.values() if data[each[2] : each[3]].strip(b"\0")]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if not data[at - 1] & 128:
            return value, at
    return 0, len(data) + 1


def _drop_wire_field(data: bytes, random: Random) -> bytes | None:
    fields = _wire_fields(data)
    if not fields:
        return None
    _, start, _, end = random.choice(fields)
    return data[:start] + data[end:]


def _wrong_varint(data: bytes, random: Random) -> bytes | None:
    # The last bit of a number's first byte is its lowest.
    places = [value for wire, _, value, _ in _wire_fields(data) if wire == 0]
    if not places:
        return None
    at = random.choice(places)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
