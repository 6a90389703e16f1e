"""Which names carry which kind of value: `order_id`, `orderId`, `/orders/{id}` and an order's `id` are all `order`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from shadow.config.contract import Identity
from shadow.endpoints.template import Template, compile_template
from shadow.paths import Pattern, parse_pattern

# The last word of a name that is an id; the words before it are the kind.
_ID_WORDS = frozenset(("id", "ids", "uuid", "guid", "oid"))
# Written like ids as often as not: learnt only where both sides differ.
_SOFT_WORDS = frozenset(("number", "no", "nr", "ref", "reference"))
_SECRET_WORDS = frozenset(
    ("token", "csrf", "xsrf", "csrfmiddlewaretoken", "nonce", "jwt", "cursor", "sid", "session", "sessionid", "etag")
)
# `session_id` is one, `token_type` and `csrf_param` are not.
_SECRET_ENDS = frozenset(("id", "key", "value", "hash"))
# Objects that say nothing about what is in them.
WRAPPERS = frozenset(
    ("data", "result", "results", "payload", "response", "body", "content", "object", "attributes", "records", "rows",
     "list", "entries", "edges", "node", "nodes", "value", "values", "hits")
)  # fmt: skip
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_VERSION = re.compile(r"v[0-9]+|api")
# Names come from the messages; their meanings are remembered, within bounds.
_MOST_NAMES = 8192
# So long, and given by one side: no other value is the same by chance.
UNIQUE_CHARS = 12


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where an answer tells a value: endpoint and place."""

    template: Template
    place: Pattern


def parse_source(text: str) -> Source:
    """Compile `POST /orders $.id`. Raises ValueError with the reason where it cannot be read."""
    parts = text.split(None, 2)
    if len(parts) != 3:
        raise ValueError("it is not endpoint and place")
    place = parse_pattern(parts[2])
    if place.segments is None or not place.segments:
        raise ValueError(f"{parts[2]!r} is not one value: name a member or a header")
    return Source(template=compile_template(parts[0], parts[1]), place=place)


class Names:
    """Finds the kind of a name; declared names come first."""

    def __init__(self, identity: Identity) -> None:
        """Compile what is declared. Raises ValueError for what validation would have refused."""
        self.inferred = identity.learn == "inferred"
        self.on = identity.learn != "off"
        self.sources = tuple((value.kind, parse_source(text)) for value in identity.values for text in value.learn)
        self.private = frozenset(value.kind for value in identity.values if value.scope == "client")
        self._declared = {_squeezed(name): value.kind for value in identity.values for name in value.names}
        self._told: dict[str, dict[str, tuple[str, bool]]] = {}
        self._n_told = 0
        self._canonical = {kind_of_words(words_of(value.kind)): value.kind for value in identity.values}

    def of_member(self, name: str, owner: str) -> str:
        """Return the kind of a member, field or header called so, in an object of kind `owner`; "": it has none."""
        return self.facts(name, owner)[0]

    def facts(self, name: str, owner: str) -> tuple[str, bool]:
        """Return the kind of a member, and whether its name tells anything at all: a kind, or a secret."""
        told = self.told(owner)
        known = told.get(name)
        if known is None:
            kind = self._of_member(name, owner)
            known = told[name] = kind, bool(kind) or is_secret(name)
            self._n_told += 1
        return known

    def told(self, owner: str) -> dict[str, tuple[str, bool]]:
        """Return the facts of an owner's members that are known already, by name; `facts` adds the others."""
        if self._n_told >= _MOST_NAMES or len(self._told) >= _MOST_NAMES:
            self._told.clear()
            self._n_told = 0
        told = self._told.get(owner)
        if told is None:
            told = self._told[owner] = {}
        return told

    def _of_member(self, name: str, owner: str) -> str:
        declared = self._declared.get(_squeezed(name))
        if declared is not None:
            return declared
        words = words_of(name)
        if not words or (words[-1] not in _ID_WORDS and words[-1] not in _SOFT_WORDS):
            return ""
        kind = kind_of_words(words[:-1]) if len(words) > 1 else owner
        # A number on an invoice is another value than the invoice's id.
        return self._canonical.get(kind, kind) + ("#" if kind and words[-1] in _SOFT_WORDS else "")

    def of_parameter(self, name: str, collection: str) -> str:
        """Return the kind of a path parameter `{name}` behind a literal segment such as `orders`."""
        owner = self.of_collection(collection)
        return self.of_member(name, owner) or owner

    def of_collection(self, segment: str) -> str:
        """Return the kind of what a path segment or a member holds: `orders` holds `order`s."""
        kind = kind_of_words(words_of(segment))
        return self._canonical.get(kind, kind)

    def of_endpoint(self, endpoint: str) -> str:
        """Return the kind of what an endpoint answers about: that of its last literal segment."""
        path = endpoint.partition(" ")[2]
        literals = [part for part in path.split("/") if part and part[0] not in "{*"] if path[:1] == "/" else []
        named = [part for part in literals if not _VERSION.fullmatch(part)]
        return self.of_collection(named[-1]) if named else ""


@lru_cache(maxsize=_MOST_NAMES)
def is_id(name: str) -> bool:
    """Whether a name is that of an id, whatever its value."""
    words = words_of(name)
    return bool(words) and words[-1] in _ID_WORDS


@lru_cache(maxsize=_MOST_NAMES)
def is_soft_id(name: str) -> bool:
    """Whether a name may be that of an id: a number, a reference."""
    words = words_of(name)
    return bool(words) and words[-1] in _SOFT_WORDS


@lru_cache(maxsize=_MOST_NAMES)
def is_secret(name: str) -> bool:
    """Whether a name is that of a value which one side draws at random: a token, a nonce, a cursor."""
    words = words_of(name)
    if not words:
        return False
    if words[-1] in _SECRET_WORDS or words[-1].endswith("token"):
        return True
    return words[-1] in _SECRET_ENDS and not _SECRET_WORDS.isdisjoint(words[:-1])


def looks_random(value: str) -> bool:
    """Whether a value looks drawn rather than chosen: `open` is a state, `a8f0c3d2` is not."""
    if len(value) < 8 or any(character.isspace() for character in value):
        return False
    mixed = value != value.lower() and value != value.upper()
    return mixed or len(value) >= 24 or any(character.isdigit() for character in value)


def words_of(name: str) -> list[str]:
    """Return the words of `order_id`, `orderId`, `X-Order-ID`, lower-case."""
    return [word.lower() for word in _WORDS.findall(name)]


def kind_of_words(words: Iterable[str]) -> str:
    """Return the kind that words name, in the singular: [`order`, `lines`] is `order_line`."""
    kind = "_".join(words)
    if kind.endswith("ies") and len(kind) > 4:
        return kind[:-3] + "y"
    if kind.endswith(("sses", "xes", "ches", "shes")):
        return kind[:-2]
    return kind[:-1] if kind.endswith("s") and not kind.endswith(("ss", "us", "is")) else kind


def _squeezed(name: str) -> str:
    return "".join(words_of(name))
