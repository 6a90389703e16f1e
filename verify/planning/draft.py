"""A draft of the section `verify`: both stores are looked at, names matched, and every assumption is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from shadow.config.mask import masked_text
from verify.classes import agreed_class
from verify.planning.plan import BOOKKEEPING, Sides
from verify.planning.sounds import sound
from verify.planning.suggest import Suggestion, suggestions
from verify.store import TableSchema

_PASSWORD = re.compile(r"://[^/?#]*:[^/?#]*@|[?&][^=]*password=", re.IGNORECASE)


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Two tables that are taken for one another, and what was assumed of their columns."""

    old: TableSchema
    new: TableSchema
    rename: dict[str, str] = {}
    only_old: tuple[str, ...] = ()
    only_new: tuple[str, ...] = ()
    other_type: tuple[tuple[str, str, str], ...] = ()
    guessed: bool = False


def draft(old_url: str, new_url: str, sides: Sides) -> str:
    """Return the section as commented YAML; a password in a URL is left out."""
    matches, only_old, only_new = match_tables(sides)
    lines = [
        "# A draft: read the notes, and correct what was assumed wrongly.",
        "verify:",
        f"  old: {_url(old_url)}",
        f"  new: {_url(new_url)}",
        "  tables:" if matches else "  tables: []  # no table of one side was recognised on the other",
    ]
    for match in matches:
        lines += _table(match)
    for note, names in (("the old side", only_old), ("the new side", only_new)):
        for name in names:
            lines.append(f"    # {_text(name)}: only {note} has it; it is NOT verified")
    for one in suggested(sides, only_old, only_new):
        lines += _suggestion(one)
    return "\n".join(lines) + "\n"


def suggested(sides: Sides, only_old: Sequence[str], only_new: Sequence[str]) -> tuple[Suggestion, ...]:
    """Return the derived tables that may stand for the tables that only one side has."""
    return suggestions(sides.old, sides.new, only_old, only_new)


def _suggestion(one: Suggestion) -> Iterator[str]:
    yield f"    # likely, since {one.why}: take the next lines in, and ignore the column of the other pair"
    yield f"    # - old: {_text(one.old)}"
    yield f"    #   new: {_text(one.new)}"
    if one.rename:
        yield f"    #   rename: {{{', '.join(f'{_text(name)}: {_text(to)}' for name, to in one.rename.items())}}}"


def match_tables(sides: Sides) -> tuple[list[Match], list[str], list[str]]:
    """Return the tables that belong together, and the names of those that only one side has."""
    old = {table.name: table for table in sides.old if table.name not in BOOKKEEPING}
    new = {table.name: table for table in sides.new if table.name not in BOOKKEEPING}
    names = _matched(old, new)
    matches = [_match(old[name], new[other], sides, guessed=name != other) for name, other in sorted(names.items())]
    return matches, sorted(old.keys() - names.keys()), sorted(new.keys() - set(names.values()))


def _match(old: TableSchema, new: TableSchema, sides: Sides, *, guessed: bool) -> Match:
    before, after = [column.name for column in old.columns], [column.name for column in new.columns]
    names = _matched(before, after)
    other_type = []
    for name, other in names.items():
        one, two = old.column(name), new.column(other)
        assert one is not None and two is not None
        if agreed_class(one.kind, sides.old_dialect, two.kind, sides.new_dialect) is None:
            other_type.append((name, one.declared or one.kind.value, two.declared or two.kind.value))
    return Match(
        old=old,
        new=new,
        rename={name: other for name, other in names.items() if name != other},
        only_old=tuple(name for name in before if name not in names),
        only_new=tuple(name for name in after if name not in names.values()),
        other_type=tuple(other_type),
        guessed=guessed,
    )


def _matched(old: Iterable[str], new: Iterable[str]) -> dict[str, str]:
    """Return which name belongs to which: the same, else the only one that sounds alike on both sides."""
    before, after = list(old), list(new)
    found = {name: name for name in before if name in after}
    rest_old, rest_new = ([name for name in names if name not in found] for names in (before, after))
    for name in rest_old:
        alike = [other for other in rest_new if sound(other) == sound(name)]
        if len(alike) == 1 and sum(sound(one) == sound(name) for one in rest_old) == 1:
            found[name] = alike[0]
    return found


def _table(match: Match) -> Iterator[str]:
    yield f"    - old: {_text(match.old.name)}"
    if match.guessed:
        yield f"      new: {_text(match.new.name)}  # assumed: the names sound alike"
    key = match.old.primary_key or match.new.primary_key
    if match.old.primary_key and match.new.primary_key:
        yield f"      # key: the primary key of both, {', '.join(match.old.primary_key)}"
    elif key:
        yield f"      key: [{', '.join(map(_text, key))}]  # the primary key of one side; the other declares none"
    else:
        yield "      # key: none is declared, so rows are compared as a multiset; name one if there is one"
    if match.rename:
        yield "      rename:  # assumed: the names sound alike"
        for name, other in match.rename.items():
            yield f"        {_text(name)}: {_text(other)}"
    for name, old, new in match.other_type:
        yield f"      # {_text(name)}: {old} became {new}; values are compared strictly, text is not a number"
    for side, names in (("old", match.only_old), ("new", match.only_new)):
        for name in names:
            yield f"      # {_text(name)}: only the {side} side has it; it is NOT verified"


def _url(url: str) -> str:
    # What masks also hides a user without a password; only where there is one has anything to be left out.
    shown = url if _PASSWORD.search(url) is None else masked_text((), url)
    return _text(url) if shown == url else f"{_text(shown)}  # the password was left out: ~/.pgpass or ${{VARIABLE}}"


def _text(name: str) -> str:
    """Return a name as YAML writes it, in one line."""
    import yaml

    written: str = yaml.safe_dump(name, width=10_000, allow_unicode=True, default_flow_style=True)
    return written.removesuffix("...\n").strip()
