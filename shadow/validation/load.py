"""From a path to a validated configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from shadow.config.document import Document, parse_document
from shadow.config.expand import expand
from shadow.config.model import Config, Rule
from shadow.errors import ConfigError
from shadow.validation.governance import rule_problems
from shadow.validation.problem import Problem
from shadow.validation.typed import problem, to_config, to_rules
from shadow.validation.validate import contradictions

MAX_FILE_BYTES = 4 * 1024 * 1024


def load_config(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """Read, expand, type and validate a shadow.yaml; `environ` defaults to the process's environment.

    Raises ConfigError, one line with file, line, key, value and remedy, for whatever is wrong first in the file.
    """
    given = os.environ if environ is None else environ
    config = parse_config(read_text(path), str(path), given)
    if not config.compare.rules_file:
        return config
    place = rules_path(config, path)
    if not place.exists():
        remedy = "Begin one with the line `rules: []`, or correct the path."
        raise ConfigError(f"{path}: compare.rules_file: there is no {place}.", remedy)
    rules = parse_rules(read_text(place), str(place), given, config.compare.rules)
    compare = msgspec.structs.replace(config.compare, rules=config.compare.rules + rules)
    return msgspec.structs.replace(config, compare=compare)


def rules_path(config: Config, path: Path) -> Path:
    """Return where the rules file of the configuration at `path` is: relative to that one."""
    return path.parent / config.compare.rules_file


def parse_config(text: str, name: str, environ: Mapping[str, str]) -> Config:
    """Type and validate the text of a configuration; `name` is what messages call it. Raises ConfigError.

    Its `compare.rules_file` is not read; `load_config` does that."""
    document = parse_document(text, name, lambda written: expand(written, environ))
    config = to_config(document)
    _refuse_first(document, contradictions(config))
    return config


def parse_rules(text: str, name: str, environ: Mapping[str, str], inline: tuple[Rule, ...] = ()) -> tuple[Rule, ...]:
    """Type and validate the text of a rules file; `inline` are the rules beside it. Raises ConfigError."""
    document = parse_document(text, name, lambda written: expand(written, environ))
    rules = to_rules(document)
    taken = {rule.id for rule in inline}
    twice = tuple(
        Problem(
            path=("rules", index, "id"),
            message="is also the id of a rule in the configuration itself.",
            remedy="Give every rule an id of its own: reports count by it.",
        )
        for index, rule in enumerate(rules)
        if rule.id in taken
    )
    _refuse_first(document, (*twice, *rule_problems(rules, ("rules",))))
    return rules


def _refuse_first(document: Document, found: tuple[Problem, ...]) -> None:
    """Raise ConfigError for what is wrong first in the file, if anything is."""
    if found:
        lines = [
            document.line_of(one.path if one.path in document.lines else one.against or one.path) for one in found
        ]
        line, first = min(zip(lines, found, strict=True), key=lambda pair: pair[0])
        raise problem(document, first.path, first.message, first.remedy, line)


def read_text(path: Path) -> str:
    """Return a file's text. Raises ConfigError where it cannot be read, is no UTF-8 or too long to be meant."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: there is no such file.", "Write one with `shadow config init`, or name another with -c."
        ) from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: is a directory.", f"Name the file in it, such as {path}/shadow.yaml.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{path}: cannot be read: {reason}.", "Check the path and its permissions.") from None
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(f"{path}: is larger than any configuration ({len(raw)} bytes).", "Is it the right file?")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: is not UTF-8 text.", "Save it as UTF-8.") from None
