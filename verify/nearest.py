"""Names that are not known, and those that were probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from shadow.errors import ConfigError


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a remedy for an unknown name: the nearest known one, else what there is."""
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"It has {', '.join(names[:8])}{' and more' if len(names) > 8 else ''}." if names else "It has none."


def require(where: str, names: Iterable[str], owner: str, known: Sequence[str]) -> None:
    """Raise ConfigError for the first name that is not known, with the nearest one that is."""
    for name in names:
        if name not in known:
            raise ConfigError(f"{where}: {owner} has no column {name!r}.", nearest(name, known))
