"""`${NAME}` in values, and sizes such as `64MiB`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from shadow.errors import ConfigError

_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(B|kB|MB|GB|KiB|MiB|GiB)")
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Replace every `${NAME}` by its variable; `$${` stands for a literal `${`.

    Values are inserted as they are: a variable that contains `${` is not expanded again.
    Raises ConfigError when a variable is missing or empty (an empty URL or key is never meant), or the reference
    is malformed. The message never contains a value.
    """

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "${"
        if not match[2] or not _NAME.fullmatch(name):
            raise ConfigError(
                f"{match[0]!r} is not a reference to a variable.",
                "Write ${NAME} (defaults such as ${NAME:-x} do not exist), or $${ for a literal ${.",
            )
        if name not in environ:
            near = get_close_matches(name, list(environ), n=1, cutoff=0.75)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise ConfigError(
                f"the environment variable {name!r} is not set{hint}", f"Set it, or write $${{{name}}} for the text."
            )
        if not environ[name]:
            raise ConfigError(f"the environment variable {name!r} is empty.", "Set it, or remove the key.")
        return environ[name]

    return _REFERENCE.sub(replace, text)


def size_of(text: str) -> int:
    """Return the bytes of `64MiB`, `1.5 GB`, `512B`. Raises ValueError for anything else, fractions of a byte too."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    size = float(match[1]) * _UNITS[match[2]]
    if not size.is_integer():
        raise ValueError(text)
    return int(size)
