"""Protobuf, by the messages of a configured descriptor set, as the values that JSON would hold."""

from __future__ import annotations

import base64
import math
from functools import partial
from typing import TYPE_CHECKING, Any

from shadow.bodies.decode import Decoded
from shadow.bodies.parse import NonFinite
from shadow.compare.media.registry import Reader
from shadow.compare.media.unreadable import UnreadableError
from shadow.config.model import Protobuf
from shadow.descriptors import Messages, load_messages

if TYPE_CHECKING:
    from google.protobuf.descriptor import FieldDescriptor
    from google.protobuf.message import Message
    from google.protobuf.unknown_fields import UnknownFieldSet

MEDIA = ("application/x-protobuf", "application/protobuf", "application/vnd.google.protobuf")
_ANY = "google.protobuf.Any"
_WIRE = {0: "varint", 1: "fixed64", 2: "bytes", 3: "group", 5: "fixed32"}


def message_reader(a: Decoded, b: Decoded, known: Protobuf) -> Reader | None:
    """Return how two bodies are read; None where they are no protobuf, or nothing says which message they are.

    The content type of each says it (`messageType`, `message` or `proto`), else what is configured for the endpoint;
    of a body of which nothing says it, the other one does.
    """
    if not known.descriptors or a.media not in MEDIA or b.media not in MEDIA:
        return None
    messages = load_messages(known.descriptors)
    names = [_name(body, known, messages) for body in (a, b)]
    if not any(names):
        return None
    by_body = {id(a): names[0] or names[1], id(b): names[1] or names[0]}
    return Reader("protobuf", lambda body: read(body, messages, by_body[id(body)]))


def _name(body: Decoded, known: Protobuf, messages: Messages) -> str:
    said = known.messages.get(body.message, body.message)
    if said and messages.find(said) is not None:
        return said
    return known.messages.get("*", "")


def read(body: Decoded, messages: Messages, name: str) -> object:
    """Return the fields that are set, by name; fields that the descriptor does not know as `#7`, as they were sent.

    Enumerations are names, or numbers without one; bytes are texts that begin with `base64:`; maps are objects. What
    `google.protobuf.Any` holds is read where it is described. Raises UnreadableError.
    Cannot see: the order of fields, packed or not, a field without presence that was sent with its default, all but
    the last of a field or map key that was sent again, the bits of a NaN.
    """
    from google.protobuf.message import DecodeError

    made = messages.find(name)
    if made is None:
        raise UnreadableError(f"no message {name[:100]!r} is described")
    message = made()
    try:
        message.ParseFromString(body.data)
        if not message.IsInitialized():
            raise UnreadableError(f"not a {name}: a required field is missing")
        return _fields(message, messages)
    except (DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError(f"not a {name}") from error


def _fields(message: Message, messages: Messages) -> dict[str, object]:
    from google.protobuf.unknown_fields import UnknownFieldSet

    found: dict[str, object] = {}
    for field, value in message.ListFields():
        name = f"[{field.full_name}]" if field.is_extension else field.name
        below = field.message_type
        if below is not None and below.GetOptions().map_entry:
            of = partial(_value, below.fields_by_name["value"], messages=messages)
            found[name] = {_key(key): of(value[key]) for key in value}
        elif field.is_repeated:
            found[name] = [_value(field, each, messages) for each in value]
        else:
            found[name] = _value(field, value, messages)
    _add_unknown(found, UnknownFieldSet(message))
    if message.DESCRIPTOR.full_name == _ANY:
        _open_any(found, message, messages)
    return found


def _open_any(found: dict[str, object], message: Any, messages: Messages) -> None:
    """Put what an Any holds in the place of its bytes, where it can be read; else these are compared."""
    from google.protobuf.message import DecodeError

    made = messages.find(message.type_url.rpartition("/")[2])
    if made is not None:
        try:
            found["value"] = _fields(made.FromString(message.value), messages)
        except (DecodeError, UnicodeDecodeError):
            return


def _value(field: FieldDescriptor, value: Any, messages: Messages) -> object:
    if field.message_type is not None:
        return _fields(value, messages)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known is not None else value
    return _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, float):
        # A literal, as the parser of JSON would keep it.
        return repr(value).encode() if math.isfinite(value) else NonFinite(repr(value))
    return "base64:" + base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _key(key: object) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _add_unknown(found: dict[str, object], unknown: UnknownFieldSet) -> None:
    fields: dict[str, list[object]] = {}
    for at in range(len(unknown)):
        each = unknown[at]
        data: object = each.data
        if each.wire_type == 3:
            inner: dict[str, object] = {}
            _add_unknown(inner, each.data)
            data = inner
        fields.setdefault(f"#{each.field_number}", []).append({_WIRE[each.wire_type]: _plain(data)})
    found.update(fields)
