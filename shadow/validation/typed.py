"""Plain values to the typed tree, key by key, so that the first thing wrong is named where it was written."""

from __future__ import annotations

import operator
from difflib import get_close_matches
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from shadow.config.document import Document, Expanded, Path, render_path, scalar_of, shown
from shadow.config.expand import size_of
from shadow.config.mask import masked_text
from shadow.config.model import Config, Rule
from shadow.config.profile import with_profile
from shadow.config.rulebook import RulesFile
from shadow.errors import ConfigError

_T = TypeVar("_T")
_WORDS = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    type(None): "nothing",
}


def to_config(document: Document) -> Config:
    """Return the typed configuration of a document.

    Raises ConfigError for the first unknown key, missing key, wrong type or value out of range, with its line.
    """
    return _converted(document, Config)


def to_rules(document: Document) -> tuple[Rule, ...]:
    """Return the typed rules of a rules file. Raises ConfigError as above."""
    return _converted(document, RulesFile).rules


def _converted(document: Document, kind: type[_T]) -> _T:
    value = _Typer(document).typed(inspect.type_info(kind), with_profile(document.value), ())
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:  # _Typer has seen all of it; this is the second lock on the door
        raise ConfigError(f"{document.name}: {error}.", "See docs/configuration.md.") from error


def problem(document: Document, path: Path, message: str, remedy: str, line: int | None = None) -> ConfigError:
    """Return a ConfigError that names file, line, path and the value as it was written (secrets masked)."""
    written = document.written.get(path)
    said = f" = {shown(masked_text(path, written))}" if written else ""
    where = f"{render_path(path)}{said}: " if path else ""
    return ConfigError(f"{document.name}:{line or document.line_of(path)}: {where}{message}", remedy)


class _Typer:
    def __init__(self, document: Document) -> None:
        self.document = document

    def fail(self, path: Path, message: str, remedy: str = "") -> ConfigError:
        return problem(self.document, path, message, remedy)

    def typed(self, kind: inspect.Type, value: Any, path: Path) -> Any:
        if isinstance(kind, inspect.UnionType):
            inner = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
            assert len(inner) == 1, "the model only uses `T | None`"
            return None if value is None else self.typed(inner[0], value, path)
        if isinstance(kind, inspect.StructType):
            return self._section(kind, value, path)
        if isinstance(kind, inspect.VarTupleType):
            items = self._expect(list, value, path, "Begin every item with `- `, or write [a, b].")
            return [self.typed(kind.item_type, item, (*path, index)) for index, item in enumerate(items)]
        if isinstance(kind, inspect.DictType):
            pairs = self._expect(dict, value, path, "Write `key: value` lines below it.")
            return {key: self.typed(kind.value_type, item, (*path, key)) for key, item in pairs.items()}
        if isinstance(kind, inspect.StrType):
            return str(self._expect(str, value, path, "Put it in quotes."))
        if isinstance(kind, inspect.BoolType):
            return bool(self._expect(bool, _plain(value), path, "Write true or false, without quotes."))
        if isinstance(kind, inspect.LiteralType):
            return self._word(kind, value, path)
        if isinstance(kind, inspect.IntType | inspect.FloatType):
            return self._number(kind, value, path)
        raise AssertionError(f"the model uses {kind}, which is not read here")

    def _expect(self, wanted: type, value: Any, path: Path, remedy: str) -> Any:
        if not isinstance(value, wanted):
            if value is None:
                remedy = "Give it a value, or remove the key for its default."
            raise self.fail(path, f"{_WORDS[wanted]} was expected, not {_word_for(value)}.", remedy)
        return value

    def _section(self, kind: inspect.StructType, value: Any, path: Path) -> dict[str, Any]:
        pairs = self._expect(dict, value, path, "Write its keys on indented lines below it.")
        fields = {field.encode_name: field for field in kind.fields}
        result: dict[str, Any] = {}
        place = render_path(path) or ("rules.yaml" if kind.cls is RulesFile else "shadow.yaml")
        for key, item in pairs.items():
            if key not in fields:
                near = get_close_matches(key, list(fields), n=1)
                hint = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(fields)}."
                raise problem(
                    self.document,
                    (),
                    f"{shown(key)} is not a known key of {place}.",
                    hint,
                    line=self.document.line_of((*path, key)),
                )
            result[key] = self.typed(fields[key].type, item, (*path, key))
        for name, field in fields.items():
            if field.required and name not in pairs:
                raise (
                    self.fail((), f"{place} lacks the key {name!r}.", "Add it.")
                    if not path
                    else self.fail(path, f"the key {name!r} is missing.", "Add it.")
                )
        return result

    def _word(self, kind: inspect.LiteralType, value: Any, path: Path) -> str:
        valid = [str(word) for word in kind.values]
        if not isinstance(value, str) or value not in valid:
            near = get_close_matches(str(value), valid, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise self.fail(path, "is not one of the words it can be.", f"{hint}Valid: {', '.join(valid)}.")
        return str(value)

    def _number(self, kind: inspect.IntType | inspect.FloatType, value: Any, path: Path) -> int | float:
        if isinstance(value, Expanded):
            try:
                value = scalar_of(value)
            except ValueError:
                value = str(value)
        if isinstance(value, str) and str(path[-1]).endswith("_bytes"):
            try:
                value = size_of(value)
            except ValueError:
                raise self.fail(path, "is not a size.", "Write bytes, or a size such as 64MiB or 1.5GB.") from None
        whole = isinstance(kind, inspect.IntType)
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise self.fail(
                path,
                f"{_WORDS[int if whole else float]} was expected, not {_word_for(value)}.",
                "Write it without quotes and units." if isinstance(value, str) else "Write a plain number.",
            )
        number: int | float = value
        self._within(kind, number, path)
        return number

    def _within(self, kind: inspect.IntType | inspect.FloatType, value: float, path: Path) -> None:
        checks = (
            (kind.gt, "greater than", operator.gt),
            (kind.ge, "at least", operator.ge),
            (kind.lt, "less than", operator.lt),
            (kind.le, "at most", operator.le),
        )
        asked = [(limit, word, holds) for limit, word, holds in checks if limit is not None]
        if not all(holds(value, limit) for limit, _, holds in asked):
            bounds = " and ".join(f"{word} {limit}" for limit, word, _ in asked)
            raise self.fail(path, "is out of range.", f"It has to be {bounds}.")
        if abs(value) > 2**53:
            raise self.fail(path, "is out of range.", "It has to be below 2^53.")


def _plain(value: Any) -> Any:
    """Return what an expanded variable means; everything else as it is."""
    return scalar_of(value) if isinstance(value, Expanded) else value


def _word_for(value: Any) -> str:
    if isinstance(value, bool):
        return f"the word {str(value).lower()}"
    return _WORDS[type(value) if type(value) in _WORDS else str]
