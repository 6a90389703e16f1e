"""The sections that say how the new contract differs from the old one on purpose: `mapping` and `identity`."""

from __future__ import annotations

from typing import Literal

from shadow.config.section import Bytes, Count, Positive, Section

Conversion = Literal["", "text", "integer", "number", "boolean", "upper", "lower", "epoch", "instant"]
FieldConversion = Literal["integer", "number", "boolean", "upper", "lower", "epoch", "instant"]


class FieldMapping(Section, frozen=True, kw_only=True):
    """Changes to named text fields, in this order: drop, values, convert, rename, set. Names are the old ones, but for
    those in `set`."""

    drop: tuple[str, ...] = ()
    values: dict[str, dict[str, str]] = {}
    convert: dict[str, FieldConversion] = {}
    rename: dict[str, str] = {}
    set: dict[str, str] = {}


class HeaderMapping(Section, frozen=True, kw_only=True):
    """Changes to headers, in this order: drop, rename, set."""

    drop: tuple[str, ...] = ()
    rename: dict[str, str] = {}
    set: dict[str, str] = {}


class BodyStep(Section, frozen=True, kw_only=True):
    """One change to a JSON body: what is at `path` is dropped, or its value mapped and converted, then moved to `to`;
    `set` puts a value there, written as JSON."""

    path: str
    drop: bool = False
    values: dict[str, str] = {}
    convert: Conversion = ""
    to: str = ""
    set: str = ""


class AnswerMapping(Section, frozen=True, kw_only=True):
    """How the candidate's answer becomes one that can be compared with the primary's: from new to old."""

    status: dict[str, int] = {}
    headers: HeaderMapping = HeaderMapping()
    body: tuple[BodyStep, ...] = ()


class Mapping(Section, frozen=True, kw_only=True):
    """How requests to an old endpoint are asked of the candidate, and how its answers are read."""

    endpoint: str
    path: str = ""
    method: str = ""
    query: FieldMapping = FieldMapping()
    headers: HeaderMapping = HeaderMapping()
    body: tuple[BodyStep, ...] = ()
    form: FieldMapping = FieldMapping()
    answer: AnswerMapping = AnswerMapping()


class IdentityValue(Section, frozen=True, kw_only=True):
    """A kind of value that each side makes itself: where answers tell it, and under which names it is used."""

    kind: str
    learn: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    scope: Literal["shared", "client"] = "shared"


class Identity(Section, frozen=True, kw_only=True):
    """The map between the values that both sides make themselves."""

    learn: Literal["off", "declared", "inferred"] = "off"
    values: tuple[IdentityValue, ...] = ()
    max_entries: Count = 200_000
    max_bytes: Bytes = 64 * 1024 * 1024
    expires_s: Positive = 86400.0
