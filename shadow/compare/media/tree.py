"""Elements, attributes and text as a value that can be walked, with paths that read like the document.

A child is a member by its name, `$.order.item[2].price`; an attribute is `@href`; the text of an element that has
anything else besides is `#text`, with `<b>` where a child stands in it. An element of nothing but text is that text.
`#order` lists the names of the children where there are several and no text tells how they follow one another.
"""

from __future__ import annotations

from typing import Any

TEXT, ORDER = "#text", "#order"

Child = tuple[str, dict[str, Any]]


def element(attributes: dict[str, str], content: list[str | Child], *, collapse: bool = False) -> dict[str, Any]:
    """Return an element: attributes, children as lists by name, text. `collapse`: runs of white space are one."""
    node: dict[str, Any] = {f"@{name}": value for name, value in attributes.items()}
    names = [each[0] for each in content if not isinstance(each, str)]
    is_mixed = any(isinstance(each, str) and each.strip() for each in content)
    if is_mixed and names:
        said = "".join(each if isinstance(each, str) else f"<{each[0]}>" for each in content)
        node[TEXT] = " ".join(said.split())
    elif is_mixed:
        said = "".join(each for each in content if isinstance(each, str))
        node[TEXT] = " ".join(said.split()) if collapse else said
    elif len(set(names)) > 1:
        node[ORDER] = names
    for each in content:
        if not isinstance(each, str):
            node.setdefault(each[0], []).append(each[1])
    return node


def simplify(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both with children as single values, and as text, where that holds for both sides."""
    a, b = dict(old), dict(new)
    for name in old.keys() | new.keys():
        if name[:1] in "#@":
            continue
        first, second = _children(old.get(name, []), new.get(name, []))
        for side, nodes in ((a, first), (b, second)):
            if nodes:
                side[name] = nodes[0] if len(first) < 2 and len(second) < 2 else nodes
    return a, b


def _children(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    if all(node.keys() <= {TEXT} for node in (*old, *new)):
        return [node.get(TEXT, "") for node in old], [node.get(TEXT, "") for node in new]
    pairs = [simplify(a, b) for a, b in zip(old, new, strict=False)]
    shared = len(pairs)
    return (
        [pair[0] for pair in pairs] + [simplify(node, node)[0] for node in old[shared:]],
        [pair[1] for pair in pairs] + [simplify(node, node)[1] for node in new[shared:]],
    )
