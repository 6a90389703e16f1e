"""YAML to plain values, each with the line it was written on.

The text is composed to nodes by PyYAML's safe loader and converted here, so that nothing is constructed by a tag.
Scalars follow the YAML 1.2 core schema: `no` and `on` are text, `1e-3` is a number, dates are text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import msgspec
import yaml

from shadow.errors import ConfigError

Path = tuple[str | int, ...]

MAX_NODES = 100_000
MAX_DEPTH = 40
_TAG = "tag:yaml.org,2002:"
_BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what YAML counts as the end of a line


class Expanded(str):
    """Text into which a variable was expanded; it may still become the number or word that its key asks for."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A file's values, with the line and the unexpanded text of every path that occurs in it."""

    name: str
    value: Any
    lines: dict[Path, int]
    written: dict[Path, str]

    def line_of(self, path: Path) -> int:
        """Return the line of `path`, or of its nearest ancestor that was written."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own class-level registry


_SCALARS: tuple[tuple[str, str], ...] = (
    ("null", r"~|null|Null|NULL|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
)
for _name, _pattern in _SCALARS:
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), None)


def scalar_of(text: str) -> Any:
    """Return what unquoted `text` means in YAML 1.2: None, bool, int, float or the text itself.

    Raises ValueError for numbers that are not finite or too long to be one.
    """
    for name, pattern in _SCALARS:
        if re.fullmatch(pattern, text):
            return _construct(name, text)
    return text


def _construct(name: str, text: str) -> Any:
    if name == "null":
        return None
    if name == "bool":
        return text.lower() == "true"
    if name == "int":
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text, 10)
    if name == "float":
        number = float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        if not math.isfinite(number):
            raise ValueError("not a finite number")
        return number
    return text


def parse_document(text: str, name: str, expand: Callable[[str], str]) -> Document:
    """Parse one YAML document; `expand` replaces variables in scalars that contain `${`.

    Raises ConfigError, naming the line, for invalid YAML, a duplicate key, a tag, a non-finite number, a missing
    variable, an empty file or a top level that is not a mapping.
    """
    reader = _Reader(name, expand)
    node = reader.compose(text)
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "null"):
        raise ConfigError(f"{name}: is empty.", "Write one with `shadow config init`.")
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(
            f"{name}:{node.start_mark.line + 1}: the top level is not a mapping of keys to values.",
            "It has to begin like `primary:`; see docs/configuration.md.",
        )
    value = reader.read(node, (), node)
    return Document(name=name, value=value, lines=reader.lines, written=reader.written)


class _Reader:
    """Walks the nodes of one document once."""

    def __init__(self, name: str, expand: Callable[[str], str]) -> None:
        self.name = name
        self.expand = expand
        self.lines: dict[Path, int] = {}
        self.written: dict[Path, str] = {}
        self.nodes = 0

    def fail(self, node: yaml.Node, path: Path, message: str, remedy: str = "") -> ConfigError:
        where = f"{render_path(path)}: " if path else ""
        return ConfigError(f"{self.name}:{node.start_mark.line + 1}: {where}{message}", remedy)

    def compose(self, text: str) -> yaml.Node | None:
        try:
            loader = _Loader(text)
            try:
                node: yaml.Node | None = loader.get_single_node()
            finally:
                loader.dispose()
        except yaml.reader.ReaderError as error:
            line = text[: max(error.position, 0)].count("\n") + 1
            raise ConfigError(
                f"{self.name}:{line}: contains a character that YAML does not allow.", "Remove it."
            ) from error
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error, text) from error
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            raise ConfigError(f"{self.name}: is not valid YAML.", "Check its nesting.") from error
        return node

    def _syntax(self, error: yaml.MarkedYAMLError, text: str) -> ConfigError:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = " ".join((error.problem or error.context or "cannot be parsed").split())
        if "\\t" in problem:
            return ConfigError(f"{self.name}:{line}: a tab is used for indentation.", "Indent with spaces.")
        remedy = "Check indentation, colons and quotes on this line and the one before."
        if "alias" in (error.context or ""):
            remedy = "Quote a value that begins with `*`: '* /static/*'."
        elif re.search(r"[\[{,:] *\$\{", (_BREAKS.split(text) + [""] * line)[line - 1]):
            remedy = 'Within [...] and {...}, quote a variable: "${NAME}".'
        return ConfigError(f"{self.name}:{line}: is not valid YAML: {problem}.", remedy)

    def read(self, node: yaml.Node, path: Path, at: yaml.Node) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise self.fail(node, (), "is nested or repeated beyond any configuration.", "Remove aliases (`*name`).")
        self.lines[path] = at.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._plain_tag(node, path, "seq")
            return [self.read(item, (*path, index), item) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node, path)

    def _plain_tag(self, node: yaml.Node, path: Path, *names: str) -> None:
        if node.tag not in {_TAG + name for name in names}:
            raise self.fail(node, path, f"the tag {node.tag!r} is not allowed.", "Remove it; plain values suffice.")

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        self._plain_tag(node, path, "map")
        result: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.fail(key, path, "a key has to be a plain word.", "Quote it, or remove the brackets.")
            if key.value in result:
                first = self.lines[(*path, key.value)]
                raise self.fail(
                    key, path, f"{shown(key.value)} is given twice, first on line {first}.", "Keep one of the two."
                )
            result[key.value] = self.read(value, (*path, key.value), key)
        return result

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        self._plain_tag(node, path, "str", "null", "bool", "int", "float")
        text: str = node.value
        self.written[path] = text
        if "${" in text:
            try:
                expanded = self.expand(text)
            except ConfigError as error:
                raise self.fail(node, path, error.message, error.remedy) from None
            return Expanded(expanded)
        try:
            return _construct(node.tag.removeprefix(_TAG), text)
        except ValueError:
            raise self.fail(
                node, path, f"{shown(text)} is not a number that can be used.", "Write a finite number."
            ) from None


def render_path(path: Path) -> str:
    """Render a path as it is spoken of: `routes[2].endpoint`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def shown(text: str, limit: int = 60) -> str:
    """Quote a value for a message: one line, at most `limit` characters."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
