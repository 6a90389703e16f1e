"""The key reference in Markdown, generated from the model so that it cannot lag behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from shadow.config.meanings import meaning_of
from shadow.config.model import Config


def reference() -> str:
    """Return every key of shadow.yaml with type, default and meaning, a table per section, in the file's order."""
    root = inspect.type_info(Config)
    assert isinstance(root, inspect.StructType)
    return "\n".join(_section("", root, {})).rstrip() + "\n"


def _section(prefix: str, kind: inspect.StructType, seen: dict[type, str]) -> Iterator[str]:
    seen[kind.cls] = prefix
    yield f"### {'`' + prefix + '`' if prefix else 'Top level'}"
    yield ""
    yield "| key | type | default | meaning |"
    yield "|---|---|---|---|"
    below: list[tuple[str, inspect.StructType]] = []
    for field in kind.fields:
        meaning = meaning_of(kind.cls.__name__, field.encode_name)
        yield f"| `{field.encode_name}` | {_type(field.type, field.encode_name)} | {_default(field)} | {meaning} |"
        name = f"{prefix}.{field.encode_name}" if prefix else field.encode_name
        inner = _struct_in(field.type)
        if inner is not None:
            below.append((f"{name}[]" if isinstance(field.type, inspect.VarTupleType) else name, inner))
    yield ""
    for name, inner in below:
        if inner.cls in seen:
            yield from (f"### `{name}`", "", f"The same keys as `{seen[inner.cls]}`.", "")
        else:
            yield from _section(name, inner, seen)


def _struct_in(kind: inspect.Type) -> inspect.StructType | None:
    if isinstance(kind, inspect.StructType):
        return kind
    if isinstance(kind, inspect.VarTupleType):
        return _struct_in(kind.item_type)
    if isinstance(kind, inspect.UnionType):
        return next((found for one in kind.types if (found := _struct_in(one))), None)
    return None


def _type(kind: inspect.Type, key: str) -> str:
    if isinstance(kind, inspect.UnionType):
        return " or ".join("null" if isinstance(one, inspect.NoneType) else _type(one, key) for one in kind.types)
    if isinstance(kind, inspect.VarTupleType):
        return f"list of {_type(kind.item_type, key)}"
    if isinstance(kind, inspect.DictType):
        return f"text to {_value(kind.value_type, key)}"
    if isinstance(kind, inspect.LiteralType):
        return ", ".join(f"`{word}`" for word in kind.values)
    if isinstance(kind, inspect.StructType):
        return "section"
    if isinstance(kind, inspect.IntType):
        return ("bytes or size" if key.endswith("_bytes") else "whole number") + _range(kind)
    if isinstance(kind, inspect.FloatType):
        return "number" + _range(kind)
    return "true or false" if isinstance(kind, inspect.BoolType) else "text"


def _value(kind: inspect.Type, key: str) -> str:
    """Return the type of a mapping's values; the words of a closed set are for the meaning to list."""
    return "text" if isinstance(kind, inspect.LiteralType) else _type(kind, key)


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    limits = [(">", kind.gt), ("≥", kind.ge), ("<", kind.lt), ("≤", kind.le)]
    said = ", ".join(f"{sign} {limit}" for sign, limit in limits if limit is not None)
    return f", {said}" if said else ""


def _default(field: inspect.Field) -> str:
    if field.required:
        return "required"
    default: Any = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(default, msgspec.Struct):
        return "on" if isinstance(field.type, inspect.UnionType) else "see below"
    if default in ("", (), {}):
        return "empty"
    if default is None:
        return "null"
    if field.encode_name.endswith("_bytes"):
        for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
            if default >= size and default % size == 0:
                return f"`{default // size}{unit}`"
    if isinstance(default, tuple):
        return f"`[{', '.join(str(one) for one in default)}]`"
    return f"`{default}`"
