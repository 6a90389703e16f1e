"""From a path to a validated configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from shadow.config.document import parse_document
from shadow.config.expand import expand
from shadow.config.model import Config
from shadow.config.typed import problem, to_config
from shadow.config.validate import contradictions
from shadow.errors import ConfigError

MAX_FILE_BYTES = 4 * 1024 * 1024


def load_config(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """Read, expand, type and validate a shadow.yaml; `environ` defaults to the process's environment.

    Raises ConfigError, one line with file, line, key, value and remedy, for whatever is wrong first in the file.
    """
    return parse_config(_read(path), str(path), os.environ if environ is None else environ)


def parse_config(text: str, name: str, environ: Mapping[str, str]) -> Config:
    """Type and validate the text of a configuration; `name` is what messages call it. Raises ConfigError."""
    document = parse_document(text, name, lambda written: expand(written, environ))
    config = to_config(document)
    found = contradictions(config)
    if found:
        lines = [
            document.line_of(one.path if one.path in document.lines else one.against or one.path) for one in found
        ]
        line, first = min(zip(lines, found, strict=True), key=lambda pair: pair[0])
        raise problem(document, first.path, first.message, first.remedy, line)
    return config


def _read(path: Path) -> str:
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
