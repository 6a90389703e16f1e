"""Change the text of a rules file, and leave every comment and every other line as it is.

Whatever is written is read again: where it does not say exactly what was meant, nothing is changed, and the remedy is
the text to put in by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
import yaml

from shadow.config.document import parse_document, scalar_of
from shadow.config.expand import expand
from shadow.config.model import Rule
from shadow.errors import ConfigError
from shadow.validation.load import parse_rules

_EXPIRES = re.compile(r"(expires['\"]?\s*:\s*)(['\"]?)(\d{4}-\d\d-\d\d)\2")
# Dates are text here, whatever YAML 1.1 thought of them.
_QUOTED_DAY = re.compile(r"(?m)(?<=^created: )'(\d{4}-\d\d-\d\d)'$|(?<=^expires: )'(\d{4}-\d\d-\d\d)'$")
_ITEM = re.compile(r"(\s*)-(\s+)")


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML 1.2, as configurations are read, would take for a number or a word of its own."""


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    try:
        plain = isinstance(scalar_of(value), str)
    except ValueError:
        plain = False
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else "'")


_Dumper.add_representer(str, _text)


def rule_text(rule: Rule, indent: str = "  ") -> str:
    """Return a rule as an item of the list in a rules file; what is left at its default is left out."""
    defaults = {f.name: f.default for f in msgspec.structs.fields(Rule)}
    given: dict[str, Any] = {
        name: value for name, value in msgspec.to_builtins(rule).items() if value not in (defaults[name], (), [], {})
    }
    if rule.what == "ignore":
        given = {"id": rule.id, "what": rule.what, **given}
    written = yaml.dump(given, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    lines = _QUOTED_DAY.sub(r"\1\2", written).rstrip("\n").split("\n")
    return "\n".join(f"{indent}{'- ' if at == 0 else '  '}{line}" for at, line in enumerate(lines)) + "\n"


def with_rule(text: str, rule: Rule, name: str, environ: Mapping[str, str]) -> str:
    """Return the text of a rules file (empty: a new one) with one more rule at its end.

    Raises ConfigError where the rule or the file is wrong, or where the file is written in a way that cannot be added
    to."""
    before = () if _is_empty(text) else parse_rules(text, name, environ)
    changed = _appended(text, rule)
    _check(changed, (*before, rule), name, environ, rule)
    return changed


def with_expiry(text: str, rule_id: str, name: str, environ: Mapping[str, str], today: date) -> str:
    """Return the text of a rules file in which a rule ends now: yesterday was its last day.

    Raises ConfigError where there is no such rule, where it was created today, or where its line cannot be told.
    """
    before = parse_rules(text, name, environ)
    at = next((index for index, rule in enumerate(before) if rule.id == rule_id), None)
    if at is None:
        known = ", ".join(rule.id for rule in before) or "none"
        raise ConfigError(f"{name}: there is no rule {rule_id!r}.", f"Rules there: {known}.")
    last = (today - timedelta(days=1)).isoformat()
    if before[at].expires <= last:
        raise ConfigError(f"{name}: the rule {rule_id!r} expired on {before[at].expires} already.", "Remove it.")
    if before[at].created > last:
        raise ConfigError(f"{name}: the rule {rule_id!r} was created today.", "Remove it from the file instead.")
    document = parse_document(text, name, lambda written: expand(written, environ))
    line = document.line_of(("rules", at, "expires")) - 1
    lines = text.split("\n")
    lines[line] = _EXPIRES.sub(lambda found: f"{found[1]}{found[2]}{last}{found[2]}", lines[line], count=1)
    changed = "\n".join(lines)
    ended = msgspec.structs.replace(before[at], expires=last)
    _check(changed, (*before[:at], ended, *before[at + 1 :]), name, environ, ended)
    return changed


def _appended(text: str, rule: Rule) -> str:
    if not text.strip():
        return "rules:\n" + rule_text(rule)
    opened = re.sub(r"(?m)^rules:[ \t]*(?:\[[ \t]*\]|~|null)([ \t]*(?:#.*)?)$", r"rules:\1", text, count=1)
    ended = opened if opened.endswith("\n") else opened + "\n"
    items = [found for line in ended.split("\n") if (found := _ITEM.match(line))]
    indent = min((found[1] for found in items), key=len, default="  ")
    return ended + rule_text(rule, indent)


def _is_empty(text: str) -> bool:
    """Tell whether a file has no rules at all: nothing in it, or `rules:` with nothing below."""
    try:
        return yaml.safe_load(text) in (None, {"rules": None}, {"rules": []})
    except yaml.YAMLError:
        return False


def _check(text: str, meant: tuple[Rule, ...], name: str, environ: Mapping[str, str], rule: Rule) -> None:
    """Raise ConfigError unless the text says exactly these rules."""
    reason = ""
    said: tuple[Rule, ...] = ()
    try:
        said = parse_rules(text, name, environ)
    except ConfigError as error:
        # What is wrong with the rule itself is told as such, not as a matter of the file.
        parse_rules("rules:\n" + rule_text(rule), name, environ)
        if "is also the id of" in error.message:
            raise
        reason = f" ({error.message})"
    if said != meant:
        raise ConfigError(
            f"{name}: is written in a way that cannot be changed by a program{reason}.",
            "Write it with one item per rule and one key per line, or change it by hand:\n" + rule_text(rule),
        )
