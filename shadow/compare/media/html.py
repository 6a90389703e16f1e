"""HTML as browsers read it (selectolax over lexbor), as a canonical tree."""

from __future__ import annotations

from typing import Any

from shadow.bodies.decode import Decoded
from shadow.compare.media.charset import text_of
from shadow.compare.media.tree import Child, element
from shadow.compare.media.unreadable import UnreadableError

_MOST_DEPTH = 200
_AS_WRITTEN = ("pre", "textarea", "script", "style")


def read(body: Decoded) -> dict[str, Any]:
    """Return the document as an element of one child. Raises UnreadableError where it is nested too deep.

    Cannot see: comments, the document type, contents of templates, classes' order apart from their text, how tags and
    entities were written, how much white space stands between words, and any between elements.
    """
    from selectolax.lexbor import LexborHTMLParser  # only bodies that need it pay for loading it

    root = LexborHTMLParser(text_of(body)).root
    if root is None:
        return {}
    return element({}, [("html", _element(root, 0))])


def _element(node: Any, depth: int) -> dict[str, Any]:
    if depth > _MOST_DEPTH:
        raise UnreadableError(f"nested deeper than {_MOST_DEPTH}")
    content: list[str | Child] = []
    below = node.child
    while below is not None:
        if below.is_element_node:
            content.append((below.tag, _element(below, depth + 1)))
        elif below.is_text_node:
            content.append(below.text_content or "")
        below = below.next
    attributes = {name: value or "" for name, value in node.attributes.items()}
    return element(attributes, content, collapse=node.tag not in _AS_WRITTEN)
