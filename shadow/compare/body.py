"""Compare two bodies: as what their media type says, as text, or as bytes."""

from __future__ import annotations

import msgspec

from shadow.bodies.decode import Decoded, UndecodableError, decode
from shadow.bodies.parse import BOM, NotJsonError, parse
from shadow.compare.deep import compare_remainders
from shadow.compare.found import ABSENT, Found
from shadow.compare.lists import declared_lists
from shadow.compare.media.charset import text_of
from shadow.compare.media.csv import read as read_csv
from shadow.compare.media.protobuf import message_reader
from shadow.compare.media.registry import Reader, is_json_media, reader_of
from shadow.compare.media.tree import ORDER, simplify
from shadow.compare.media.unreadable import UnreadableError
from shadow.compare.opened import Opened, Opener
from shadow.compare.spans import compare_documents
from shadow.compare.text import compare_binary, compare_text, digest_of, presence
from shadow.compare.walk import Walk
from shadow.config.model import Compare
from shadow.records import Kind, ResponseCopy

MAX_FOUND = 10_000
_SNIFFED_BYTES = 4096
_TEXT_MEDIA = ("text/", "application/xml", "application/javascript", "application/x-www-form-urlencoded")


class BodyDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What the comparison of two bodies found. `full` tells that there was more than could be kept."""

    found: list[Found] = []
    full: bool = False


def compare_bodies(
    old: ResponseCopy, new: ResponseCopy, limits: Compare, opener: Opener | None = None
) -> BodyDiff:
    """Compare two bodies, content-encodings undone.

    Raises UndecodableError where the old body cannot be decoded, TooLargeError, LimitError and RecursionError where
    a limit ends the comparison. A new body that cannot be decoded while the old one can is a difference; where
    neither is what its media type says, UndecodableError has the digests of both.
    Cannot see: what the readers of each media type cannot see, each says so (shadow/compare/media).
    """
    opener = opener or Opener(limits.max_decoded_bytes)
    first = opener.open(old)
    a = first.body
    try:
        second = opener.open(new)
    except UndecodableError as error:
        if not old.body:
            raise
        note = f"the new body cannot be decoded: {error}"
        return BodyDiff(
            found=[Found(kind=Kind.encoding, area="body", old=digest_of(a.data), new=digest_of(new.body), note=note)]
        )
    b = second.body
    if a.data == b.data:
        return BodyDiff()
    if not a.data or not b.data:
        return BodyDiff(found=[presence(_shown(a), _shown(b))])
    if is_json(a) and is_json(b):
        return _compare_json(first, second, limits)
    reader = reader_of(a.media)
    if reader is not None and reader is reader_of(b.media):
        return _compare_read(reader, a, b, limits)
    messages = message_reader(a, b, limits.protobuf) if limits.protobuf.descriptors else None
    if messages is not None:
        return _compare_read(messages, a, b, limits)
    if is_binary(a) or is_binary(b):
        return BodyDiff(found=compare_binary(a.data, b.data))
    return BodyDiff(found=compare_text(text_of(a), text_of(b)))


def undecodable(error: UndecodableError) -> list[Found]:
    """Return the difference that tells the digests of two bodies that could not be read, where both are known."""
    if error.digests is None:
        return []
    old, new = error.digests
    return [Found(kind=Kind.encoding, area="body", old=old, new=new, note=str(error))]


def is_json(body: Decoded) -> bool:
    """Tell whether a body is to be read as JSON: by media type, or by its first byte where none says otherwise."""
    if is_json_media(body.media):
        return True
    return body.media in ("", "text/plain", "application/octet-stream") and body.data.lstrip()[:1] in (b"{", b"[")


def is_binary(body: Decoded) -> bool:
    """Tell whether a body is neither text by its type nor by its bytes."""
    if body.media.startswith(_TEXT_MEDIA) or body.media.endswith(("+xml", "json")):
        return False
    return not _is_plain(body.data)


def show_body(response: ResponseCopy, limits: Compare) -> object:
    """Return a body as a difference may show it: a parsed value, text or a digest, ABSENT where it is empty."""
    return _shown(decode(response.headers, response.body, limits.max_decoded_bytes))


def _compare_json(first: Opened, second: Opened, limits: Compare) -> BodyDiff:
    a, b = first.body, second.body
    walk = _walk(limits)
    try:
        compare_documents(first.document, second.document, walk)
    except NotJsonError:
        return BodyDiff(found=[_not_json(a, b)])
    found = walk.found
    if a.data.startswith(BOM) != b.data.startswith(BOM):
        side = "old" if a.data.startswith(BOM) else "new"
        found.append(Found(kind=Kind.encoding, area="body", note=f"only the {side} body has a byte order mark"))
    return BodyDiff(found=found, full=walk.full)


def _walk(limits: Compare) -> Walk:
    lists = declared_lists(limits.list_keys, limits.unordered)
    return Walk(max_depth=limits.max_depth, max_found=MAX_FOUND, rest=compare_remainders, lists=lists)


def _compare_read(reader: Reader, a: Decoded, b: Decoded, limits: Compare) -> BodyDiff:
    (old, old_fault), (new, new_fault) = _read(reader, a), _read(reader, b)
    if old_fault or new_fault:
        return BodyDiff(found=[_unreadable(reader.word, a, b, old_fault, new_fault)])
    if reader.is_tree and isinstance(old, dict) and isinstance(new, dict):
        old, new = simplify(old, new)
    walk = _walk(limits)
    # Children that came or went change the list of their names, too: that is no difference of its own.
    found = [each for each in walk.run(old, new) if each.kind is Kind.order or ORDER not in (each.segments or ())]
    if not found and not walk.full and reader.read is read_csv:
        found = _line_ends(text_of(a), text_of(b))
    return BodyDiff(found=found, full=walk.full)


def _line_ends(old: str, new: str) -> list[Found]:
    """Return the difference of two texts that differ in how their lines end and in nothing else."""
    return compare_text(old, new) if old.replace("\r\n", "\n") == new.replace("\r\n", "\n") else []


def _read(reader: Reader, body: Decoded) -> tuple[object, str]:
    try:
        return reader.read(body), ""
    except (UnreadableError, UndecodableError) as error:
        return None, str(error)


def _unreadable(word: str, a: Decoded, b: Decoded, old_fault: str, new_fault: str) -> Found:
    """Return the difference of a body that is what it says against one that is not.

    Raises UndecodableError, with digests, where neither is: then nothing can be said about them but that.
    """
    if old_fault and new_fault:
        error = UndecodableError(f"neither body is {word}: {old_fault}")
        error.digests = digest_of(a.data), digest_of(b.data)
        raise error
    note = f"the {'old' if old_fault else 'new'} body is no {word.removeprefix('a ').removeprefix('an ')}"
    shown = (digest_of(body.data) if fault else _shown(body) for body, fault in ((a, old_fault), (b, new_fault)))
    old, new = shown
    return Found(kind=Kind.type, area="body", old=old, new=new, note=f"{note}: {old_fault or new_fault}")


def _not_json(a: Decoded, b: Decoded) -> Found:
    (_, old_fault), (_, new_fault) = _parsed(a), _parsed(b)
    return _unreadable("JSON", a, b, old_fault, new_fault)


def _parsed(body: Decoded) -> tuple[object, str]:
    try:
        return parse(body.data, body.charset), ""
    except NotJsonError as error:
        return None, str(error)


def _shown(body: Decoded) -> object:
    if not body.data:
        return ABSENT
    if is_json(body):
        value, fault = _parsed(body)
        return digest_of(body.data) if fault else value
    if is_binary(body):
        return digest_of(body.data)
    try:
        return text_of(body)[:2000]
    except UndecodableError:
        return digest_of(body.data)


def _is_plain(data: bytes) -> bool:
    head = data[:_SNIFFED_BYTES]
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(data) > _SNIFFED_BYTES and error.start > _SNIFFED_BYTES - 4  # a character across the cut
    return True

