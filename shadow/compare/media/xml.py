"""XML as a canonical tree: namespaces by their names, not their prefixes; attributes in no order; CDATA is text."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from shadow.bodies.decode import Decoded
from shadow.compare.media.tree import Child, element
from shadow.compare.media.unreadable import UnreadableError

_PYTHON_NAMES = {"utf8": "utf-8"}
_MOST_DEPTH = 200


def read(body: Decoded) -> dict[str, Any]:
    """Return the document as an element of one child. Raises UnreadableError with the line.

    A document type that declares entities is refused: reading one may take memory without end (CWE-776) or files.
    Cannot see: comments, processing instructions, prefixes, document types, and white space between elements.
    """
    builder = _Builder()
    parser = expat.ParserCreate(_PYTHON_NAMES.get(body.charset, body.charset) or None, namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.EntityDeclHandler = _refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(body.data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        line = f" at line {error.lineno}" if isinstance(error, expat.ExpatError) else ""
        reason = expat.ErrorString(error.code) if isinstance(error, expat.ExpatError) else "unknown charset"
        raise UnreadableError(f"{reason}{line}") from error
    return element({}, builder.root)


def _refuse(*_: object) -> None:
    raise UnreadableError("a document type that declares entities")


class _Builder:
    def __init__(self) -> None:
        self.root: list[str | Child] = []
        self._open: list[tuple[str, dict[str, str], list[str | Child]]] = [("", {}, self.root)]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > _MOST_DEPTH:
            raise UnreadableError(f"nested deeper than {_MOST_DEPTH}")
        self._open.append((_name(name), {_name(key): value for key, value in attributes.items()}, []))

    def end(self, _: str) -> None:
        name, attributes, content = self._open.pop()
        self._open[-1][2].append((name, element(attributes, content)))

    def text(self, text: str) -> None:
        self._open[-1][2].append(text)


def _name(name: str) -> str:
    space, _, local = name.rpartition(" ")
    return f"{{{space}}}{local}" if space else local
