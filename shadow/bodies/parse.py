"""Parse JSON exactly: nothing that the bytes say may be lost before it was compared.

Integers become int (any size), other numbers the bytes of their literal (JSON has no other use for bytes), so that
1, 1.0, 1.00 and "1" are four things and 2^53+1 is not 2^53, and still Python compares them at the speed of C.
Only True == 1 and False == 0 remain for the comparison to tell apart.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation

import msgspec

BOM = b"\xef\xbb\xbf"
_MAX_DIGITS = 4000
_WORDS = {None: "null", True: "true", False: "false"}
_fast = msgspec.json.Decoder(float_hook=str.encode)
_encoder = msgspec.json.Encoder()
_AS_IT_IS = frozenset((str, int, bool, type(None)))
_NEGATIVE_ZERO = re.compile(rb"-0(?![0-9.eE])")


class NotJsonError(Exception):
    """Raised when bytes are no JSON; the text says where and why, without any of the content."""


class Doubled(dict[str, object]):
    """An object in which a key occurred more than once: the last value counts, the earlier ones are in `lost`."""

    lost: tuple[tuple[str, object], ...] = ()

    def __eq__(self, other: object) -> bool:
        # repr tells True from 1, which the comparison of tuples would not.
        return isinstance(other, Doubled) and repr(self.lost) == repr(other.lost) and super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None


class NonFinite(msgspec.Struct, frozen=True):
    """NaN, Infinity or -Infinity, which some writers emit though they are no JSON."""

    word: str


def parse(data: bytes, charset: str = "") -> object:
    """Parse a document, with or without byte order mark.

    Raises NotJsonError, and RecursionError where it is nested too deep.
    """
    if data[:3] == BOM:
        data = data[3:]
    if charset in ("", "utf-8", "utf8", "us-ascii", "ascii"):
        try:
            value: object = _fast.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # the exact parser knows more (NaN, lone surrogates, huge integers), or says why not
        else:
            if data[:1] == b'"' or _lost_nothing(data, value):
                return value
        charset = ""
    return _parse_slowly(data, charset)


def _lost_nothing(data: bytes, value: object) -> bool:
    # Written again, the value has one colon less for each member that was lost as a duplicate, and one minus sign
    # less for each -0. Literals are written in base64, which has neither; an escaped colon counts as one lost.
    again = _encoder.encode(value)
    if data.count(b":") != again.count(b":") or (b"\\" in data and b"\\u003" in data):
        return False
    return data.count(b"-") == again.count(b"-") or _NEGATIVE_ZERO.search(data) is None


def _parse_slowly(data: bytes, charset: str) -> object:
    try:
        text = data.decode(charset or json.detect_encoding(data))
        return json.loads(
            text,
            parse_int=_integer,
            parse_float=str.encode,
            parse_constant=NonFinite,
            object_pairs_hook=_members,
        )
    except (UnicodeDecodeError, LookupError) as error:
        raise NotJsonError(f"not {charset or 'utf-8'}") from error
    except json.JSONDecodeError as error:
        raise NotJsonError(f"{error.msg} at line {error.lineno} column {error.colno}") from error


def _integer(literal: str) -> int | bytes:
    if literal == "-0" or len(literal) > _MAX_DIGITS:
        return literal.encode()
    return int(literal)


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    doubled = Doubled(members)
    seen: set[str] = set()
    lost: list[tuple[str, object]] = []
    for key, value in reversed(pairs):
        if key in seen:
            lost.append((key, value))
        seen.add(key)
    doubled.lost = tuple(reversed(lost))
    return doubled


def number(value: object) -> Decimal | None:
    """Return a JSON number as Decimal, None for everything else and for what Decimal cannot hold."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, bytes):
        try:
            return Decimal(value.decode("ascii"))
        except (InvalidOperation, UnicodeDecodeError):
            return None
    return None


def to_text(value: object, limit_chars: int = 0) -> str:
    """Write a parsed (or redacted) value as one line of JSON, literals as they were; lone surrogates escaped."""
    if not limit_chars:
        try:
            # In C, but for one look at each value; what that cannot write (lone surrogates) is left to the slow way.
            return msgspec.json.format(_encoder.encode(_with_literals(value)), indent=0).decode()
        except (UnicodeEncodeError, TypeError, OverflowError, ValueError):
            pass
    pieces: list[str] = []
    _write(value, pieces, limit_chars or 1 << 30)
    return "".join(pieces)


def _with_literals(value: object) -> object:
    """Return a copy whose literals are written as they are. Raises TypeError for what no document holds."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, dict):
        return {
            key: item if item.__class__ in _AS_IT_IS else _with_literals(item) for key, item in value.items()
        }
    if isinstance(value, list):
        return [item if item.__class__ in _AS_IT_IS else _with_literals(item) for item in value]
    if isinstance(value, bytes):
        return msgspec.Raw(value)
    raise TypeError(type(value).__name__)


def _write(value: object, pieces: list[str], room: int) -> int:
    """Append the text of a value until `room` characters are used up; return what is left of it."""
    if isinstance(value, dict):
        room = _put("{", pieces, room)
        for position, (key, item) in enumerate(value.items()):
            if room <= 0:
                break
            room = _put((", " if position else "") + scalar_text(key) + ": ", pieces, room)
            room = _write(item, pieces, room)
        return _put("}", pieces, room)
    if isinstance(value, list):
        room = _put("[", pieces, room)
        for position, item in enumerate(value):
            if room <= 0:
                break
            if position:
                room = _put(", ", pieces, room)
            room = _write(item, pieces, room)
        return _put("]", pieces, room)
    return _put(scalar_text(value), pieces, room)


def _put(text: str, pieces: list[str], room: int) -> int:
    if room > 0:
        pieces.append(text)
    return room - len(text)


def scalar_text(value: object) -> str:
    """Write one scalar as JSON text."""
    if isinstance(value, str):
        try:
            return _encoder.encode(value).decode()
        except UnicodeEncodeError:  # lone surrogates
            return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, bool) or value is None:
        return _WORDS[value]
    if isinstance(value, int):
        return str(value)
    return value.word if isinstance(value, NonFinite) else f"<{type(value).__name__}>"
