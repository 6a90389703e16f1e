"""Contradictions in the rules about differences, and in what is redacted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches

from shadow.config.document import Path, render_path
from shadow.config.model import ListKey, Redact, Rule
from shadow.paths import parse_pattern
from shadow.records import Kind
from shadow.validation.breadth import breadth_fault
from shadow.validation.problem import Problem, repeated
from shadow.validation.template import fault_in

# Neither a crashed comparison nor a slow answer is a difference that a rule may cover.
_KINDS = tuple(str(kind) for kind in Kind if kind not in (Kind.compare_error, Kind.timing))
_OTHER = " _other"
RESERVED = frozenset({"unordered", "_other"})
"""What differences are said to be covered by besides rules."""


def rule_problems(rules: tuple[Rule, ...], base: Path = ("compare", "rules")) -> Iterator[Problem]:
    """Yield duplicate ids, empty statements, unknown kinds, bad dates, fields that contradict `what`, and rules that
    are too broad. `base` is where the list stands in its file."""
    for index, first in repeated(rule.id for rule in rules):
        yield Problem(
            path=(*base, index, "id"),
            message=f"is also the id of {render_path((*base, first))}.",
            remedy="Give every rule an id of its own: reports count by it.",
        )
    for index, rule in enumerate(rules):
        yield from _one_rule(rule, (*base, index))


def _one_rule(rule: Rule, path: Path) -> Iterator[Problem]:
    faults = list(_pattern_problems((*path, "path"), rule.path))
    yield from faults
    for name in ("id", "owner", "reason"):
        if not getattr(rule, name).strip():
            yield Problem(path=(*path, name), message="is empty.", remedy="Say who decided it, and why.")
    if rule.id in RESERVED:
        yield Problem(path=(*path, "id"), message="is a name of Shadow's own.", remedy="Choose another.")
    is_other = rule.endpoint.endswith(_OTHER) and fault_in(rule.endpoint.removesuffix(_OTHER) + " /") is None
    if rule.endpoint != "*" and not is_other and (fault := fault_in(rule.endpoint)):
        yield Problem(path=(*path, "endpoint"), message=fault[0], remedy=f"{fault[1]} `*` alone means all endpoints.")
    for number, kind in enumerate(rule.kinds):
        if kind not in _KINDS:
            near = get_close_matches(kind, _KINDS, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            yield Problem(
                path=(*path, "kinds", number),
                message="is not a kind of difference.",
                remedy=f"{hint}Valid: {', '.join(_KINDS)}.",
            )
    if not faults:
        yield from _misfits(rule, path)
        if fault := breadth_fault(rule):
            yield Problem(path=(*path, "path"), message=fault[0], remedy=fault[1])
    yield from _dates(rule, path)


def _misfits(rule: Rule, path: Path) -> Iterator[Problem]:
    """Yield what does not go with `what`; the path can be read."""
    tolerance = rule.absolute or rule.relative or rule.seconds
    if rule.what == "tolerate" and not tolerance:
        yield Problem(
            path=path,
            message="tolerates nothing: absolute, relative and seconds are all 0.",
            remedy="Set one of them, or say `what: ignore`.",
        )
    if rule.what == "ignore" and tolerance:
        yield Problem(
            path=path,
            message="ignores the difference whole, so its tolerance would never be used.",
            remedy="Say `what: tolerate`, or remove absolute, relative and seconds.",
        )
    if rule.what not in ("ignore", "tolerate") and tolerance:
        yield Problem(
            path=path, message=f"is {rule.what!r} and has a tolerance.", remedy="Only `what: tolerate` takes one."
        )
    if rule.what == "map" and not rule.values:
        yield Problem(path=path, message="maps nothing: it has no `values`.", remedy="Write `values: {old: new}`.")
    if rule.values and rule.what not in ("map", "expect"):
        yield Problem(
            path=(*path, "values"), message="belongs to `what: map` and `what: expect`.", remedy="Remove it."
        )
    if rule.happens != "always" and rule.what != "expect":
        yield Problem(path=(*path, "happens"), message="belongs to `what: expect`.", remedy="Remove it.")
    last = (parse_pattern(rule.path).segments or (None,))[-1]
    if rule.what == "rename" and (not rule.to or not isinstance(last, str)):
        yield Problem(
            path=path,
            message="renames nothing: the path has to end in a name, and `to` to say the new one.",
            remedy="Write `path: $.user.mail` and `to: email`.",
        )
    if rule.to and rule.what != "rename":
        yield Problem(path=(*path, "to"), message="belongs to `what: rename`.", remedy="Remove it.")


def _dates(rule: Rule, path: Path) -> Iterator[Problem]:
    days: dict[str, date] = {}
    for name in ("created", "expires"):
        try:
            days[name] = _day(getattr(rule, name))
        except ValueError:
            yield Problem(path=(*path, name), message="is not a date.", remedy="Write it as 2026-01-31.")
    if len(days) == 2 and days["expires"] < days["created"]:
        yield Problem(
            path=(*path, "expires"),
            message=f"is before `created` ({rule.created}): the rule would never apply.",
            remedy="Set a later date.",
        )


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError(text)
    day = date.fromisoformat(text)
    if not 1970 < day.year < 9999:
        raise ValueError(text)
    return day


def unordered_problems(paths: tuple[str, ...]) -> Iterator[Problem]:
    """Yield paths of unordered lists that are not in the dialect of paths."""
    for index, text in enumerate(paths):
        yield from _pattern_problems(("compare", "unordered", index), text)


def list_key_problems(keys: tuple[ListKey, ...]) -> Iterator[Problem]:
    """Yield paths of keyed lists that are not in the dialect of paths."""
    for index, each in enumerate(keys):
        yield from _pattern_problems(("compare", "list_keys", index, "path"), each.path)


def _pattern_problems(path: Path, text: str) -> Iterator[Problem]:
    try:
        parse_pattern(text)
    except ValueError as error:
        remedy = "Write it as body:$.items[*].price, header:etag or status; see docs/rules.md."
        yield Problem(path=path, message=f"is not a path: {error}.", remedy=remedy)


def redact_problems(redact: Redact) -> Iterator[Problem]:
    """Yield malformed paths, and patterns that are no regular expression or match the empty text."""
    for index, text in enumerate(redact.paths):
        yield from _pattern_problems(("redact", "paths", index), text)
    for index, pattern in enumerate(redact.patterns):
        path: Path = ("redact", "patterns", index)
        try:
            everything = re.compile(pattern).search("") is not None
        except (re.error, OverflowError, RecursionError) as error:
            yield Problem(path=path, message=f"is not a regular expression: {error}.", remedy="Correct it.")
            continue
        if everything:
            yield Problem(
                path=path,
                message="matches the empty text, so it would redact everywhere.",
                remedy="Make it match at least one character.",
            )
