"""Values in paths and queries. What is not replaced stays byte by byte."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from shadow.endpoints.segments import is_value, split_target
from shadow.identity.kinds import Names

Swap = Callable[[str, str], str | int | None]
_PARAMETER = re.compile(r"\{([^{}/]*)\}")
_ORIGIN = re.compile(rb"(https?://[^/?#]*)?(/[^\s]*)", re.IGNORECASE)


def swap_target(target: bytes, endpoint: str, names: Names, swap: Swap) -> bytes:
    """Return a request target with the values that `swap` replaces; `endpoint` tells its parameters."""
    path, mark, query = target.partition(b"?")
    segments = split_target(path)
    if segments is not None:
        path = _path(path, segments, endpoint, names, swap)
    return path + mark + swap_fields(query, names, swap)


def swap_link(text: str, endpoint_of: Callable[[bytes], str], names: Names, swap: Swap) -> str:
    """Return a link (`/orders/17?full=1`, `http://host/orders/17`) with its values replaced; other text as it is."""
    if not text.isascii() or len(text) > 2000:
        return text
    found = _ORIGIN.fullmatch(text.encode("ascii"))
    if found is None:
        return text
    target, mark, fragment = found[2].partition(b"#")
    changed = swap_target(target, endpoint_of(target), names, swap)
    return ((found[1] or b"") + changed + mark + fragment).decode("ascii", "replace")


def swap_fields(encoded: bytes, names: Names, swap: Swap) -> bytes:
    """Return a query or an urlencoded form with its values replaced."""
    if not encoded:
        return encoded
    pairs = []
    for pair in encoded.split(b"&"):
        name, equals, value = pair.partition(b"=")
        if equals and value:
            kind = names.of_member(unquote_plus(name.decode("latin-1")), "")
            new = swap(kind, unquote_plus(value.decode("latin-1"), errors="surrogateescape"))
            if new is not None:
                pair = name + b"=" + quote_plus(str(new), errors="replace").encode("ascii")
        pairs.append(pair)
    return b"&".join(pairs)


def _path(path: bytes, segments: tuple[str, ...], endpoint: str, names: Names, swap: Swap) -> bytes:
    kinds = kinds_of_segments(segments, endpoint, names)
    changed = list(segments)
    for at, (segment, kind) in enumerate(zip(segments, kinds, strict=True)):
        new = swap(kind, unquote(segment, errors="surrogateescape"))
        if new is not None:
            changed[at] = quote(str(new), safe="", errors="replace")
    if tuple(changed) == segments:
        return path
    return ("/" + "/".join(changed) + ("/" if path.endswith(b"/") else "")).encode("latin-1")


def kinds_of_segments(segments: tuple[str, ...], endpoint: str, names: Names) -> list[str]:
    """Return the kind of every segment of a path, "" for words of the API."""
    template = [part for part in endpoint.partition(" ")[2].split("/") if part]
    known = len(template) == len(segments) and not endpoint.endswith("/*")
    kinds: list[str] = []
    collection = ""
    for at, segment in enumerate(segments):
        parameter = _PARAMETER.fullmatch(template[at]) if known else None
        if parameter is not None:
            kinds.append(names.of_parameter(parameter[1], collection))
        elif not known and is_value(segment):
            kinds.append(names.of_collection(collection))
        else:
            kinds.append("")
            collection = segment
    return kinds
