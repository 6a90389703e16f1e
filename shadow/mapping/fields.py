"""Changes to the fields of a query or an urlencoded form. Pairs that are not touched stay byte by byte."""

from __future__ import annotations

from urllib.parse import quote_plus, unquote_plus

from shadow.config.contract import FieldMapping
from shadow.mapping.convert import convert_text

NOTHING = FieldMapping()


def map_fields(encoded: bytes, mapping: FieldMapping) -> bytes:
    """Return `a=1&b=2` with the changes of a mapping; the order of the pairs stays, new ones come last."""
    if mapping == NOTHING:
        return encoded
    pairs: list[str] = []
    for pair in encoded.decode("latin-1").split("&"):
        if not pair:
            continue
        raw_name, equals, raw_value = pair.partition("=")
        name = unquote_plus(raw_name)
        new_name = mapping.rename.get(name, name)
        if name in mapping.drop or new_name in mapping.set:
            continue
        old_value = unquote_plus(raw_value, errors="surrogateescape")
        value = _value(name, old_value, mapping)
        kept_name = raw_name if new_name == name else quote_plus(new_name)
        kept_value = raw_value if value == old_value else quote_plus(value, errors="surrogateescape")
        pairs.append(f"{kept_name}{equals if value == old_value else '='}{kept_value}")
    pairs += [f"{quote_plus(name)}={quote_plus(value)}" for name, value in mapping.set.items()]
    return "&".join(pairs).encode("latin-1")


def _value(name: str, value: str, mapping: FieldMapping) -> str:
    value = mapping.values.get(name, {}).get(value, value)
    conversion = mapping.convert.get(name)
    changed = convert_text(value, conversion) if conversion else None
    return value if changed is None else changed
